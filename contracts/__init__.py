"""The contract between everyone who publishes and everyone who consumes Tallyman events."""
