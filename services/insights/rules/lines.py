"""Lines of documents: read from events, merged per product, and what they cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

from contracts.money import milli_units, minor_units

Kind = Literal["ordered", "invoiced", "returned"]
Lines = Mapping[str, tuple[int, int]]
"""Product to quantity in thousandths and amount in minor units; a product stands on a document once."""


@dataclass(slots=True)
class Line:
    """One product of a document, as it is stored.

    Attributes:
        kind: which lines of the document: those ordered, those invoiced of a dropped order, or those returned.
        sold_at: the time whose cost counts; None while the order is known but its placing is not.
        cost_minor: of the whole line; None while no cost of the product is known in this currency.
    """

    kind: Kind
    product_id: str
    currency: str
    sold_at: datetime | None
    quantity_milli: int
    amount_minor: int
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over lines. ``costed_minor`` is the amount of those lines whose cost is known: profit = costed - cost."""

    quantity_milli: int
    cost_minor: int
    costed_minor: int


def read_lines(lines: Iterable[Any], currency: str) -> dict[str, tuple[int, int]]:
    """Merge the lines of an event per product.

    Raises:
        ContractError: for an amount with more decimals than the currency has.
    """
    merged: dict[str, tuple[int, int]] = {}
    for position, line in enumerate(lines):
        quantity = milli_units(line.quantity)
        amount = minor_units(line.amount, currency, f"data.lines.{position}.amount")
        known = merged.get(line.product_id)
        merged[line.product_id] = (
            (quantity, amount) if known is None else (known[0] + quantity, known[1] + amount)
        )
    return merged


def add_lines(parts: Iterable[Lines]) -> dict[str, tuple[int, int]]:
    """Sum the lines of several documents."""
    total: dict[str, tuple[int, int]] = {}
    for part in parts:
        for product_id, (quantity, amount) in part.items():
            known_quantity, known_amount = total.get(product_id, (0, 0))
            total[product_id] = known_quantity + quantity, known_amount + amount
    return total


def totals(lines: Sequence[Line]) -> Totals:
    """Sum lines of one kind."""
    costed = [line for line in lines if line.cost_minor is not None]
    return Totals(
        sum(line.quantity_milli for line in lines),
        sum(line.cost_minor or 0 for line in costed),
        sum(line.amount_minor for line in costed),
    )


def fingerprint(*facts: object) -> int:
    """Return 64 bits over facts: tells a document reported again from another one under the same id."""
    return int.from_bytes(blake2b(repr(facts).encode(), digest_size=8).digest(), "big", signed=True)
