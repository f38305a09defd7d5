"""A running system for end-to-end tests: the services as processes, on a database and a broker of their own."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by, topics
from deploy.feed.replay import Summary
from deploy.feed.target import Target
from deploy.local.ports import free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec, running
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.kit.migrate import migrate

SERVICES = ("customers", "orders", "credit", "insights")
PARTITIONS = 8
REPOSITORY = Path(__file__).resolve().parents[2]


class System:
    """One installation. ``target`` is where feeds are sent; ``dsn`` is the services' database."""

    def __init__(self, postgres: LocalPostgres, broker: TansuBroker, database: str, folder: Path) -> None:
        self.dsn = postgres.create_database(database)
        self.target = Target(broker.bootstrap, partitions=PARTITIONS, idempotent=False)
        self._folder = folder
        self._database = database

    async def prepare(self) -> None:
        """Make the schemas and the topics."""
        await migrate(self.dsn, SERVICES)
        await ensure_topics(self.target.bootstrap, [(name, PARTITIONS, {}) for name in topics()])

    @contextmanager
    def serving(self, service: str = "all") -> Iterator[ManagedProcess]:
        """Run one service, or all, until the end of the block."""
        port = free_port()
        spec = ProcessSpec(
            name=f"{self._database}-{service}",
            argv=[sys.executable, "-m", "deploy.cli", "serve", service, "--port", str(port)],
            log_path=self._folder / f"{self._database}-{service}.log",
            env={
                **os.environ,
                "TALLYMAN_DATABASE_URL": self.dsn,
                "TALLYMAN_KAFKA_BOOTSTRAP": self.target.bootstrap,
                "TALLYMAN_KAFKA_IDEMPOTENCE": "false",
                "TALLYMAN_CLOCK": "events",
                "TALLYMAN_ALLOW_ANONYMOUS": "true",
                "TALLYMAN_LOG_LEVEL": "WARNING",
            },
            cwd=REPOSITORY,
            ready=http_ready(f"http://127.0.0.1:{port}/ready"),
            ready_timeout_s=120,
        )
        with running(spec) as process:
            yield process

    async def applied(self, service: str, summary: Summary, times: int = 1, timeout_s: float = 1_800) -> None:
        """Wait until a service has consumed every record of a feed that was sent ``times`` over, and published.

        The count of records is known from the feed, so this waits for exactly that many and not for silence.
        """
        wanted = {
            name: n * times for name, n in records_by_topic(summary).items() if name in consumed_by(service)
        }
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": service})
        try:
            async with asyncio.timeout(timeout_s):
                while not await _has(connection, wanted):
                    await asyncio.sleep(0.5)
                while await connection.fetchval(
                    "SELECT count(*) FROM outbox_batches WHERE published_at IS NULL"
                ):
                    await asyncio.sleep(0.2)
        finally:
            await connection.close()

    async def caught_up_with_credit(self, service: str, timeout_s: float = 1_800) -> None:
        """Wait until a service has consumed every event the credit service has published."""
        connection = await asyncpg.connect(self.dsn)
        try:
            count = await connection.fetchval("SELECT count(*) FROM credit.outbox WHERE topic = 'credit'")
            async with asyncio.timeout(timeout_s):
                await connection.execute(f"SET search_path = {service}")
                while not await _has(connection, {"credit": count}):
                    await asyncio.sleep(0.5)
        finally:
            await connection.close()

    async def fetch(self, sql: str) -> list[asyncpg.Record]:
        """Run a query on the services' database."""
        connection = await asyncpg.connect(self.dsn)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(sql)
            return rows
        finally:
            await connection.close()


async def _has(connection: "asyncpg.Connection[asyncpg.Record]", wanted: dict[str, int]) -> bool:
    rows = await connection.fetch(
        "SELECT topic, sum(next_offset)::bigint AS n FROM consumer_offsets GROUP BY topic"
    )
    reached = {row["topic"]: row["n"] for row in rows}
    return all(reached.get(topic, 0) >= count for topic, count in wanted.items())


def records_by_topic(summary: Summary) -> dict[str, int]:
    """Return how many records of a feed lie on each topic; a broadcast event is one record per partition."""
    counts: Counter[str] = Counter()
    for type_, events in summary.by_type.items():
        topic = topics()[EVENT_TYPES[type_].TOPIC]
        # Day ticks come ready-made, one per partition.
        copies = PARTITIONS if topic.key == "broadcast" and topic.name != "clock" else 1
        counts[topic.name] += events * copies
    return dict(counts)
