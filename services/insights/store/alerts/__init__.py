"""The SQL of alerts."""
