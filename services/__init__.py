"""The four services of Tallyman and the kit they share."""
