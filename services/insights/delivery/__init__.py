"""Alerts as messages: chat and mail, sent beside the stream, never in its way."""
