"""What salespeople are measured by: the active rate against its target, and who is credited with a sale."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated

import msgspec

from services.insights.rules.alerts.model import Facts

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Performance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Targets and attribution.

    Attributes:
        active_rate_percent: target of the share of customers with an order in a month; None: there is none.
        people: targets of single salespeople, which take the place of it; None: this one has no target.
        owner_percent: of a sale taken by somebody else, how much is credited to who looks after the customer; the rest
            to the seller. 100: all to the owner, 0: all to the seller.
    """

    active_rate_percent: Percent | None = None
    people: dict[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], Percent | None] = {}
    owner_percent: Percent = 100

    def target_of(self, salesperson_id: str) -> int | None:
        """Return somebody's target in percent."""
        return self.people.get(salesperson_id, self.active_rate_percent)


@dataclass(frozen=True, slots=True)
class Counted:
    """Customers of a salesperson in a month: all that are assigned, and those with an order."""

    assigned: int = 0
    active: int = 0


def active_rate_low(of: Counted, target_percent: int | None, day: date) -> Facts | None:
    """Return by how much the rate falls short as of a day; None: it does not, or there is nothing to measure.

    Until the month is over it is measured against the share of the target that is due by the day. That is lenient: a
    customer who ordered counts once, so the rate rises fastest at the beginning, and whoever is behind even then is
    behind.
    """
    if not target_percent or not of.assigned:
        return None
    days = monthrange(day.year, day.month)[1]
    due = Fraction(target_percent * day.day, days)
    rate = Fraction(100 * of.active, of.assigned)
    if rate >= due:
        return None
    return {
        "percent": tenths(rate),
        "target_percent": tenths(due),
        "month_target_percent": target_percent,
        "month": f"{day:%Y-%m}",
        "assigned": of.assigned,
        "active": of.active,
    }


def tenths(percent: Fraction) -> str:
    """Return a percentage with one decimal, rounded down."""
    whole, rest = divmod(percent.numerator * 10 // percent.denominator, 10)
    return f"{whole}.{rest}"


def says_more(before: Mapping[str, object] | None, now: Facts | None) -> bool:
    """Tell whether a word is due: the figures are others. It is one a day and salesperson at most, but for orders."""
    return (None if now is None else dict(now)) != (None if before is None else dict(before))
