"""``make bench-pages``: what the console costs with many customers; see ``docs/benchmarks.md``."""
