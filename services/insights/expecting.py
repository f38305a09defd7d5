"""Forecasts kept current: changed customers within seconds, everybody when a day begins or a population is fitted."""

import asyncio
import logging
import time
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from services.insights.forecasting import Population, States, forecasts, histories_of, products, refit
from services.insights.forecasting.arrays import Days
from services.insights.keeping import keep_forecasts, minor_units
from services.insights.lateness import report_missing
from services.insights.store.order_days import (
    anybody_behind,
    customers_by_currency,
    lock_populations,
    populations,
    sample,
    take_behind,
    take_changed,
    write_forecasts,
    write_population,
)
from services.insights.store.staleness import company_day
from services.insights.store.usual import repeats
from services.kit.beside import keep_doing
from services.kit.database import Connection, Database, UnitOfWork
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

SHARE_OF_TIME = 0.2
IDLE_S = 1.0
FORECASTS_PER_STEP = 5_000
"""Customers locked at once: a change of one of them waits for as long as they take, a quarter of a second."""
REFIT_AFTER_DAYS = 28
FIT_CHECK_S = 60.0

Whole = tuple[str, date, int]
"""All customers of a currency, as of a day, by a version of the population."""


class Forecaster:
    """Fits populations, the fastest of the replicas, and forecasts customers, any number of replicas side by side."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._done: set[Whole] = set()
        self._reached: dict[str, tuple[Whole, str]] = {}
        self._populations: dict[str, tuple[Population, int]] = {}

    @property
    def fitted(self) -> bool:
        """Whether there is a population at all."""
        return bool(self._populations)

    async def step(self) -> int:
        """Forecast some customers who are behind. Returns how many; 0: nobody is."""
        made = 0
        for currency, (population, _) in self._populations.items():
            made += await self._forecast(currency, population)
        return made

    async def fit(self) -> bool:
        """Fit a population where there is none, it is four weeks old, or customers have doubled since.

        False: nothing was to be fitted, or another replica was faster.
        """
        async with self._database.unit_of_work() as unit:
            self._populations = await populations(unit.connection)
            day = await company_day(unit.connection)
            customers = await customers_by_currency(unit.connection)
        if day is None:
            return False
        due = [currency for currency, count in customers.items() if self._to_fit(currency, count, day)]
        return any([await self._fit(currency, customers[currency], day) for currency in due])

    async def _fit(self, currency: str, customers: int, day: date) -> bool:
        """Fit one currency. It takes long, and a transaction that waits for so long is cut: there is none meanwhile."""
        before = self._populations.get(currency)
        async with self._database.unit_of_work() as unit:
            sampled = await sample(unit.connection, currency, day)
            repeated = await repeats(unit.connection, currency, day)
        if not sampled:
            return False  # The first orders ever were held or cancelled a moment ago, and that is not derived yet.
        population = await asyncio.to_thread(refit, histories_of(sampled), day.toordinal(), 0)
        repeating = await asyncio.to_thread(products.fit, repeated)
        async with self._database.unit_of_work() as unit:
            await lock_populations(unit.connection)
            now = (await populations(unit.connection)).get(currency)
            first = (now and now[0].version) == (before and before[0].version)
            if first:
                await write_population(unit.connection, currency, day, customers, population, repeating)
                log.info("fitted the orders of %d customers in %s", population.customers, currency)
            self._populations = await populations(unit.connection)
        return first

    def _to_fit(self, currency: str, customers: int, day: date) -> bool:
        if currency not in self._populations:
            return True
        population, then = self._populations[currency]
        return day.toordinal() >= population.day + REFIT_AFTER_DAYS or customers >= 2 * then

    async def _forecast(self, currency: str, population: Population) -> int:
        async with self._database.unit_of_work() as unit:
            day = await company_day(unit.connection)
            if day is None:
                return 0
            whole = (currency, day, population.version)
            taken = [await take_changed(unit.connection, currency, day, FORECASTS_PER_STEP)]
            # Changed customers first, whatever the time of the day; then everybody else, once a day.
            if whole not in self._done and len(taken[0][0]) < FORECASTS_PER_STEP:
                taken.append(
                    await self._behind(unit.connection, whole, FORECASTS_PER_STEP - len(taken[0][0]))
                )
            for ids, states in taken:
                if ids:
                    await _make(unit, day, currency, ids, states, population)
        return sum(len(ids) for ids, _ in taken)

    async def _behind(self, connection: Connection, whole: Whole, most: int) -> tuple[list[str], States]:
        """Take the next ones whose day is over, customer after customer until nobody is left, and nobody skipped."""
        before, after = self._reached.get(whole[0], (whole, ""))
        ids, states = await take_behind(connection, *whole, after if before == whole else "", most)
        self._reached[whole[0]] = whole, ids[-1] if ids else ""
        # What a state needs that is changed from here on is found by its mark, so that nobody is looked for all day.
        if not ids and not await anybody_behind(connection, *whole):
            self._done = {done for done in self._done if done[0] != whole[0]} | {whole}
        return ids, states


async def _make(
    unit: UnitOfWork, day: date, currency: str, ids: Sequence[str], states: States, population: Population
) -> None:
    columns = await asyncio.to_thread(expected, states, population, day)
    await write_forecasts(unit.connection, day, population.version, currency, ids, columns)
    await keep_forecasts(unit.connection, day, currency, ids, states, population)
    await report_missing(unit.connection, day, currency, ids, states, population)
    unit.announce("insights.forecasts")


def expected(states: States, population: Population, day: date) -> dict[str, Sequence[Any]]:
    """Return what is expected of customers after the evening of ``day``, as columns of ``order_forecasts``.

    Days are ordinals.
    """
    today = day.toordinal()
    rest = monthrange(day.year, day.month)[1] - day.day
    month, near, far = forecasts(states, population, today, (max(rest, 1), 30, 90))
    left = 1.0 if rest else 0.0
    return {
        "month_orders": (month.orders * left).tolist(),
        "month_amount": minor_units(month.amount * left),
        "orders_30": near.orders.tolist(),
        "median_30": near.median_orders.astype(np.int64).tolist(),
        "amount_30": minor_units(near.amount),
        "orders_90": far.orders.tolist(),
        "median_90": far.median_orders.astype(np.int64).tolist(),
        "amount_90": minor_units(far.amount),
        "active": near.active.tolist(),
        "expected_day": _possible(near.expected_day),
        "earliest": _possible(near.earliest),
        "latest": _possible(near.latest),
        "order_amount": minor_units(near.order_amount),
        "typical_amount": minor_units(near.typical_amount),
    }


def _possible(days: Days) -> list[int]:
    possible: list[int] = np.minimum(days, date.max.toordinal()).tolist()
    return possible


async def keep_expected(runtime: Runtime) -> None:
    """Keep forecasts current until cancelled, in at most a fifth of the time."""
    forecaster = Forecaster(runtime.database)
    looked = float("-inf")

    async def step() -> int:
        nonlocal looked
        now = time.monotonic()
        if now - looked > FIT_CHECK_S or not forecaster.fitted:
            await forecaster.fit()
            looked = now
        return await forecaster.step()

    await keep_doing("insights", "forecasts", step, share=SHARE_OF_TIME, idle_s=IDLE_S)
