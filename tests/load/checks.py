"""``python -m tests.load.checks``: what a decision costs, by the customer's open invoices and by the tables' size.

One process, no broker: batches of orders go through the batch path on a real PostgreSQL. Rows are made directly, as the
service would have left them; a decision reads nothing else of them. Sizes are measured in turns, so that the
machine's moods hit all alike, and medians count.
"""

import argparse
import statistics
import time

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate
from tests.services.credit.events import event, partition
from tests.services.credit.live import Live

BATCH = 100
_CUSTOMER = """
INSERT INTO accounts (customer_id, partition, currency, seq, hash, term_days, credit_limit, grace_days, open_orders,
                      shipped, invoiced, unapplied, held_orders, held_amount, overdue_amount, overdue_items,
                      oldest_overdue, next_due, wakes_on)
VALUES ($1, $2, 'CNY', 1, '\\x00', 30, NULL, 0, 0, 0, $3 * 100, 0, 0, 0, 10 * 100, 10, '2026-02-20', '2026-04-01',
        '2026-04-02')"""
_ITEMS = """
INSERT INTO items (invoice_id, customer_id, amount, open, issued_on, due_on, overdue)
SELECT $1 || '-' || n, $1, 100, 100, '2026-02-01',
       CASE WHEN n <= 10 THEN date '2026-02-20' ELSE '2026-04-01' END, n <= 10
FROM generate_series(1, $2::int) AS n"""
_OTHERS = """
INSERT INTO items (invoice_id, customer_id, amount, open, issued_on, due_on, overdue)
SELECT 'other-' || n, 'other-' || n % 10000, 100, n % 2 * 100, '2026-02-01', '2026-04-01', false
FROM generate_series($1::int, $2::int) AS n"""


async def fill(connection: "asyncpg.Connection[asyncpg.Record]", sizes: list[int]) -> None:
    """Make one customer per number of open invoices, ten of them overdue."""
    for size in sizes:
        await connection.execute(_CUSTOMER, f"C-{size}", partition(f"C-{size}"), size)
        await connection.execute(_ITEMS, f"C-{size}", size)


async def measure(database: Database, sizes: list[int], rounds: int, *, cold: bool) -> dict[int, float]:
    """Return the median microseconds per decision for each customer.

    Args:
        cold: each batch begins like a process that was just started.
    """
    live = Live(database)
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    for number in range(rounds):
        for size in sizes:
            if cold:
                live.lose_memory()
            customer = f"C-{size}"
            key = time.perf_counter_ns()
            orders = [
                event("order.placed", n / 1000, f"{key}-{n}", order_id=f"{key}-{n}", customer_id=customer)
                for n in range(BATCH)
            ]
            started = time.perf_counter()
            await live.apply_events(*orders)
            if number:
                seconds[size].append((time.perf_counter() - started) / BATCH * 1e6)
    return {size: statistics.median(measured) for size, measured in seconds.items()}


async def run(options: argparse.Namespace) -> None:
    """Measure at each size of the table and print the curve."""
    table = Table(title="Microseconds per decision")
    table.add_column("rows in the table", justify="right")
    for size in options.items:
        table.add_column(f"{size:,} open invoices", justify="right")
    with LocalPostgres() as postgres:
        dsn = postgres.create_database("checks")
        await migrate(dsn, ["credit"])
        connection = await asyncpg.connect(dsn, server_settings={"search_path": "credit"})
        database = await Database.open(dsn, "credit", 2)
        await fill(connection, options.items)
        rows = 0
        for target in options.rows:
            await connection.execute(_OTHERS, rows + 1, target)
            await connection.execute("VACUUM ANALYZE items")
            rows = target
            for cold in (False, True):
                found = await measure(database, options.items, options.rounds, cold=cold)
                name = f"{target:,}{', a process just started' if cold else ''}"
                table.add_row(name, *(f"{found[size]:,.0f}" for size in options.items))
        await connection.close()
        await database.close()
    Console(width=120).print(table)


def main() -> None:
    """Parse the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=31)
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
