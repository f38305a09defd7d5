"""A grading policy for the tests, and a plain computation of what it gives: exact fractions, no code of the service."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

POLICY: dict[str, Any] = {
    "factors": [
        {
            "name": "kind",
            "weight": 10,
            "kinds": [{"kind": "tea house", "points": 90}],
            "other": 30,
            "unknown": 0,
        },
        {
            "name": "assets",
            "weight": 20,
            "bands": [{"up_to": "1000", "points": 10}, {"up_to": None, "points": 80}],
        },
        {
            "name": "sales",
            "weight": 30,
            "bands": [
                {"up_to": "5000.50", "points": 25},
                {"up_to": "9000", "points": 50},
                {"up_to": None, "points": 100},
            ],
        },
        {
            "name": "growth",
            "weight": 0,
            "bands": [{"up_to": "-5", "points": 0}, {"up_to": None, "points": 100}],
        },
        {
            "name": "need",
            "weight": 7,
            "bands": [{"up_to": "0", "points": 0}, {"up_to": None, "points": 70}],
            "unknown": 5,
        },
    ],
    "grades": [
        {"name": "gold", "from_score": "66.67", "price": "list less 5 %", "priority": 1, "visit_days": 10},
        {"name": "plain", "from_score": "0", "price": "list", "priority": 5, "visit_days": None},
    ],
}

FIELDS = {
    "kind": "kind",
    "assets": "assets",
    "sales": "sales_volume",
    "growth": "growth_percent",
    "need": "potential_need",
}


def expected(policy: dict[str, Any], card: dict[str, Any]) -> tuple[str | None, str | None]:
    """Grade and score of a card by a policy."""
    total, weights = Fraction(0), 0
    for factor in policy["factors"]:
        value = card.get(FIELDS[factor["name"]])
        if value in (None, ""):
            points = factor.get("unknown")
        elif factor["name"] == "kind":
            points = {each["kind"]: each["points"] for each in factor.get("kinds", [])}.get(
                value, factor["other"]
            )
        else:
            number = Fraction(str(value))
            points = next(
                b["points"] for b in factor["bands"] if b["up_to"] is None or number <= Fraction(b["up_to"])
            )
        if points is not None:
            total += points * factor["weight"]
            weights += factor["weight"]
    if not weights:
        return None, None
    # Half up: add half a hundredth and cut.
    hundredths = int(total / weights * 100 + Fraction(1, 2))
    score = Decimal(hundredths) / 100
    best = next(grade["name"] for grade in policy["grades"] if score >= Decimal(grade["from_score"]))
    return best, f"{score:.2f}"
