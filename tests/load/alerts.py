"""``python -m tests.load.alerts``: an alert storm, timed.

One process, no broker: a batch in which every customer crosses a threshold goes through the batch path on a real
PostgreSQL, and then through the derivation of alerts. The same batch without a crossing is measured beside it: what is
above that is the price of the storm.
"""

import argparse
import asyncio
import time

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local.postgres import LocalPostgres
from services.insights.derivations.alerts import derive_alerts
from services.insights.deriving import Deriver
from services.kit.database import Database
from services.kit.migrate import migrate
from tests.services.insights.alerts.inbox import overdue, owes
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing


async def measure(database: Database, customers: int) -> dict[str, float]:
    """Return the seconds of each part."""
    processing = await Processing.on(database)
    deriver = Deriver(database, (derive_alerts,))
    ids = [f"C-{n:06}" for n in range(customers)]
    await processing.apply(tick("2026-01-05"), *(event("customer.assigned", customer_id=i) for i in ids))
    await deriver.catch_up()
    seconds: dict[str, float] = {}
    for name, events in (
        ("nothing crossed", [owes(1, customer_id=i) for i in ids]),
        ("storm", [overdue(2, 5, customer_id=i) for i in ids]),
        ("nothing new", [overdue(3, 5, customer_id=i) for i in ids]),
        ("all resolved", [owes(4, customer_id=i) for i in ids]),
    ):
        started = time.perf_counter()
        await processing.apply(*events)
        applied = time.perf_counter()
        await deriver.catch_up()
        seconds[f"{name}: batch"] = applied - started
        seconds[f"{name}: alerts"] = time.perf_counter() - applied
    return seconds


async def run(postgres: LocalPostgres, customers: int) -> dict[str, float]:
    """Measure on a database of its own."""
    url = await asyncio.to_thread(postgres.create_database, "alerts_bench")
    await migrate(url, ["insights"])
    database = await Database.open(url, "insights", 4)
    try:
        return await measure(database, customers)
    finally:
        await database.close()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    options = parser.parse_args()
    with LocalPostgres() as postgres:
        seconds = uvloop.run(run(postgres, options.customers))
    table = Table("what", "seconds", "customers/s", title=f"{options.customers:,} customers in one batch")
    for name, took in seconds.items():
        table.add_row(name, f"{took:.2f}", f"{options.customers / took:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
