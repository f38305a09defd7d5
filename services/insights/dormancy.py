"""Reports what dormant customers are worth winning back: ``dormant_valuable``, one per customer and currency."""

import math
from collections.abc import Sequence
from datetime import date

from contracts.money import decimal_string
from services.insights.conditions import Reported, report
from services.insights.rules.alerts.kinds import number
from services.insights.rules.alerts.model import Facts
from services.insights.store.at_stake import silent_stakes_of
from services.insights.store.lateness import moment, said
from services.kit.database import Connection

KIND = "dormant_valuable"
STEPS = 10
"""A value that melts away by the day is told anew per tenth."""


async def report_dormant(
    connection: Connection, day: date, customer_ids: Sequence[str], *, deriving: bool
) -> None:
    """Report what is at stake with these customers, as of the stored spells and forecasts, and what is no more.

    Both change at times of their own, so that whoever writes one of them asks.
    """
    now: dict[tuple[str, str], Facts] = {}
    for customer_id, last_order_day, stake in await silent_stakes_of(connection, customer_ids, day):
        now[customer_id, stake.currency] = {
            "amount": decimal_string(stake.amount_minor, stake.currency),
            "currency": stake.currency,
            "days": (day - last_order_day).days,
            "chance_percent": round(stake.chance * 100),
        }
    known = await said(connection, customer_ids, day, [KIND])
    # What is ours is about a currency; about a customer as a whole others have reported.
    before = {(c, subject): facts for (c, _, subject), facts in known.items() if subject != c}
    moved = [key for key in sorted(now.keys() | before.keys()) if _moved(before.get(key), now.get(key))]
    if moved:
        at = await moment(connection)
        words = [Reported(KIND, key[0], at, day.toordinal(), now.get(key), key[1]) for key in moved]
        await report(connection, words, deriving=deriving)


def _moved(before: Facts | None, now: Facts | None) -> bool:
    if before is None or now is None:
        return before is not now
    return _step(before) != _step(now)


def _step(facts: Facts) -> int | None:
    amount = number(facts["amount"])
    return math.floor(STEPS * math.log(amount)) if amount > 0 else None
