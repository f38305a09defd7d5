"""The insights service as a process of its own, with everything switched on, and what is asked of its database."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
import msgspec
import psutil
from aiokafka import AIOKafkaProducer

from contracts.topics import topics
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import ManagedProcess, ProcessSpec, running
from deploy.local.topics import ensure_topics
from services.insights.rules.margin_tiers import MarginTier, TierPolicy
from services.insights.rules.mix import Comparison, Group
from services.insights.rules.performance import Performance
from services.insights.store.dated_policies import add_policy
from services.insights.store.mix import InForce, insert_comparison
from services.insights.store.staleness import COMPANY_DAY, DAY_REACHED
from services.kit.database import Connection
from services.kit.migrate import migrate
from tests.load.drain import PARTITIONS, REPOSITORY, Round
from tests.load.pages.visit import cpu_s
from tests.load.workload import Message

LONGEST_S = 3_600
LINGER_MS = 5


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the service and of PostgreSQL."""

    service_s: float
    database_s: float

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(self.service_s - before.service_s, self.database_s - before.database_s)


class InsightsRound(Round):
    """Insights on a database and topics of its own."""

    def __init__(
        self, number: int, postgres: LocalPostgres, bootstrap: str, batch: int, zone: str = "Asia/Shanghai"
    ) -> None:
        super().__init__(number, postgres, bootstrap, False, batch)
        self.environment["TALLYMAN_TIMEZONE"] = zone
        self._postgres = psutil.Process(postgres.pid)

    async def prepare(self) -> None:
        """Make schema and topics, and switch on what does nothing before somebody has set it."""
        await migrate(self.dsn, ["insights"])
        names = [self.prefix + name for name in topics()]
        await ensure_topics(self.bootstrap, [(name, PARTITIONS, {}) for name in names])
        async with self.database() as connection, connection.transaction():
            await everything_on(connection)

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

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Connection]:
        """Open a connection of the benchmark's own."""
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "insights"})
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def producing(self) -> AsyncIterator["Producing"]:
        """Open a producer that stays open."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", linger_ms=LINGER_MS, max_batch_size=262_144
        )
        await producer.start()
        try:
            yield Producing(producer, self.prefix)
        finally:
            await producer.stop()

    def spent(self, process: ManagedProcess) -> Spent:
        """Return the CPU time so far."""
        return Spent(cpu_s(psutil.Process(process.pid)), cpu_s(self._postgres))

    def served(self) -> AbstractContextManager[ManagedProcess]:
        """Return the service as a context in which it runs."""
        return running(self.service())


class Producing:
    """Sends as it is called, without waiting."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix

    async def send(self, messages: Sequence[Message]) -> None:
        """Hand messages over; the producer gathers them for some milliseconds."""
        for m in messages:
            await self._producer.send(self._prefix + m.topic, m.value, key=m.key, partition=m.partition)

    async def flush(self) -> None:
        """Wait for every acknowledgement."""
        await self._producer.flush()


async def everything_on(connection: Connection) -> None:
    """Set targets for salespeople, rates of commission, and a comparison of product groups."""
    at = datetime(2020, 1, 1, tzinfo=UTC)
    target = msgspec.json.encode(Performance(active_rate_percent=60, owner_percent=70)).decode()
    await add_policy(connection, "performance", date(2020, 1, 1), target, by="bench", reason="bench", at=at)
    tiers = TierPolicy(
        tiers=(MarginTier("high", "30", "5"), MarginTier("middle", "15", "3"), MarginTier("low", None, "1"))
    )
    body = msgspec.json.encode(tiers).decode()
    await add_policy(connection, "tiers", date(2020, 1, 1), body, by="bench", reason="bench", at=at)
    volume = Group(name="volume", categories=("G-1", "G-2", "G-3"))
    compared = Comparison(
        name="volume and the rest",
        one=volume,
        two=Group(name="rest", everything_else=True),
        target_percent=60,
    )
    given = InForce("bench", 1, compared)
    await insert_comparison(connection, given, active=True, by="bench", reason="bench", at=at)


_CONSUMED = "SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_offsets"
_DERIVED = (
    "SELECT NOT EXISTS (SELECT FROM stale_customers) AND NOT EXISTS (SELECT FROM unranked_currencies)",
    f"SELECT NOT EXISTS (SELECT FROM derivations WHERE due_on <= {COMPANY_DAY})",
    f"SELECT {COMPANY_DAY} = {DAY_REACHED}",
    "SELECT NOT EXISTS (SELECT FROM order_forecasts WHERE forecast_on IS NULL)",
    f"SELECT NOT EXISTS (SELECT FROM order_forecasts WHERE forecast_on < {COMPANY_DAY})",
)


async def consumed(connection: Connection) -> int:
    """Return how many events have been applied, with all that was passed over."""
    number: int = await connection.fetchval(_CONSUMED)
    return number


async def until_consumed(process: ManagedProcess, connection: Connection, number: int) -> float:
    """Wait until so many events are applied; returns the moment.

    Raises:
        ProcessError: when the service has ended meanwhile, with the end of its log.
    """
    async with asyncio.timeout(LONGEST_S):
        while await consumed(connection) < number:
            _check(process)
            await asyncio.sleep(0.02)
    return time.perf_counter()


async def until_derived(process: ManagedProcess, connection: Connection) -> float:
    """Wait until everything that follows is derived, ranked and forecast as of the day; returns the moment.

    Raises:
        ProcessError: likewise.
    """
    async with asyncio.timeout(LONGEST_S):
        # What was asked first may be the case again because of what came after it.
        while not all([await connection.fetchval(question) for question in _DERIVED]):
            for question in _DERIVED:
                while not await connection.fetchval(question):
                    _check(process)
                    await asyncio.sleep(0.1)
    return time.perf_counter()


def _check(process: ManagedProcess) -> None:
    if not process.running:
        raise process.error("ended while it was measured")
