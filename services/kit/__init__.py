"""What the four services share, once: settings, database, fenced consumer, outbox, dead letters, HTTP, metrics."""
