"""Reports missing orders while forecasts are made: ``order_late`` and ``order_gap``, one per customer and currency."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from services.insights.conditions import Reported, report
from services.insights.dormancy import report_dormant
from services.insights.forecasting import Population, States, awaited, overdue
from services.insights.forecasting.renewal import next_gap
from services.insights.rules.alerts.model import Facts
from services.insights.rules.alerts.signals import FOR_EVER
from services.insights.rules.lateness import (
    RHYTHM_FROM,
    Awaited,
    month_end,
    order_gap,
    order_late,
    says_more,
)
from services.insights.store.lateness import known, moment, said
from services.kit.database import Connection


async def report_missing(
    connection: Connection,
    day: date,
    currency: str,
    customer_ids: Sequence[str],
    states: States,
    population: Population,
) -> None:
    """Report whose orders are late or fall short, and whose no more, after their forecasts of ``day`` are stored."""
    before, today = await said(connection, customer_ids, day), day.toordinal()
    # Most are neither late nor short, and nothing was said of them.
    spoken = {customer_id for customer_id, _, _ in before}
    late = (states.days >= RHYTHM_FROM) & overdue(states, population, today)
    asked = [is_late or id_ in spoken for is_late, id_ in zip(late.tolist(), customer_ids, strict=True)]
    rows = await known(connection, customer_ids, asked, currency, day)
    those = states.take(np.array([row["place"] for row in rows], np.int64))
    expected, _, latest = awaited(those, population)
    usual = np.exp(np.minimum(next_gap(those, population.gaps, those.last).centre, 12.0))
    end_of_month = month_end(day)
    at, found = await moment(connection), []
    for i, row in enumerate(rows):
        customer_id, last = row["customer_id"], date.fromordinal(int(those.last[i]))
        of = Awaited(
            currency=currency,
            order_days=int(those.days[i]),
            last=last,
            last_of_any=row["last_order_day"] or last,
            expected_on=date.fromordinal(int(expected[i])),
            latest=date.fromordinal(int(latest[i])),
            usual_gap=float(usual[i]),
            month_orders=row["whole_orders"],
            month_amount=row["whole_amount"],
            heading_for=row["heading_for"],
        )
        now: dict[str, tuple[Facts | None, date]] = {
            "order_late": (order_late(of, day), FOR_EVER),
            "order_gap": (order_gap(of, day), end_of_month),
        }
        for kind, (facts, until) in now.items():
            if says_more(kind, before.get((customer_id, kind, currency)), facts):
                found.append(Reported(kind, customer_id, at, today, facts, currency, until))
    if found:
        await report(connection, found)
    await report_dormant(connection, day, customer_ids, deriving=False)


async def withdraw(connection: Connection, day: date, customer_ids: Sequence[str]) -> None:
    """Take back everything about these customers, within their derivation: none of their orders counts any more."""
    before = await said(connection, customer_ids, day) if customer_ids else {}
    # What is ours is about a currency; about a customer as a whole others have reported.
    ours = [key for key in before if key[2] != key[0]]
    if ours:
        at = await moment(connection)
        gone = [Reported(kind, c, at, day.toordinal(), None, subject) for c, kind, subject in ours]
        await report(connection, gone, deriving=True)
