"""What customers usually buy."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.store.usual import write_usual


async def derive_usual(deriving: Deriving) -> Mapping[str, date]:
    """Sum up the products of the last order days. An order of a day to come is derived again by its order days."""
    await write_usual(deriving.unit.connection, deriving.customer_ids, deriving.day)
    return {}
