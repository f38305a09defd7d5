"""``make bench-insights``: events per second through insights, everything on, and how far behind derived data is.

One insights process as in production, with embedded broker and PostgreSQL on the same machine: facts are kept by the
batches, segments and alerts are derived beside them. The log is drained for more and more customers and months of
history: the cost per event must not grow with either. Then events come at a steady pace, and the age of the oldest
change that is not derived yet is sampled.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.customers import CustomerCreated
from contracts.events.orders import OrderInvoiced, OrderLine, OrderPlaced
from contracts.events.payments import PaymentReceived
from contracts.events.products import ProductCreated
from contracts.topics import partition_of, topics
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import ProcessSpec, running
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.kit.migrate import migrate
from tests.load.drain import PARTITIONS, REPOSITORY, Round
from tests.load.workload import Message

END = datetime(2026, 3, 20, 12, tzinfo=UTC)
PRODUCTS = [f"P-{number:03}" for number in range(200)]
EVENTS_PER_ORDER = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is: customers, and months over which their documents are spread."""

    customers: int
    months: int


class History:
    """Documents of many customers: an order with two lines, and by turns its invoice or a payment."""

    def __init__(self, seed: int, size: Size) -> None:
        self._random = random.Random(seed)
        self._size = size
        self._count = 0

    def cards(self) -> Iterator[Message]:
        """Yield the catalogue and the customers."""
        for product in PRODUCTS:
            card = ProductCreated(
                product_id=product, name=product, category=f"G-{product[-1]}", currency="CNY", unit_cost="61"
            )
            for partition in range(PARTITIONS):
                yield self._message(card, product, END - timedelta(days=800), partition)
        for number in range(self._size.customers):
            customer = f"C-{number:06}"
            created = CustomerCreated(
                customer_id=customer, name=customer, region=f"R-{number % 20}", tags=[], contacts=[]
            )
            yield self._message(created, customer, END - timedelta(days=800))

    def documents(self, count: int) -> Iterator[Message]:
        """Yield ``count`` documents in the order of their times, the last of them today."""
        span_s = self._size.months * 30 * 86_400
        for number in range(count):
            at = END - timedelta(seconds=span_s * (1 - (number + 1) / count))
            yield self.document(at)

    def document(self, at: datetime) -> Message:
        """Return the next document."""
        number, customer = self._count, f"C-{self._random.randrange(self._size.customers):06}"
        if number % EVENTS_PER_ORDER == 0:
            lines = [
                OrderLine(product_id=product, quantity="3", unit_price="100", amount="300")
                for product in self._random.sample(PRODUCTS, 2)
            ]
            order = OrderPlaced(
                order_id=f"O-{number}", customer_id=customer, currency="CNY", amount="600.00", lines=lines
            )
            return self._message(order, customer, at)
        if number % 4 == 1:
            invoice = OrderInvoiced(
                invoice_id=f"I-{number}",
                customer_id=customer,
                order_id=None,
                currency="CNY",
                amount="600.00",
                issued_on=at.date(),
                lines=[],
            )
            return self._message(invoice, customer, at)
        payment = PaymentReceived(
            payment_id=f"R-{number}", customer_id=customer, currency="CNY", amount="550.00", allocations=[]
        )
        return self._message(payment, customer, at)

    def _message(self, data: EventData, key: str, at: datetime, partition: int | None = None) -> Message:
        self._count += 1
        event = new_event(data, id=f"e-{self._count}", occurred_at=at, key=key, producer="load")
        raw = key.encode()
        place = partition_of(raw, PARTITIONS) if partition is None else partition
        return Message(data.TOPIC, place, raw, encode(event))


class InsightsRound(Round):
    """A round of the insights service on a database and topics of its own."""

    async def prepare(self) -> None:
        """Make schema and topics."""
        await migrate(self.dsn, ["insights"])
        names = [self.prefix + name for name in topics()]
        await ensure_topics(self.bootstrap, [(name, PARTITIONS, {}) for name in names])

    def service(self) -> ProcessSpec:
        """Return the insights service as a process of its own, not yet started."""
        spec = super().service()
        argv = [sys.executable, "-m", "deploy.cli", "serve", "insights", "--port", str(self.port)]
        log = REPOSITORY / "var" / "bench" / f"insights-{self.number}.log"
        return ProcessSpec(
            name="insights",
            argv=argv,
            log_path=log,
            env=spec.env,
            cwd=spec.cwd,
            ready=spec.ready,
            ready_timeout_s=spec.ready_timeout_s,
        )


