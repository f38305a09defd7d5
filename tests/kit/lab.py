"""A probe: the kit's consumer, outbox and database around a processor that only writes down what it is given.

Every lab has its own schema, topics and group, so that many of them can run side by side: a group join takes seconds
on the embedded broker.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer, TopicPartition

from contracts.codec import encode, new_event
from contracts.errors import ContractError
from contracts.events import EventData
from contracts.events.orders import OrderPlaced
from contracts.events.payments import PaymentReceived
from contracts.topics import partition_of
from deploy.local.broker import Broker
from deploy.local.topics import ensure_topics
from services.kit.batch import BatchApplier
from services.kit.consumer import FencedConsumer
from services.kit.database import Database, UnitOfWork
from services.kit.kafka import kafka_producer
from services.kit.migrations import kit_sql
from services.kit.outbox import OutboxRow, Publisher
from services.kit.records import Received, Refused
from services.kit.settings import Settings

PARTITIONS = 2
START = datetime(2026, 3, 2, tzinfo=UTC)
TIMEOUT_S = 90.0

APPLIED = """CREATE TABLE applied (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text, partition int, "offset" bigint, event_id text,
    customer text, day date, process text)"""


async def until(true: Callable[[], Awaitable[bool]], timeout_s: float = TIMEOUT_S) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + timeout_s
    while not await true():
        assert time.monotonic() < deadline, "it did not become true"
        await asyncio.sleep(0.1)


def customer_on(partition: int, number: int = 0, partitions: int = PARTITIONS) -> str:
    """Return the ``number``-th customer whose key belongs on ``partition``."""
    found = (f"C{n}" for n in range(10_000) if partition_of(f"C{n}".encode(), partitions) == partition)
    for _ in range(number):
        next(found)
    return next(found)


def placed(
    event_id: str, customer: str, at_s: float = 0, amount: str = "10.00", producer: str = "pos"
) -> bytes:
    """Return the bytes of an order."""
    body = OrderPlaced(order_id=event_id, customer_id=customer, currency="CNY", amount=amount, lines=[])
    return _event(body, event_id, customer, at_s, producer)


def paid(event_id: str, customer: str, at_s: float = 0, method: str = "") -> bytes:
    """Return the bytes of a payment."""
    body = PaymentReceived(
        payment_id=event_id,
        customer_id=customer,
        currency="CNY",
        amount="5.00",
        method=method,
        allocations=[],
    )
    return _event(body, event_id, customer, at_s, "bank")


def _event(body: EventData, event_id: str, customer: str, at_s: float, producer: str) -> bytes:
    at = START + timedelta(seconds=at_s)
    return encode(new_event(body, id=event_id, occurred_at=at, key=customer, producer=producer))


@dataclass
class Memo:
    """A processor that writes down what it gets and tells of it; ``trouble`` may raise instead.

    ``trouble`` is called with each event inside the transaction, after the event has been written down.
    """

    process: str = "first"
    trouble: Callable[[Received], None] = lambda received: None
    tell: bool = True
    rolled: int = 0
    batches: list[int] = field(default_factory=list)

    async def apply(self, unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
        refused: list[Refused] = []
        for received in events:
            event, record = received.event, received.record
            try:
                if event.id.startswith("refuse"):
                    raise ContractError("data.order_id", "the probe refuses it")
            except ContractError as error:
                refused.append(Refused(received, error))
                continue
            place = (record.topic, record.partition, record.offset)
            await unit.connection.execute(
                'INSERT INTO applied (topic, partition, "offset", event_id, customer, day, process) '
                "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                *(*place, event.id, event.key, received.day, self.process),
            )
            if self.tell:
                unit.publish(OutboxRow("credit", event.key.encode(), f"told-{event.id}", event.id.encode()))
            self.trouble(received)
        return refused

    def rolled_back(self) -> None:
        self.rolled += 1

    def committed(self, events: Sequence[Received]) -> None:
        self.batches.append(len(events))


@dataclass
class Lab:
    """Where one scenario takes place."""

    settings: Settings
    schema: str
    url: str
    log_id: str = "log-1"
    topics: tuple[str, ...] = ("orders", "payments")

    @classmethod
    async def make(cls, url: str, broker: Broker, log_id: str = "log-1", **changes: object) -> "Lab":
        """Make schema and topics."""
        name = f"lab{uuid.uuid4().hex[:12]}"
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(
                f"CREATE SCHEMA {name}; SET search_path TO {name}; {kit_sql('kit_0001')}; {APPLIED}"
            )
        finally:
            await connection.close()
        values: dict[str, object] = {
            "database_url": url,
            "database_pool_size": 3,
            "kafka_bootstrap": broker.bootstrap,
            "kafka_idempotence": broker.name == "kafka",
            "kafka_session_timeout_ms": 6_000,
            "topic_prefix": f"{name}.",
            "partitions": PARTITIONS,
            "outbox_sweep_after_s": 0.5,
        }
        settings = Settings.model_validate(values | changes)
        names = ("orders", "payments", "credit", "dead-letters")
        await ensure_topics(
            broker.bootstrap, [(f"{name}.{topic}", settings.partitions, {}) for topic in names]
        )
        return cls(settings, name, url, log_id)

    def partition(self, customer: str) -> int:
        """Return the partition of a customer."""
        return partition_of(customer.encode(), self.settings.partitions)

    async def send(self, topic: str, *values: bytes | None, customer: str, **options: Any) -> None:
        """Publish ``values`` in order, acknowledged, as records of one customer."""
        await self.send_raw(
            [(topic, self.partition(customer), customer.encode(), value) for value in values], **options
        )

    async def send_raw(
        self, records: Sequence[tuple[str, int, bytes | None, bytes | None]], **options: Any
    ) -> None:
        """Publish (topic, partition, key, value) in order."""
        async with AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka_bootstrap, acks="all", max_request_size=4_000_000
        ) as producer:
            sent = [
                await producer.send(
                    self.settings.topic(topic), value, key=key, partition=partition, **options
                )
                for topic, partition, key, value in records
            ]
            await asyncio.gather(*sent)

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a query in the lab's schema."""
        connection = await asyncpg.connect(self.url, server_settings={"search_path": self.schema})
        try:
            found: list[asyncpg.Record] = await connection.fetch(query, *arguments)
            return found
        finally:
            await connection.close()

    async def applied(self, customer: str | None = None) -> list[str]:
        """Return the ids of the applied events in the order of application."""
        rows = await self.fetch("SELECT event_id, customer FROM applied ORDER BY n")
        return [row["event_id"] for row in rows if customer in (None, row["customer"])]

    async def wait_applied(self, count: int) -> None:
        """Wait until that many events were applied."""

        async def enough() -> bool:
            return len(await self.applied()) >= count

        await until(enough)

    async def letters(self) -> list[tuple[str, str]]:
        """Return field and reason of the dead letters in the order of the log."""
        rows = await self.fetch('SELECT field, reason FROM dead_letters ORDER BY topic, partition, "offset"')
        return [(row["field"], row["reason"]) for row in rows]

    def place(self, topic: str, partition: int) -> TopicPartition:
        """Return a partition as the broker knows it."""
        return TopicPartition(self.settings.topic(topic), partition)

    async def database(self) -> Database:
        """Open the kit's database on this lab."""
        return await Database.open(self.url, self.schema, 3)


