"""The whole system from the event to the stored result, on real data."""
