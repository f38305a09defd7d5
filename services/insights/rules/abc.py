"""ABC classes: A customers together make the first 80 % of a dimension, B those up to 95 %, C the rest.

A customer's **position** in a dimension is the share of the dimension's total that customers with a greater value make:
0 for the greatest, and the same for equal customers. Below the first boundary is A, below the second B.

**Hysteresis.** The class of a customer is a function of the class it has and of its position, and of nothing else. Each
boundary is moved away from it by ``keep_percent``: up, if the class it has is above the boundary, down if it is below.
So a customer changes its class when it is clearly past a boundary, and returns only when it is clearly past it again.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from services.insights.rules.segment_policy import Abc, Weights

Class = Literal["A", "B", "C"]

DIMENSIONS = Weights.__struct_fields__
"""Orders, amount, distinct products, gross profit, margin rate, quantity and collections, as columns name them."""

POINTS: Mapping[str, int] = {"A": 100, "B": 50, "C": 0}


class Boundaries(NamedTuple):
    """Up to which position a customer with its present class is A, and up to which B, in percent."""

    a_percent: int
    b_percent: int


def boundaries(previous: str | None, rule: Abc) -> Boundaries:
    """Return the boundaries as they are for a customer that has a class, or none yet."""
    keep = rule.keep_percent
    a = {None: 0, "A": keep}.get(previous, -keep)
    b = {None: 0, "C": -keep}.get(previous, keep)
    return Boundaries(rule.a_percent + a, rule.b_percent + b)


def class_of(value: int | None, above: int, total: int, previous: str | None, rule: Abc) -> Class | None:
    """Return the class in one dimension.

    Args:
        value: of the customer; None where nothing is known (a profit without any cost), and then there is no class.
        above: what customers with a greater value make; ``total``: what all make. Negative values make nothing; where
            nobody makes anything, nobody has a class.
        previous: the class the customer has now.
    """
    if value is None or total <= 0:
        return None
    if value <= 0:
        return "C"
    bounds = boundaries(previous, rule)
    if above * 100 < bounds.a_percent * total:
        return "A"
    return "B" if above * 100 < bounds.b_percent * total else "C"


def passed_boundary(previous: str | None, current: str | None, rule: Abc) -> int | None:
    """Return the boundary next to the class a customer has now that it passed, in percent; None: it passed none."""
    if previous is None or current is None or previous == current:
        return None
    if current == "B":
        return rule.a_percent if previous == "A" else rule.b_percent
    return rule.a_percent if current == "A" else rule.b_percent


def overall_class(classes: Mapping[str, str | None], rule: Abc) -> Class | None:
    """Return the weighted class: A gives 100 points, B 50, C none; dimensions without a class are left out."""
    known = [
        (rule.weights.of(name), POINTS[class_]) for name, class_ in classes.items() if class_ is not None
    ]
    weight = sum(weight for weight, _ in known)
    if not weight:
        return None
    points = sum(weight * points for weight, points in known)
    if points >= rule.overall_a_percent * weight:
        return "A"
    return "B" if points >= rule.overall_b_percent * weight else "C"
