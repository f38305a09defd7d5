"""What customers order: intake, the order book, and the catalogue with cost."""
