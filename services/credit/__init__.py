"""The credit service: what customers owe, and whether an order may be delivered."""
