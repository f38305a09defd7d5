"""``make bench-forecasts``: what forecasting everybody anew costs, as when a day begins, and fitting a population.

One process on a real PostgreSQL, no broker: customers of two years whose orders went through the batch path, were
derived and forecast, and then copied under other ids. Measured is the pass as the service performs it: states out of
the database, forecasts, what is kept to be scored, missing orders, dormant ones, rows into the database. Times are CPU
times, of the process and of all of PostgreSQL, so that a busy machine does not show in them.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import uvloop
from rich.console import Console
from rich.table import Table

from contracts.envelope import Event
from deploy.local.postgres import LocalPostgres
from services.insights import expecting
from services.kit.database import Database
from services.kit.migrate import migrate
from tests.load.pages.grow import grow
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up

UNTIL = date(2026, 3, 29)
"""The last day of history; the day after is forecast."""
MONTH_ENDS = date(2026, 3, 31)
"""Forecast, too: on such a day the month that begins is kept to be scored."""
DAYS = 730
PRODUCTS = [f"P-{number:03}" for number in range(200)]
BATCH = 1_000
PARTS = {
    "take_changed": "changed states out of the database",
    "take_behind": "states out of the database",
    "expected": "forecasts of three horizons",
    "write_forecasts": "rows into the database",
    "keep_forecasts": "kept to be scored",
    "report_missing": "missing orders, dormant customers",
}
Seconds = dict[str, tuple[float, float]]
"""Of CPU by part: of the process, of PostgreSQL for it."""


def history(customers: int) -> Iterator[Event[Any]]:
    """Yield orders of customers with rates, habits and favourites of their own; one in three stops at some time."""
    chance = random.Random(7)
    orders: list[tuple[int, str, list[str], float]] = []
    for customer in range(customers):
        gap, day = chance.gammavariate(1, 60) + 3, float(chance.randrange(DAYS - 60))
        until = day + chance.randrange(30, 600) if customer % 3 == 0 else DAYS
        usual, level = chance.sample(PRODUCTS, 6), chance.gauss(5, 1)
        while day < min(until, DAYS):
            orders.append((int(day), f"C-{customer:06}", usual, level))
            day += 1 + chance.gammavariate(2, gap / 2)
    orders.sort(key=lambda order: order[:2])
    for number, (day_number, id_, usual, level) in enumerate(orders):
        amount = f"{chance.lognormvariate(level, 0.3):.2f}"
        yield event(
            "order.placed",
            at=datetime.combine(UNTIL, datetime.min.time(), UTC) - timedelta(days=DAYS - 1 - day_number),
            customer_id=id_,
            order_id=f"O-{number}",
            amount=amount,
            lines=[line(chance.choice(usual), "2", amount)],
        )


class Meter:
    """CPU seconds of this process, and of everything that PostgreSQL runs, by part."""

    def __init__(self, postgres: LocalPostgres) -> None:
        self._postmaster = psutil.Process(postgres.pid)
        self._reading = 0.0
        self.parts: Seconds = {}

    def read(self) -> tuple[float, float]:
        """Return the CPU seconds so far: of this process but for reading, of PostgreSQL with what has ended of it."""
        now = time.process_time()
        mine = self._postmaster.cpu_times()
        theirs = mine.user + mine.system + mine.children_user + mine.children_system
        for child in self._postmaster.children():
            with suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                theirs += times.user + times.system
        before, self._reading = self._reading, self._reading + time.process_time() - now
        return now - before, theirs

    def add(self, part: str, since: tuple[float, float]) -> None:
        """Count what has been spent since a reading for a part."""
        now, before = self.read(), self.parts.get(part, (0.0, 0.0))
        self.parts[part] = (before[0] + now[0] - since[0], before[1] + now[1] - since[1])

    def timing(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, counted for ``part``."""

        def call(*arguments: Any, **named: Any) -> Any:
            since = self.read()
            found = function(*arguments, **named)
            if not asyncio.iscoroutine(found):
                self.add(part, since)
                return found
            return self._awaited(part, found, since)

        return call

    async def _awaited(self, part: str, found: Awaitable[Any], since: tuple[float, float]) -> Any:
        value = await found
        self.add(part, since)
        return value


async def seed(database: Database, processing: Processing, customers: int) -> None:
    """Live through the history of some customers, and forecast them on its last day."""
    events = history(customers)
    while batch := list(islice(events, BATCH)):
        await processing.apply(*batch)
    await processing.apply(tick(UNTIL.isoformat()))
    await catch_up(database)
    forecaster = expecting.Forecaster(database)
    await forecaster.fit()
    while await forecaster.step():
        pass
    await catch_up(database)


async def pass_of(database: Database, processing: Processing, meter: Meter, day: date) -> Seconds:
    """Forecast everybody as of a day that begins. Returns CPU seconds (process, PostgreSQL) per part."""
    await processing.apply(tick(day.isoformat()))
    forecaster = expecting.Forecaster(database)
    await forecaster.fit()
    originals = {name: getattr(expecting, name) for name in PARTS}
    for name, part in PARTS.items():
        setattr(expecting, name, meter.timing(part, originals[name]))
    try:
        began, customers = meter.read(), 0
        while made := await forecaster.step():
            customers += made
        meter.add(f"everybody: {customers:,} customers", began)
    finally:
        for name, original in originals.items():
            setattr(expecting, name, original)
    return meter.parts


async def fit_of(database: Database, meter: Meter) -> Seconds:
    """Fit the population anew. Returns CPU seconds (process, PostgreSQL)."""
    await database.pool.execute("DELETE FROM order_populations")
    began = meter.read()
    assert await expecting.Forecaster(database).fit()
    meter.add("a population", began)
    return meter.parts


async def run(postgres: LocalPostgres, options: argparse.Namespace) -> dict[str, Seconds]:
    """Measure on a database of its own."""
    url = await asyncio.to_thread(postgres.create_database, "forecasts_bench")
    await migrate(url, ["insights"])
    database = await Database.open(url, "insights", 2)
    try:
        processing = await Processing.on(database)
        await seed(database, processing, options.seed)
        await grow(url, options.customers // options.seed - 1, 1, print, ["insights"])
        await database.pool.execute("CHECKPOINT")
        return {
            "a day begins": await pass_of(database, processing, Meter(postgres), UNTIL + timedelta(days=1)),
            "a month ends": await pass_of(database, processing, Meter(postgres), MONTH_ENDS),
            "a fit": await fit_of(database, Meter(postgres)),
        }
    finally:
        await database.close()


def main() -> None:
    """Measure, print and keep the figures in var/bench/forecasts.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument(
        "--seed", type=int, default=2_000, help="customers that are lived through, then copied"
    )
    options = parser.parse_args()
    with LocalPostgres() as postgres:
        results = uvloop.run(run(postgres, options))
    table = Table(
        "", "", "process", "PostgreSQL", title=f"Forecasts, {options.customers:,} customers, CPU seconds"
    )
    for what, parts in results.items():
        for part, (process, postgresql) in parts.items():
            table.add_row(what, part, f"{process:.2f}", f"{postgresql:.2f}")
    Console(width=120).print(table)
    folder = Path("var/bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "forecasts.json").write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
