"""By which rules customers are segmented: thresholds and weights are data, in numbered versions."""

from typing import Annotated

import msgspec

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Weight = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
Count = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
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


class Tiers(_Part, frozen=True):
    """Up to which percentage of the customers, the most profitable first, a tier reaches (the customer pyramid).

    The rest is lead; who costs more than it brings is loss.
    """

    platinum_percent: Percent = 1
    gold_percent: Percent = 5
    iron_percent: Percent = 20


class LifeCycle(_Part, frozen=True):
    """From when on a customer is what in its life.

    ``dormant_gaps``: after more than so many of its usual gaps it is dormant by its own rhythm; stages go by days.
    ``follow_up_days``: a follow-up so many days before the order that revives a customer is credited with it.
    """

    dormant_days: Days = 90
    dormant_gaps: Count = 3
    revived_days: Days = 60
    follow_up_days: Days = 30
    familiar_orders: Count = 3
    familiar_days: Days = 90
    established_orders: Count = 12
    established_days: Days = 365


class Factors(_Part, frozen=True):
    """How much each factor says about the grade."""

    standing: Weight = 2
    sales: Weight = 3
    margin: Weight = 2
    prospects: Weight = 1
    profit: Weight = 3

    def of(self, factor: str) -> int:
        """Return the weight of a factor."""
        weight: int = getattr(self, factor)
        return weight


class Grade(_Part, frozen=True):
    """A grade, from how many percent of the points on, and how its customers are served."""

    grade: Annotated[str, msgspec.Meta(pattern="^[A-Z]$")]
    from_percent: Percent
    price: Annotated[str, msgspec.Meta(max_length=200)] = ""
    priority: Annotated[int, msgspec.Meta(ge=1, le=9)] = 9
    visit_every_days: Days = 90


class Grading(_Part, frozen=True):
    """How customers are graded. ``trend_percent`` is growth or decline that counts as such."""

    weights: Factors = Factors()
    long_overdue_days: Days = 30
    trend_percent: Percent = 10
    grades: tuple[Grade, ...] = (
        Grade("A", 75, "best price", 1, 14),
        Grade("B", 50, "volume price", 2, 30),
        Grade("C", 25, "list price", 3, 60),
        Grade("D", 0, "list price, paid in advance", 4, 180),
    )


class Stopped(_Part, frozen=True):
    """From when on a customer has stopped buying a product.

    Attributes:
        least_purchases: days with the product on an order, in the window, from which on it is usually bought.
        gaps: it has stopped after more than so many of its own mean gaps.
        window_months: the month of today and those before it that count.
    """

    least_purchases: Annotated[int, msgspec.Meta(ge=2, le=1_000)] = 3
    gaps: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    window_months: Months = 24


class GrowthWeights(_Part, frozen=True):
    """How much each factor says about who will become a big customer."""

    trend: Weight = 3
    reach: Weight = 3
    profit: Weight = 2
    breadth: Weight = 1

    def of(self, factor: str) -> int:
        """Return the weight of a factor."""
        weight: int = getattr(self, factor)
        return weight


class Growing(_Part, frozen=True):
    """Who is about to become a big customer: not of class A by amount yet, ordering, and growing.

    Attributes:
        months: whole months before this one that are compared with as many before them.
        least_orders: in these months.
        trend_percent: growth beyond the company's own, from which on it counts.
        full_trend_percent: from here on the trend has all its points.
    """

    months: Annotated[int, msgspec.Meta(ge=1, le=12)] = 3
    least_orders: Count = 3
    trend_percent: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 20
    full_trend_percent: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100
    weights: GrowthWeights = GrowthWeights()


class SegmentPolicy(_Part, frozen=True):
    """All rules of segments.

    Attributes:
        window_months: the month of today and those before it that count.
    """

    window_months: Months = 12
    abc: Abc = Abc()
    tiers: Tiers = Tiers()
    life_cycle: LifeCycle = LifeCycle()
    grading: Grading = Grading()
    stopped: Stopped = Stopped()
    growing: Growing = Growing()


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
    return found + _problems_of_others(policy)


def _problems_of_others(policy: SegmentPolicy) -> list[tuple[str, str]]:
    tiers, life, grades, found = policy.tiers, policy.life_cycle, policy.grading.grades, []
    if not 0 < tiers.platinum_percent < tiers.gold_percent < tiers.iron_percent < 100:
        found.append(("tiers.iron_percent", "0 < platinum < gold < iron < 100 must hold"))
    if life.familiar_orders > life.established_orders or life.familiar_days > life.established_days:
        found.append(
            ("life_cycle.established_orders", "must not be less than what makes a customer familiar")
        )
    starts = [grade.from_percent for grade in grades]
    if not 1 < len(grades) <= 9 or starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
        found.append(
            ("grading.grades", "2 to 9, each from fewer percent on than the one before, the last from 0")
        )
    if len({grade.grade for grade in grades}) != len(grades):
        found.append(("grading.grades", "each needs a letter of its own"))
    if not any(policy.grading.weights.of(name) for name in Factors.__struct_fields__):
        found.append(("grading.weights", "at least one must be more than 0"))
    if not any(policy.growing.weights.of(name) for name in GrowthWeights.__struct_fields__):
        found.append(("growing.weights", "at least one must be more than 0"))
    if policy.growing.full_trend_percent < policy.growing.trend_percent:
        found.append(("growing.full_trend_percent", "must not be less than trend_percent"))
    return found
