"""The only SQL of the customer archive: what a batch loads and saves, and what the API reads."""

from services.customers.store.load import assigned_at, load, lock_customer, owner_of, standing_of
from services.customers.store.people import (
    load_prospects,
    lock_follow_up,
    lock_prospect,
    lock_salesperson,
    open_follow_ups,
    policy_in_force,
    salesperson,
    write_policy,
)
from services.customers.store.save import save

__all__ = [
    "assigned_at",
    "load",
    "load_prospects",
    "lock_customer",
    "lock_follow_up",
    "lock_prospect",
    "lock_salesperson",
    "open_follow_ups",
    "owner_of",
    "policy_in_force",
    "salesperson",
    "save",
    "standing_of",
    "write_policy",
]
