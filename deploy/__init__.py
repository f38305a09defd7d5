"""How Tallyman is run: local runtime, feeds and the command line."""
