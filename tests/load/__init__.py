"""Benchmarks: figures belong here, never in tests that judge by the clock."""
