"""``make bench-insights``: what insights costs per event, and how soon what follows is seen; docs/benchmarks.md."""
