"""Keeps forecasts as they were made, to be scored: of each awaited order, and of each month before it begins."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from services.insights.forecasting import Population, States, amounts, awaited, forecast
from services.insights.forecasting.arrays import Floats
from services.insights.store.kept_forecasts import keep_awaited, keep_months
from services.kit.database import Connection

LONGEST_AMOUNT = 2.0**62
LATEST_DAYS = 1
"""A forecast of the next order that is made later knows that none has come meanwhile, and is not kept."""


async def keep_forecasts(
    connection: Connection,
    day: date,
    currency: str,
    customer_ids: Sequence[str],
    states: States,
    population: Population,
) -> None:
    """Keep what is forecast on ``day``: one row per awaited order, one per customer and month, none per event."""
    fresh = day.toordinal() - states.last <= LATEST_DAYS
    if fresh.any():
        await _awaited(
            connection, day, currency, _chosen(customer_ids, fresh), states.take(fresh), population
        )
    month = month_ahead(day)
    if month is not None:
        before = states.last < month.toordinal()
        if before.any():
            ids, those = _chosen(customer_ids, before), states.take(before)
            await _month(connection, day, currency, month, ids, those, population)


def _chosen(customer_ids: Sequence[str], which: Any) -> list[str]:
    return [customer_ids[i] for i in np.flatnonzero(which).tolist()]


def month_ahead(day: date) -> date | None:
    """Return the month that is forecast on a day: the next on the last day, on the first the one that begins.

    On the first as well, as a service that was down on the evening before makes up for it; whoever has ordered by then
    is left out.
    """
    tomorrow = day + timedelta(days=1)
    if tomorrow.day == 1:
        return tomorrow
    return day if day.day == 1 else None


async def _awaited(
    connection: Connection,
    day: date,
    currency: str,
    customer_ids: Sequence[str],
    states: States,
    population: Population,
) -> None:
    expected, earliest, latest = awaited(states, population)
    columns: list[Sequence[Any]] = [
        customer_ids,
        *([date.fromordinal(d) for d in days.tolist()] for days in (states.first, states.last)),
        states.days.tolist(),
        [round(amount) for amount in states.amount.tolist()],
        *([date.fromordinal(int(d)) for d in days] for days in (expected, earliest, latest)),
        *(minor_units(worth(states, population.amounts)) for worth in (amounts.expected, amounts.typical)),
    ]
    await keep_awaited(connection, day, population.version, currency, columns)


async def _month(
    connection: Connection,
    day: date,
    currency: str,
    month: date,
    customer_ids: Sequence[str],
    states: States,
    population: Population,
) -> None:
    days = monthrange(month.year, month.month)[1]
    made = forecast(states, population, month.toordinal() - 1, days)
    numbers = made.orders.tolist(), made.median_orders.astype(np.int64).tolist(), minor_units(made.amount)
    await keep_months(connection, day, population.version, currency, month, customer_ids, numbers)


def minor_units(estimates: Floats) -> list[int]:
    """Return estimated amounts as whole minor units."""
    whole: list[int] = np.rint(np.minimum(estimates, LONGEST_AMOUNT)).astype(np.int64).tolist()
    return whole
