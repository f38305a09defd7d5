"""How fast a full log is drained: by the credit service, and by the floor that does nothing with it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaProducer

from contracts.topics import consumed_by, topics
from deploy.local.ports import free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.probes import http_ready
from deploy.local.processes import ProcessSpec, running
from deploy.local.topics import ensure_topics
from services.credit.app import service as credit
from services.kit.migrate import migrate
from tests.load.workload import Message, Workload

PARTITIONS = 4
"""Enough for the lanes of one process; each one more costs a broker its share of every fetch."""
REPOSITORY = Path(__file__).resolve().parents[2]


class Round:
    """One round on a database and topics of its own: write the log, drain it with both."""

    def __init__(
        self, number: int, postgres: LocalPostgres, bootstrap: str, idempotence: bool, batch: int
    ) -> None:
        self.number = number
        self.bootstrap = bootstrap
        self.batch = batch
        self.prefix = f"r{number}."
        self.dsn = postgres.create_database(f"bench_{number}_{time.time_ns()}")
        self.port = free_port()
        self.environment = {
            **os.environ,
            "TALLYMAN_DATABASE_URL": self.dsn,
            "TALLYMAN_KAFKA_BOOTSTRAP": bootstrap,
            "TALLYMAN_KAFKA_IDEMPOTENCE": str(idempotence).lower(),
            "TALLYMAN_TOPIC_PREFIX": self.prefix,
            "TALLYMAN_CLOCK": "events",
            "TALLYMAN_ALLOW_ANONYMOUS": "true",
            "TALLYMAN_BATCH_MAX_EVENTS": str(batch),
            "TALLYMAN_LOG_LEVEL": "WARNING",
            "TALLYMAN_PARTITIONS": str(PARTITIONS),
        }

    async def prepare(self) -> None:
        """Make schema and topics."""
        await migrate(self.dsn, ["credit"])
        names = [self.prefix + name for name in topics()]
        await ensure_topics(self.bootstrap, [(n, PARTITIONS, {}) for n in [*names, "floor-answers"]])

    def service(self) -> ProcessSpec:
        """Return the credit service as a process of its own, not yet started."""
        return ProcessSpec(
            name="credit",
            argv=[sys.executable, "-m", "deploy.cli", "serve", "credit", "--port", str(self.port)],
            log_path=REPOSITORY / "var" / "bench" / f"credit-{self.number}.log",
            env=self.environment,
            cwd=REPOSITORY,
            ready=http_ready(f"http://127.0.0.1:{self.port}/ready"),
            ready_timeout_s=60,
        )

    async def publish(self, messages: list[Message]) -> None:
        """Write ``messages`` to the log and wait for every acknowledgement."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", linger_ms=5, max_batch_size=262_144
        )
        await producer.start()
        try:
            for start in range(0, len(messages), 5_000):
                sent = [
                    await producer.send(self.prefix + m.topic, m.value, key=m.key, partition=m.partition)
                    for m in messages[start : start + 5_000]
                ]
                await asyncio.gather(*sent)
        finally:
            await producer.stop()

    async def applied(self, at_least: int, timeout_s: float = 300, only: str = "%") -> None:
        """Wait until that many events have left a receipt in the journal and everything is published.

        Args:
            only: counts those of customers like this.
        """
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "credit"})
        try:
            async with asyncio.timeout(timeout_s):
                while await connection.fetchval(_RECEIPTS, only) < at_least or await connection.fetchval(
                    _BACKLOG
                ):
                    await asyncio.sleep(0.5)
        finally:
            await connection.close()

    async def credit_rate(self, warm_up: list[Message], messages: list[Message]) -> float:
        """Return events per second: a full log drained by one credit process, decisions published, fsync on."""
        with running(self.service()):
            await self.publish(warm_up)
            await self.applied(len(warm_up))
        since = await self._database_time()
        await self.publish(messages)
        with running(self.service()):
            await self.applied(len(warm_up) + len(messages))
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "credit"})
        seconds = await connection.fetchval(_DRAIN_SECONDS, since)
        await connection.close()
        return len(messages) / float(seconds)

    async def _database_time(self) -> object:
        connection = await asyncpg.connect(self.dsn)
        now = await connection.fetchval("SELECT clock_timestamp()")
        await connection.close()
        return now

    async def floor_rate(self, messages: int, kind: str) -> float:
        """Return events per second of a floor (see floor.py) on the same log, in transactions as large as credit's."""
        arguments = {
            "bootstrap": self.bootstrap,
            "dsn": self.dsn,
            "topics": [self.prefix + name for name in consumed_by("credit")],
            "count": messages,
            "batch": self.batch // credit.lanes,
            "partitions": PARTITIONS,
            "kind": kind,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.load.floor",
            json.dumps(arguments),
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
        )
        output, _ = await asyncio.wait_for(process.communicate(), timeout=300)
        result = json.loads(output)
        return float(result["events"] / result["seconds"])


def workload(number: int, customers: int) -> Workload:
    """Return the load of a round."""
    return Workload(number, customers, PARTITIONS)


_RECEIPTS = "SELECT count(*) FROM journal WHERE event_key IS NOT NULL AND customer_id LIKE $1"
_BACKLOG = "SELECT count(*) FROM outbox_batches WHERE published_at IS NULL"
# created_at is the start of the batch's transaction, published_at is set once every decision is acknowledged.
_DRAIN_SECONDS = """SELECT extract(epoch FROM max(published_at) - min(created_at))
                    FROM outbox_batches WHERE created_at > $1"""
