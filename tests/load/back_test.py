"""``python -m tests.load.back_test``: how long a candidate policy takes over a million journal entries, on one core.

The rules themselves make the journal, without a broker, and it is copied into a database; only the back-test is timed.
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from contracts.codec import decode
from deploy.local.postgres import LocalPostgres
from services.credit.back_test.run import Totals, run
from services.credit.processor import fold
from services.credit.rules.policy import Policy, document_of
from services.credit.rules.state import Account
from services.credit.working import JournalRow, Working
from services.kit.migrate import migrate
from services.kit.records import Received, Record
from services.kit.verify import snapshot
from tests.load.workload import START, Workload

STRICT = {
    "company": {
        "overdue_days": {"max_days": 10},
        "single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "1000.00"}]},
        "overdue_share": {"active": True, "max_percent": 20},
        "payment_behaviour": {"active": True, "max_average_days": 5, "min_invoices": 3},
    },
    "risk_classes": [{"risk_class": "A", "rules": {"overdue_days": {"max_days": 45}}}],
}


def journal(customers: int) -> Iterator[list[JournalRow]]:
    """Yield the entries that an endless load makes, event by event."""
    working, load = Working(Policy()), Workload(1, customers, 8)
    for message in itertools.chain(load.terms(), load.events(sys.maxsize)):
        event = decode(message.value)
        customer = event.key
        working.accounts.setdefault(customer, Account(customer, "CNY"))
        working.partitions[customer] = message.partition
        record = Record(message.topic, 0, message.partition, 0, None, None, (), 0, 0.0, event, None)
        fold(working, [Received(event, record, b"", START.date())])
        yield working.journal
        working.journal, working.rows, working.decisions, working.allocations = [], [], [], []


async def fill(dsn: str, entries: int, customers: int) -> None:
    """Copy so many journal entries into the database, with rows of accounts to go by."""
    rows: list[tuple[Any, ...]] = []
    lasts: dict[str, int] = {}
    for made in journal(customers):
        for customer, seq, kind, day, _, _, body, hash_ in made:
            rows.append((customer, seq, kind, day, None, None, body, hash_))
            lasts[customer] = seq
        if len(rows) >= entries:
            break
    async with snapshot(dsn, "credit", writing=True) as connection:
        await connection.copy_records_to_table("journal", records=rows)
        await connection.executemany(
            """INSERT INTO accounts (customer_id, partition, currency, seq, hash, term_days, credit_limit, grace_days,
                                     open_orders, shipped, invoiced, unapplied, held_orders, held_amount,
                                     overdue_amount, overdue_items)
               VALUES ($1, 0, 'CNY', $2, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)""",
            list(lasts.items()),
        )


async def measure(dsn: str, passes: int) -> None:
    """Run the back-test and print how long it took."""
    candidate = Policy(2, document_of(STRICT))
    for _ in range(passes):
        totals, started = Totals(), time.perf_counter()
        cpu = time.process_time()
        async with snapshot(dsn, "credit") as connection:
            async for _result in run(connection, candidate, date.min, date.max, totals):
                pass
        elapsed, used = time.perf_counter() - started, time.process_time() - cpu
        print(
            f"{totals.entries:,} entries of {totals.customers:,} customers in {elapsed:.1f} s ({used:.1f} s of CPU "
            f"here): {totals.entries / elapsed:,.0f} entries/s; {totals.outcomes}",
            flush=True,
        )


def main() -> None:
    """Make the journal and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--passes", type=int, default=2)
    options = parser.parse_args()
    with LocalPostgres() as postgres:
        dsn = postgres.create_database("back_test")
        asyncio.run(migrate(dsn, ["credit"]))
        print("making the journal", flush=True)
        asyncio.run(fill(dsn, options.entries, options.customers))
        asyncio.run(measure(dsn, options.passes))


if __name__ == "__main__":
    main()