@dataclass
class Process:
    """A consumer with all that belongs to it, as a service process has it."""

    database: Database
    publisher: Publisher
    consumer: FencedConsumer
    task: "asyncio.Task[None]"

    async def ready(self) -> None:
        """Wait until partitions are assigned; raises what ended the consumer."""

        async def ready_or_ended() -> bool:
            return self.consumer.ready or self.task.done()

        await until(ready_or_ended)
        if self.task.done():
            await self.task

    async def ended_with(self) -> BaseException:
        """Wait until the consumer has ended and return its error."""
        done, _ = await asyncio.wait([self.task], timeout=TIMEOUT_S)
        assert done, "the consumer goes on"
        error = self.task.exception()
        assert error is not None
        return error


@asynccontextmanager
async def process(lab: Lab, memo: Memo | None = None, **options: Any) -> AsyncIterator[Process]:
    """Run one consumer process of the lab; give up on it at the end like a stop does."""
    database = await lab.database()
    producer = kafka_producer(lab.settings, lab.schema)
    await producer.start()
    settings = lab.settings
    common: dict[str, Any] = {"service": lab.schema, "topic_prefix": settings.topic_prefix}
    publisher = Publisher(
        database,
        producer,
        partitions=settings.partitions,
        sweep_after_s=settings.outbox_sweep_after_s,
        **common,
    )
    database.on_committed = publisher.enqueue
    publisher.start()
    applier = applier_of(lab, database, memo or Memo(), **options)
    consumer = FencedConsumer(settings, lab.schema, lab.topics, database, publisher, [applier], lab.log_id)
    task = asyncio.create_task(consumer.run())
    try:
        yield Process(database, publisher, consumer, task)
    finally:
        consumer.stop()
        await asyncio.wait([task], timeout=20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await publisher.stop()
        await producer.stop()
        await database.close()


def applier_of(lab: Lab, database: Database, memo: Memo, **options: Any) -> BatchApplier:
    """Return the kit's applier around ``memo``."""
    limits = {"retry_attempts": 3, "dead_letter_limit": lab.settings.dead_letter_limit} | options
    return BatchApplier(lab.schema, database, memo, log_id=lab.log_id, zone=lab.settings.zone, **limits)
