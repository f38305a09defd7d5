"""A business small enough to live through: the simulated distributor, through the real services and the real broker.

What the pages show of it (decisions, cases, receivables, alerts, forecasts, dormancy, classes) is what the services
made of its events. :mod:`tests.load.pages.grow` then makes it as large as is wanted.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from deploy.cli.local import local_infrastructure
from deploy.cli.settings import settings
from deploy.feed.decisions import CreditDecisions
from deploy.feed.replay import replay
from deploy.feed.simulator import simulator_feed
from deploy.feed.target import target_from
from deploy.local.ports import free_port
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec, running

END = date(2026, 6, 20)
IDLE_TIMEOUT_S = 1_800
_BACKLOG = """
    SELECT (SELECT count(*) FROM insights.stale_customers) + (SELECT count(*) FROM insights.unranked_currencies)
         + (SELECT count(*) FROM insights.stale_salespeople)
         + (SELECT count(*) FROM credit.outbox_batches WHERE published_at IS NULL)
         + (SELECT count(*) FROM orders.outbox_batches WHERE published_at IS NULL)
         + (SELECT count(*) FROM customers.outbox_batches WHERE published_at IS NULL)
         + (SELECT count(*) FROM insights.outbox_batches WHERE published_at IS NULL)"""


@dataclass(frozen=True, slots=True)
class Installation:
    """What runs on this machine: the database's address, and where everything keeps its files."""

    folder: Path
    dsn: str


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """PostgreSQL, migrated, and a broker, as ``tallyman up`` starts them, with the time of the events as the clock."""
    with local_infrastructure(
        folder, TALLYMAN_CLOCK="events", TALLYMAN_ALLOW_ANONYMOUS="true", TALLYMAN_LOG_LEVEL="WARNING"
    ) as environment:
        yield Installation(folder, environment["TALLYMAN_DATABASE_URL"])


@contextmanager
def served(place: Installation) -> Iterator[tuple[ManagedProcess, str]]:
    """All four services in one process on one port, as ``tallyman up`` has them, but a process of their own."""
    address = f"http://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    spec = ProcessSpec(
        name="services",
        argv=[sys.executable, "-m", "deploy.cli", "serve", "all", "--port", port],
        log_path=place.folder / "services.log",
        ready=http_ready(f"{address}/ready"),
        ready_timeout_s=300,
    )
    with running(spec) as process:
        yield process, address


async def idle(dsn: str) -> None:
    """Wait until everything is derived and published, and stays so for a second."""
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(IDLE_TIMEOUT_S):
            quiet = 0
            while quiet < 4:
                quiet = 0 if await connection.fetchval(_BACKLOG) else quiet + 1
                await asyncio.sleep(0.25)
    finally:
        await connection.close()


async def _live(customers: int, days: int) -> None:
    target = target_from(settings())
    async with CreditDecisions(target) as decisions:
        feed = simulator_feed(
            1,
            customers,
            days,
            END - timedelta(days=days),
            decisions=decisions,
            partitions=target.partitions,
        )
        await replay(feed, target, decisions=decisions)
        await decisions.settled()


def sow(place: Installation, customers: int, days: int) -> float:
    """Let ``customers`` of a distributor order and pay for ``days`` days. Returns the seconds it took."""
    began = time.monotonic()
    with served(place):
        asyncio.run(_live(customers, days))
        asyncio.run(idle(place.dsn))
    return time.monotonic() - began
