"""The only SQL of the customer archive: what a batch loads and saves, and what the API reads."""

from services.customers.store.load import assigned_at, load, lock_customer, standing_of
from services.customers.store.save import save

__all__ = ["assigned_at", "load", "lock_customer", "save", "standing_of"]
