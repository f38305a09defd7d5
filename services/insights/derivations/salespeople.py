"""Whose active rate may be another one: whoever looks after these customers, or did."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.store.active_rates import mark_owners_of


async def derive_salespeople(deriving: Deriving) -> Mapping[str, date]:
    """Have the salespeople of these customers counted again; counting is done beside (``active_rates.py``)."""
    await mark_owners_of(deriving.unit.connection, deriving.customer_ids)
    return {}
