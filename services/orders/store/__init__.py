"""The only SQL of the order book: what a batch loads and saves, and what the API reads."""

from services.orders.store.load import load, lock_order, lock_product
from services.orders.store.save import save

__all__ = ["load", "lock_order", "lock_product", "save"]
