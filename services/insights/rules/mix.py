"""Two product groups compared: what is in them, which share the second one should have, and what is missing."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from contracts.errors import ContractError
from contracts.money import minor_units
from services.insights.rules.alerts.model import Facts
from services.insights.rules.alerts.thresholds import Amounts
from services.insights.rules.numbers import percent_text
from services.insights.rules.segment_policy import Months

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Target = Annotated[int, msgspec.Meta(ge=1, le=99)]
MOST_MEMBERS = 10_000


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Products by category or id, in any combination; the group that names its id has a product, whatever its category.

    Attributes:
        everything_else: all products that neither group names are in this one, those without a category too.
    """

    name: Name
    categories: tuple[Name, ...] = ()
    product_ids: tuple[Name, ...] = ()
    everything_else: bool = False


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Volume goods against profit goods, or everything else against a launch.

    Attributes:
        one: what is bought anyway.
        two: what should be bought with it: ``target_percent`` of what both make together.
        window_months: the month of today and those before it that count.
        alert_from: an alert is raised of customers who buy so much of group one; without an amount, of everybody.
    """

    name: Name
    one: Group
    two: Group
    target_percent: Target
    window_months: Months = 12
    alert_from: Amounts = {}


def problems_of(comparison: Comparison) -> list[tuple[str, str]]:
    """Return where a comparison contradicts itself: paths and reasons."""
    return [*_members(comparison), *_amounts(comparison)]


def _members(comparison: Comparison) -> Iterator[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    for side, group in (("one", comparison.one), ("two", comparison.two)):
        if not (group.categories or group.product_ids or group.everything_else):
            yield f"{side}.categories", "a group needs categories, product_ids or everything_else"
        for field, members in (("categories", group.categories), ("product_ids", group.product_ids)):
            if len(members) > MOST_MEMBERS:
                yield f"{side}.{field}", f"at most {MOST_MEMBERS}"
            for position, member in enumerate(members):
                if (field, member) in seen:
                    yield f"{side}.{field}.{position}", f"{member!r} is named twice"
                seen.add((field, member))
    if comparison.one.everything_else and comparison.two.everything_else:
        yield "two.everything_else", "everything else can be in one group only"
    if comparison.one.name == comparison.two.name:
        yield "two.name", "the groups need names of their own"


def _amounts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for currency, amount in comparison.alert_from.items():
        where = f"alert_from.{currency}"
        try:
            minor_units(amount, currency, where)
        except ContractError as error:
            yield where, error.reason


def missing_minor(one_minor: int, two_minor: int, target_percent: int) -> int:
    """Return how much more of group two would reach the target beside as much of group one; 0: it is reached.

    Who took back more than it bought has bought nothing.
    """
    wanted = -(-max(one_minor, 0) * target_percent // (100 - target_percent))
    return max(0, wanted - max(two_minor, 0))


def below_target(comparison: Comparison, currency: str, one_minor: int, two_minor: int) -> Facts | None:
    """Return the figures of a customer with too little of group two; None: it has enough, or buys too little at all."""
    if missing_minor(one_minor, two_minor, comparison.target_percent) == 0:
        return None
    least = comparison.alert_from.get(currency)
    if least is not None and one_minor < minor_units(least, currency):
        return None
    two = max(two_minor, 0)
    return {
        "group": comparison.two.name,
        "percent": percent_text(two, max(one_minor, 0) + two),
        "target_percent": comparison.target_percent,
    }
