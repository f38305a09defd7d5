"""By which rules customers are segmented: thresholds and weights are data, in numbered versions."""

from typing import Annotated

import msgspec

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Weight = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Months = Annotated[int, msgspec.Meta(ge=1, le=60)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the policy; what a version leaves out is as written here."""


class Weights(_Part, frozen=True):
    """How much the class in each dimension says about the overall class."""

    orders: Weight = 1
    amount: Weight = 3
    products: Weight = 1
    profit: Weight = 3
    margin: Weight = 1
    quantity: Weight = 1
    collections: Weight = 2

    def of(self, dimension: str) -> int:
        """Return the weight of a dimension."""
        weight: int = getattr(self, dimension)
        return weight


class Abc(_Part, frozen=True):
    """Where the classes end, and how far past a boundary a customer must be to change its class.

    Attributes:
        a_percent: customers of class A make the first so many percent of a dimension, B those up to ``b_percent``.
        keep_percent: a customer keeps its class until it is so many percentage points past the boundary.
        overall_a_percent: of the points that a customer could have; from here on it is A overall.
    """

    a_percent: Percent = 80
    b_percent: Percent = 95
    keep_percent: Percent = 2
    weights: Weights = Weights()
    overall_a_percent: Percent = 70
    overall_b_percent: Percent = 30


class SegmentPolicy(_Part, frozen=True):
    """All rules of segments.

    Attributes:
        window_months: the month of today and those before it that count.
    """

    window_months: Months = 12
    abc: Abc = Abc()


def problems_of(policy: SegmentPolicy) -> list[tuple[str, str]]:
    """Return where a policy contradicts itself: paths and reasons."""
    abc, found = policy.abc, []
    if not 0 < abc.a_percent < abc.b_percent < 100:
        found.append(("abc.b_percent", "0 < a_percent < b_percent < 100 must hold"))
    room = min(abc.a_percent, (abc.b_percent - abc.a_percent) / 2, 100 - abc.b_percent)
    if abc.keep_percent and abc.keep_percent >= room:
        found.append(("abc.keep_percent", "must leave room between the boundaries, and to 0 and 100"))
    if not any(abc.weights.of(name) for name in Weights.__struct_fields__):
        found.append(("abc.weights", "at least one must be more than 0"))
    if not 0 < abc.overall_b_percent < abc.overall_a_percent <= 100:
        found.append(("abc.overall_a_percent", "0 < overall_b_percent < overall_a_percent <= 100 must hold"))
    return found
