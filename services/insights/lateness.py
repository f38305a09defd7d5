"""Reports missing orders while forecasts are made: ``order_late`` and ``order_gap``, one per customer and currency."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from services.insights.conditions import Reported, report
from services.insights.forecasting import Population, State, arrays_of, awaited
from services.insights.forecasting.renewal import next_gap
from services.insights.rules.alerts.model import Facts
from services.insights.rules.alerts.signals import FOR_EVER
from services.insights.rules.lateness import Awaited, month_end, order_gap, order_late, says_more
from services.insights.store.lateness import known, moment, said
from services.kit.database import Connection


async def report_missing(
    connection: Connection,
    day: date,
    currency: str,
    customer_ids: Sequence[str],
    states: Sequence[State],
    population: Population,
) -> None:
    """Report whose orders are late or fall short, and whose no more, after their forecasts of ``day`` are stored."""
    rows, before = (
        await known(connection, customer_ids, currency, day),
        await said(connection, customer_ids, day),
    )
    arrays = arrays_of(states)
    expected, _, latest = awaited(arrays, population)
    usual = np.exp(np.minimum(next_gap(arrays, population.gaps, arrays.last).centre, 12.0))
    at, found = await moment(connection), []
    for i, (customer_id, state) in enumerate(zip(customer_ids, states, strict=True)):
        row, last = rows[customer_id], date.fromordinal(state.last)
        of = Awaited(
            currency=currency,
            order_days=state.days,
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
            "order_gap": (order_gap(of, day), month_end(day)),
        }
        for kind, (facts, until) in now.items():
            if says_more(kind, before.get((customer_id, kind, currency)), facts):
                found.append(Reported(kind, customer_id, at, day.toordinal(), facts, currency, until))
    if found:
        await report(connection, found)


async def withdraw(connection: Connection, day: date, customer_ids: Sequence[str]) -> None:
    """Take back everything about these customers, within their derivation: none of their orders counts any more."""
    before = await said(connection, customer_ids, day) if customer_ids else {}
    # What is ours is about a currency; about a customer as a whole others have reported.
    ours = [key for key in before if key[2] != key[0]]
    if ours:
        at = await moment(connection)
        gone = [Reported(kind, c, at, day.toordinal(), None, subject) for c, kind, subject in ours]
        await report(connection, gone, deriving=True)
