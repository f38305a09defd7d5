"""What is collected of an invoice earns for whoever sold it, by the tiers of its products.

It is a function of what is collected alone, rounded by largest remainders, and each entry is the difference to what was
earned before: minor units add up, and what is taken back entirely leaves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple

Cause = Literal["payment", "reversal", "return", "write_off", "invoice"]
PPM = 1_000_000


class Group(NamedTuple):
    """What lines of an invoice earn alike: whose part, by which tier, at which rate."""

    salesperson_id: str
    tier: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Part:
    """A product on an invoice: its amount, and who earns what of it. Shares add up to 1."""

    product_id: str
    amount_minor: int
    shares: tuple[tuple[Group, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice. ``amount_minor`` has taxes in it, parts have not."""

    invoice_id: str
    order_id: str
    amount_minor: int
    at: datetime
    issued_on: date
    due_on: date
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """A payment, perhaps taken back later. ``named`` is what it is meant for: minor units by invoice."""

    payment_id: str
    amount_minor: int
    at: datetime
    day: date
    reversed_at: datetime | None = None
    reversed_day: date | None = None
    named: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Goods of an order that came back, by product."""

    return_id: str
    order_id: str
    amount_minor: int
    at: datetime
    day: date
    products: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What was given up of an invoice."""

    write_off_id: str
    invoice_id: str
    amount_minor: int
    at: datetime
    day: date


class Key(NamedTuple):
    """What an entry is of: everything but its figures."""

    month: date
    invoice_id: str
    cause: Cause
    cause_id: str
    salesperson_id: str
    tier: str
    rate_ppm: int


class Figures(NamedTuple):
    """Collected base, and the commission on it, in minor units."""

    base_minor: int = 0
    amount_minor: int = 0


def shares_of(owner_id: str, seller_id: str, owner_percent: int) -> tuple[tuple[str, Fraction], ...]:
    """Return who is credited with a sale, "" being nobody: the owner where nobody else took the order."""
    if seller_id in ("", owner_id):
        return ((owner_id, Fraction(1)),)
    if owner_id == "":
        return ((seller_id, Fraction(1)),)
    owner = Fraction(owner_percent, 100)
    return tuple((who, share) for who, share in ((owner_id, owner), (seller_id, 1 - owner)) if share)


def largest_remainder(numerators: Sequence[int], denominator: int) -> list[int]:
    """Round fractions to whole numbers that add up to the rounded sum (halves up); of equal remainders the first wins.

    Hamilton's method of apportionment: Balinski and Young (1982), Fair Representation, ch. 3.
    """
    found = [number // denominator for number in numerators]
    missing = (2 * sum(numerators) + denominator) // (2 * denominator) - sum(found)
    if missing > 0:
        by_remainder = sorted(range(len(found)), key=lambda i: (-(numerators[i] % denominator), i))
        for i in by_remainder[:missing]:
            found[i] += 1
    return found


def earned(
    parts: Iterable[Part], returned: Mapping[str, int], settled: int, kept: int
) -> dict[Group, Figures]:
    """Return what is earned of an invoice of which ``settled`` of ``kept`` (what was not returned) is collected.

    In whole numbers over one denominator: it is asked for each invoice of a customer whenever one document is new.
    """
    if kept <= 0 or settled <= 0:
        return {}
    parts = list(parts)
    unit = lcm(*(share.denominator for part in parts for _, share in part.shares))
    sums: dict[Group, int] = {}
    for part in parts:
        amount = max(part.amount_minor - returned.get(part.product_id, 0), 0)
        for group, share in part.shares:
            sums[group] = sums.get(group, 0) + amount * share.numerator * (unit // share.denominator)
    groups, collected = sorted(sums), min(settled, kept)
    base = largest_remainder([sums[g] * collected for g in groups], unit * kept)
    amount_of = largest_remainder([sums[g] * collected * g.rate_ppm for g in groups], unit * kept * PPM)
    return {g: Figures(b, a) for g, b, a in zip(groups, base, amount_of, strict=True) if b or a}