async def measure(round_: InsightsRound, history: History, options: argparse.Namespace) -> dict[str, float]:
    """Drain cards, then documents, then keep a steady pace."""
    await round_.prepare()
    database = await asyncpg.connect(round_.dsn, server_settings={"search_path": "insights"})
    cards = list(history.cards())
    await round_.publish(cards)
    with running(round_.service()):
        await _until(database, _DERIVED)
    documents = list(history.documents(options.events))
    await round_.publish(documents)
    draining = asyncio.create_task(_drained(round_.dsn, len(documents)))
    with running(round_.service()):
        began, applied = await draining
        await _until(database, _DERIVED)
        derived = time.perf_counter()
        delays = await _delays(round_, history, database, options)
    await database.close()
    return {
        "events_per_s": len(documents) / (applied - began),
        "derived_per_s": len(documents) / (derived - began),
        "p50_s": delays[len(delays) // 2],
        "p99_s": delays[int(len(delays) * 0.99)],
    }


_APPLIED = (
    "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM invoices) + (SELECT count(*) FROM payments)"
)
_DERIVED = """SELECT NOT EXISTS (SELECT FROM stale_customers) AND NOT EXISTS (SELECT FROM unranked_currencies)
              AND EXISTS (SELECT FROM customers)"""


async def _drained(dsn: str, documents: int) -> tuple[float, float]:
    """Return when the first documents showed and when all did: the start of the process does not count."""
    database = await asyncpg.connect(dsn, server_settings={"search_path": "insights"})
    began = 0.0
    async with asyncio.timeout(600):
        while (applied := await database.fetchval(_APPLIED)) < documents:
            if applied and not began:
                began = time.perf_counter()
            await asyncio.sleep(0.02)
    await database.close()
    return began, time.perf_counter()


async def _until(database: "asyncpg.Connection[asyncpg.Record]", question: str, *arguments: object) -> None:
    async with asyncio.timeout(600):
        while not await database.fetchval(question, *arguments):
            await asyncio.sleep(0.1)


async def _delays(
    round_: InsightsRound,
    history: History,
    database: "asyncpg.Connection[asyncpg.Record]",
    options: argparse.Namespace,
) -> list[float]:
    """Return, in order, how far behind derived data was while events came at a steady pace, in seconds."""
    delays: list[float] = []
    pace = max(1, int(options.pace / 5))
    for _ in range(options.seconds * 5):
        due = time.perf_counter()
        await round_.publish([history.document(END) for _ in range(pace)])
        await asyncio.sleep(max(0.0, due + 0.2 - time.perf_counter()))
        behind = await database.fetchval(_BEHIND)
        delays.append(float(behind))
    return sorted(delays)


_BEHIND = (
    """SELECT coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::float8 FROM stale_customers"""
)


async def run(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Measure every size."""
    sizes = [Size(customers, 1) for customers in options.customers]
    sizes += [Size(options.customers[0], months) for months in options.months]
    results = {}
    with LocalPostgres() as postgres, TansuBroker() as broker:
        for number, size in enumerate(sizes, 1):
            round_ = InsightsRound(number, postgres, broker.bootstrap, False, options.batch)
            figures = await measure(round_, History(number, size), options)
            results[f"{size.customers:,} customers, {size.months} months"] = figures
            shown = ", ".join(f"{name} {value:,.2f}" for name, value in figures.items())
            print(f"  {size}: {shown}", flush=True)
    return results


def main() -> None:
    """Parse the options, measure, print and keep the figures in var/bench/insights.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--customers", type=int, nargs="+", default=[1_000, 20_000, 200_000])
    parser.add_argument("--months", type=int, nargs="*", default=[6, 24])
    parser.add_argument("--batch", type=int, default=2_000)
    parser.add_argument("--pace", type=float, default=500, help="events/s while the delay is measured")
    parser.add_argument("--seconds", type=int, default=15)
    options = parser.parse_args()
    results = uvloop.run(run(options))
    table = Table(
        "history", "events/s", "... all derived", "behind p50", "behind p99", title="Insights, one process"
    )
    for name, f in results.items():
        table.add_row(
            name,
            f"{f['events_per_s']:,.0f}",
            f"{f['derived_per_s']:,.0f}",
            f"{f['p50_s']:.2f} s",
            f"{f['p99_s']:.2f} s",
        )
    Console(width=120).print(table)
    folder = Path("var/bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "insights.json").write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
