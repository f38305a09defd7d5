"""When a missing order is worth a word: late against the customer's own rhythm, or a month that falls short."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.money import decimal_string
from services.insights.rules.alerts.kinds import number
from services.insights.rules.alerts.model import Facts

RHYTHM_FROM = 3
"""Order days from which on a customer has a rhythm of its own: two gaps."""
ORDERS_EXPECTED = 1.0
"""Order days expected of a month, as first forecast in it, from which on a gap is worth a word."""
STEPS = 10
FALLS_TO = 0.9
"""Share of what was expected of a month, down to which it may fall without a word."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is known of a customer in one currency. Days are the company's, amounts minor units.

    Attributes:
        order_days: so far.
        last: the last order day in this currency.
        last_of_any: the last order day in any currency.
        expected_on, latest: of the next order, as forecast when the last one came: ends of the 80 % interval.
        usual_gap: days.
        month_orders, month_amount: of the whole month, as first forecast in it.
        heading_for: what came in the month, and what is still expected of its rest.
    """

    currency: str
    order_days: int
    last: date
    last_of_any: date
    expected_on: date
    latest: date
    usual_gap: float
    month_orders: float
    month_amount: int
    heading_for: int


def order_late(of: Awaited, day: date) -> Facts | None:
    """Return how late the next order is; None: it is not, or there is no rhythm to be late against."""
    if of.order_days < RHYTHM_FROM or of.last_of_any > of.last or day <= of.latest:
        return None
    return {
        "days_since": (day - of.last).days,
        "usual_gap_days": f"{max(of.usual_gap, 0.1):.1f}",
        "expected_on": of.expected_on.isoformat(),
        "latest_on": of.latest.isoformat(),
    }


def order_gap(of: Awaited, day: date) -> Facts | None:
    """Return what the month is heading for against what was expected of it; None: it does not fall short.

    Against what it is heading for, not what came so far: on the first of a month nothing is missing yet.
    """
    if of.month_orders < ORDERS_EXPECTED or of.heading_for > FALLS_TO * of.month_amount:
        return None
    return {
        "currency": of.currency,
        "month": f"{day:%Y-%m}",
        "expected": decimal_string(of.month_amount, of.currency),
        "amount": decimal_string(of.heading_for, of.currency),
    }


def month_end(day: date) -> date:
    """Return the last day of the month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def says_more(kind: str, before: Facts | None, now: Facts | None) -> bool:
    """Tell whether figures have moved so far that they are worth another word.

    Silences grow by the day. A word per tenth is enough for thresholds in percent, and its number grows with the
    logarithm of a silence.
    """
    if before is None or now is None:
        return before is not now
    return _step(kind, before) != _step(kind, now)


def _step(kind: str, facts: Facts) -> tuple[str, int]:
    if kind == "order_late":
        gaps = float(number(facts["days_since"]) / number(facts["usual_gap_days"]))
        return str(facts["expected_on"]), math.floor(STEPS * math.log(max(gaps, 0.1)))
    missing = 1 - float(number(facts["amount"]) / max(number(facts["expected"]), number("0.01")))
    return str(facts["month"]), math.floor(STEPS * missing)
