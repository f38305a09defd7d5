"""Alerts: when something is worth one, whose it is, what it says, and how it lives."""
