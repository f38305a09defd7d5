"""Brings derived data up to date as the background work does, and computes it once more the slow and obvious way."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from services.insights.deriving import Deriver
from services.insights.ranking import Ranker
from services.kit.database import Database
from tests.services.insights.events import event
from tests.services.insights.processing import Processing

AT = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = {
    "orders": "orders",
    "amount": "amount_minor",
    "products": "products",
    "profit": "profit_minor",
    "margin": "margin_ppm",
    "quantity": "quantity_milli",
    "collections": "collections_minor",
}


async def catch_up(database: Database) -> None:
    """Derive and rank whatever is behind."""
    deriver, ranker = Deriver(database), Ranker(database, lambda day: AT)
    await deriver.catch_up()
    while await ranker.step():
        await deriver.catch_up()


async def classes(processing: Processing, currency: str = "CNY") -> dict[str, dict[str, Any]]:
    """Customer to classes."""
    rows = await processing.rows("customer_classes", "currency = $1", currency)
    return {
        row["customer_id"]: {d: row[f"{d}_class"] for d in COLUMNS} | {"overall": row["overall"]}
        for row in rows
    }


def expected_class(
    dimension: str,
    mine: Mapping[str, Any],
    everybody: Iterable[Mapping[str, Any]],
    previous: str | None = None,
) -> str | None:
    """The class in one dimension, in fractions, from the words of the rule."""
    column = COLUMNS[dimension]
    if mine[column] is None:
        return None
    everybody = [row for row in everybody if row[column] is not None]

    def makes(row: Mapping[str, Any]) -> int:
        made: int = row["profit_minor"] if dimension == "margin" else row[column]
        return max(made, 0)

    whole = sum(map(makes, everybody))
    if whole == 0:
        return None
    if mine[column] <= 0:
        return "C"
    position = Fraction(sum(makes(row) for row in everybody if row[column] > mine[column]), whole)
    for class_, end in (("A", Fraction(80, 100)), ("B", Fraction(95, 100))):
        if previous is not None:
            end += Fraction(2, 100) if previous <= class_ else -Fraction(2, 100)
        if position < end:
            return class_
    return "C"


WEIGHTS = {"orders": 1, "amount": 3, "products": 1, "profit": 3, "margin": 1, "quantity": 1, "collections": 2}


def expected_overall(mine: Mapping[str, str | None]) -> str | None:
    """The weighted class."""
    known = {d: c for d, c in mine.items() if c is not None}
    if not known:
        return None
    points = Fraction(
        sum(WEIGHTS[d] * {"A": 100, "B": 50, "C": 0}[c] for d, c in known.items()),
        sum(WEIGHTS[d] for d in known),
    )
    return "A" if points >= 70 else "B" if points >= 30 else "C"


def orders(*amounts: int) -> list[Any]:
    """An order of each customer, named by their numbers."""
    return [
        event("order.placed", customer_id=f"C-{n}", order_id=f"O-{n}", amount=str(amount))
        for n, amount in enumerate(amounts)
    ]
