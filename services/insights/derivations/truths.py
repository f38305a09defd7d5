"""What came true of a customer's forecasts: late, cancelled and amended orders correct it."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.store.kept_forecasts import correct_truths


async def derive_truths(deriving: Deriving) -> Mapping[str, date]:
    """Score the kept forecasts of customers anew. Months are scored first when they are over (``accuracy.py``)."""
    await correct_truths(deriving.unit.connection, deriving.customer_ids, deriving.day)
    return {}
