"""Grades: what a customer is worth to the company, by weighted factors of 0 to 100 points, and how it is served.

Credit standing, cumulative sales, margin rate, prospects and share of profit. A factor of which nothing is known is
left out, and the others weigh more. Factors are coarse on purpose, so that a grade does not flicker: margin and share
of profit are the ABC classes with their hysteresis, sales are in fifths, standing and prospects in three steps.
"""

from collections.abc import Mapping

from services.insights.rules.segment_policy import Grading


def standing_points(
    *, blacklisted: bool, on_hold: bool, overdue_minor: int, overdue_days: int, rule: Grading
) -> int:
    """Return 0 for who is blocked or long overdue, 50 for who is overdue, 100 for others."""
    if blacklisted or on_hold or overdue_days > rule.long_overdue_days:
        return 0
    return 50 if overdue_minor > 0 else 100


def prospects_points(recent_minor: int, before_minor: int, rule: Grading) -> int | None:
    """Return 100 for who grows by ``trend_percent`` or more, 0 for who shrinks by as much, 50 between; None: no sales.

    Args:
        recent_minor: sales of the last three whole months; ``before_minor``: of the three before them.
    """
    if recent_minor <= 0 and before_minor <= 0:
        return None
    change = (recent_minor - before_minor) * 100
    step = rule.trend_percent * max(before_minor, 0)
    if change >= step and change > 0:
        return 100
    return 0 if change <= -step and change < 0 else 50


def grade_of(points: Mapping[str, int | None], rule: Grading) -> tuple[str, int] | None:
    """Return the grade and the weighted points in percent, rounded down; None where nothing is known."""
    known = [(rule.weights.of(name), value) for name, value in points.items() if value is not None]
    weight = sum(weight for weight, _ in known)
    if not weight:
        return None
    percent = sum(weight * value for weight, value in known) // weight
    for grade in rule.grades:
        if percent >= grade.from_percent:
            return grade.grade, percent
    return rule.grades[-1].grade, percent
