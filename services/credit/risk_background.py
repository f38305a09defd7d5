"""Standings and the population kept current beside live processing, in a small share of the time."""

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import datetime
from typing import cast

import msgspec

from contracts.events.terms import RiskClass
from services.credit.outgoing_risk import class_changed_row
from services.credit.risk import decode_standing, refresh
from services.credit.rules.habits import LEAST_SETTLED, Population, fit
from services.credit.store import risk as store
from services.kit.batch import business_day
from services.kit.beside import keep_doing
from services.kit.database import UnitOfWork
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

CUSTOMERS_PER_STEP = (5, 50)
STEP_S = 0.02
"""How long a step is to take: the database works for it on a core that a decision may be waiting for."""
CLASSES_PER_STEP = 200
SHARE_OF_TIME = 0.1
IDLE_S = 2.0
FIT_EVERY_S = 60.0
GROWTH = 1.2
"""The population is fitted again when so many times the invoices have been settled that it was fitted on."""
FITTED_ON = 1_000
"""Customers it is fitted on at most: more change nothing, and it is all in one process."""
CUSTOMERS_BETWEEN_TURNS = 20
"""Customers fitted between two turns of the event loop, about a millisecond: decisions must not wait for this."""


class StandingKeeper:
    """Goes round the accounts and makes anew the standings that are behind."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._after = ""
        self._size = CUSTOMERS_PER_STEP[0]

    async def step(self) -> int:
        """Make the next standings. Returns how many customers were behind; 0 at the end of a round.

        A customer with a busy day costs a hundred times what one costs whose day only has turned, so the size of a
        step follows from what the last one took.
        """
        started = time.perf_counter()
        found = await self._some()
        if found == self._size:
            self._size = size_after(self._size, time.perf_counter() - started)
        return found

    async def _some(self) -> int:
        runtime = self._runtime
        today = business_day(runtime.clock.now(), runtime.settings.zone)
        async with runtime.database.unit_of_work() as unit:
            behind = await store.stale_customers(unit.connection, self._after, today, self._size)
            if behind:
                await refresh(unit.connection, behind, today, wait=False)
            await tell_classes(unit, runtime.clock.now())
        self._after = behind[-1] if len(behind) == self._size else ""
        return len(behind)


def size_after(size: int, took_s: float) -> int:
    """Return how many customers the next step is to take when ``size`` took so many seconds; at most twice as many."""
    least, most = CUSTOMERS_PER_STEP
    return int(min(max(least, size * min(STEP_S / took_s, 2)), most))


async def tell_classes(unit: UnitOfWork, at: datetime) -> int:
    """Tell the world of classes that changed, wherever the standing was made anew. Returns how many were noted."""
    changed = await store.take_changed_classes(unit.connection, CLASSES_PER_STEP)
    rows = [
        class_changed_row(decode_standing(body), cast(RiskClass, previous), at)
        for previous, body in changed
        if previous is not None
    ]
    unit.publish_all(rows)
    return len(changed)


async def keep_standings(runtime: Runtime) -> None:
    """Keep every customer's standing current until cancelled, in at most a tenth of the time."""
    keeper = StandingKeeper(runtime)
    await keep_doing("credit", "standings", keeper.step, share=SHARE_OF_TIME, idle_s=IDLE_S)


async def keep_population(runtime: Runtime) -> None:
    """Fit the population anew whenever there is enough to learn from, until cancelled."""

    async def step() -> int:
        return 0 if await fit_population(runtime) is None else 1

    await keep_doing("credit", "a population", step, share=1.0, idle_s=FIT_EVERY_S, busy_s=FIT_EVERY_S)


async def fit_population(runtime: Runtime) -> Population | None:
    """Fit the population if a fifth more invoices were settled since the last time; None: not yet."""
    async with runtime.database.unit_of_work() as unit:
        found = await store.read_population(unit.connection)
        version, before = (found[0], found[2]) if found is not None else (0, 0)
        settled = await store.count_settled(unit.connection)
        if settled < max(LEAST_SETTLED, before * GROWTH):
            return None
        histories = await store.read_histories(unit.connection, FITTED_ON)
    fitted = await _fitted(fit(histories, version + 1))
    async with runtime.database.unit_of_work() as unit:
        await store.write_population(
            unit.connection, fitted.version, msgspec.json.encode(fitted).decode(), settled
        )
    log.info("population %d fitted on %d settled invoices", fitted.version, fitted.settled)
    return fitted


async def _fitted(steps: Iterator[Population | None]) -> Population:
    for number, found in enumerate(steps):
        if found is not None:
            return found
        if number % CUSTOMERS_BETWEEN_TURNS == 0:
            await asyncio.sleep(0)
    raise AssertionError("a fit ends with a population")
