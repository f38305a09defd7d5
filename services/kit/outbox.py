"""The outbox: events are stored with the state change they tell of, and published after the commit.

A batch is marked as a whole once every row is acknowledged. What a crash leaves unmarked is published by the sweep,
so every row is on Kafka at least once, in order per key; consumers drop repetitions.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.topics import partition_of
from services.kit import metrics
from services.kit.errors import TRANSIENT_BROKER_ERRORS, TRANSIENT_DATABASE_ERRORS
from services.kit.failpoints import failpoint
from services.kit.sweep import StoredRow, sweep_some, unpublished_events

if TYPE_CHECKING:
    from services.kit.database import Database

log = logging.getLogger(__name__)


class OutboxRow(msgspec.Struct, frozen=True, gc=False):
    """One event to publish (a struct, because thousands a second are made).

    Attributes:
        partition: None: the partition of the key.
        cause_ms: when the record this event answers reached the broker; measures the way of a decision.
    """

    topic: str
    key: bytes
    event_id: str
    value: bytes
    partition: int | None = None
    cause_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxBatch:
    """The rows one transaction wrote."""

    batch_id: int
    rows: Sequence[OutboxRow]


async def write_outbox(connection: "asyncpg.Connection[Any]", rows: list[OutboxRow]) -> OutboxBatch:
    """Store ``rows`` in the running transaction.

    The id is drawn after the row locks were taken, so per customer ids grow in the order of the commits.
    """
    batch_id: int = await connection.fetchval(
        _WRITE,
        [row.topic for row in rows],
        [row.partition for row in rows],
        [row.key for row in rows],
        [row.event_id for row in rows],
        [row.value for row in rows],
    )
    return OutboxBatch(batch_id, rows)


_WRITE = """
WITH batch AS (INSERT INTO outbox_batches (rows) VALUES (cardinality($1::text[])) RETURNING batch_id),
written AS (
    INSERT INTO outbox (batch_id, position, topic, partition, key, event_id, value)
    SELECT batch_id, position - 1, topic, partition, key, event_id, value
    FROM batch, unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::bytea[]) WITH ORDINALITY
        AS n (topic, partition, key, event_id, value, position)
)
SELECT batch_id FROM batch"""


class Publisher:
    """Publishes committed batches in the order of their commits, and sweeps what was left behind."""

    def __init__(
        self,
        database: "Database",
        producer: AIOKafkaProducer,
        *,
        service: str,
        topic_prefix: str,
        partitions: int,
        sweep_after_s: float,
        queue_batches: int = 64,
    ) -> None:
        self._database = database
        self._producer = producer
        self._service = service
        self._prefix = topic_prefix
        self._partitions = partitions
        self._sweep_after_s = sweep_after_s
        self._queue: asyncio.Queue[OutboxBatch] = asyncio.Queue()
        self._queue_batches = queue_batches
        self._in_hand: set[int] = set()
        self._published: list[int] = []
        self._partition_cache: dict[bytes, int] = {}
        self._publishing = asyncio.Lock()
        self._room = asyncio.Event()
        self._room.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._wake_marker = asyncio.Event()

    def start(self, ended: Callable[[asyncio.Task[None]], None] | None = None) -> None:
        """Begin publishing what :meth:`enqueue` brings, marking, and sweeping; ``ended`` hears of a loop that ends."""
        self._tasks = [
            asyncio.create_task(self._publish_loop(), name="outbox-publish"),
            asyncio.create_task(self._mark_loop(), name="outbox-mark"),
            asyncio.create_task(self._sweep_loop(), name="outbox-sweep"),
        ]
        for task in self._tasks:
            if ended is not None:
                task.add_done_callback(ended)

    async def stop(self) -> None:
        """Publish and mark what is in hand, then stop. What does not succeed in 10 s is left to the sweep."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._queue.join()
                await self._mark()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def failed(self) -> BaseException | None:
        """The error that ended one of the loops, if any."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    def enqueue(self, batch: OutboxBatch) -> None:
        """Take a committed batch; never waits, so that it can run right after a commit."""
        self._in_hand.add(batch.batch_id)
        self._queue.put_nowait(batch)
        if self._queue.qsize() >= self._queue_batches:
            self._room.clear()

    async def wait_for_room(self) -> None:
        """Wait while too many committed batches are not yet published (the broker is slow or away)."""
        await self._room.wait()

    async def _publish_loop(self) -> None:
        while True:
            batch = await self._queue.get()
            failpoint("outbox.before_publish")
            await self._publish_until_acknowledged(batch.rows)
            failpoint("outbox.before_mark")
            self._published.append(batch.batch_id)
            self._wake_marker.set()
            self._queue.task_done()
            if self._queue.qsize() < self._queue_batches:
                self._room.set()

    async def _publish_until_acknowledged(self, rows: Sequence[OutboxRow]) -> None:
        delay_s = 0.1
        while True:
            try:
                async with self._publishing:
                    await self._publish(rows)
                return
            except (KafkaError, *TRANSIENT_BROKER_ERRORS) as error:
                metrics.TRANSIENT_ERRORS.labels(self._service, type(error).__name__).inc()
                log.warning("publishing %d events failed, trying again: %r", len(rows), error)
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 5.0)

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        """Send rows as one producer batch per topic and partition, and wait for every acknowledgement."""
        groups: dict[tuple[str, int], list[OutboxRow]] = {}
        for row in rows:
            partition = row.partition if row.partition is not None else self._partition(row.key)
            groups.setdefault((row.topic, partition), []).append(row)
        acknowledgements: list[asyncio.Future[Any]] = []
        for (topic, partition), members in groups.items():
            acknowledgements += await self._send(self._prefix + topic, partition, members)
            failpoint("outbox.half_published")
        for acknowledgement in acknowledgements:
            await acknowledgement
        metrics.PUBLISHED_EVENTS.labels(self._service).inc(len(rows))
        now_ms = time.time() * 1000
        for row in rows:
            if row.cause_ms is not None:
                metrics.DECISION_SECONDS.observe((now_ms - row.cause_ms) / 1000)

    async def _send(self, topic: str, partition: int, rows: list[OutboxRow]) -> list["asyncio.Future[Any]"]:
        sent: list[asyncio.Future[Any]] = []
        builder = self._producer.create_batch()
        # The broker's retention goes by this time, so it is the time of sending: the event's own may be years ago.
        now_ms = int(time.time() * 1000)
        for row in rows:
            headers = [("id", row.event_id.encode())]
            if builder.append(key=row.key, value=row.value, timestamp=now_ms, headers=headers) is None:
                sent.append(await self._producer.send_batch(builder, topic, partition=partition))
                builder = self._producer.create_batch()
                builder.append(key=row.key, value=row.value, timestamp=now_ms, headers=headers)
        sent.append(await self._producer.send_batch(builder, topic, partition=partition))
        return sent

    def _partition(self, key: bytes) -> int:
        partition = self._partition_cache.get(key)
        if partition is None:
            if len(self._partition_cache) > 200_000:
                self._partition_cache.clear()
            partition = self._partition_cache[key] = partition_of(key, self._partitions)
        return partition

    async def _mark_loop(self) -> None:
        """Mark published batches, off the path of the decisions: many batches in one statement."""
        while True:
            await self._wake_marker.wait()
            self._wake_marker.clear()
            try:
                await self._mark()
            except TRANSIENT_DATABASE_ERRORS as error:
                metrics.TRANSIENT_ERRORS.labels(self._service, type(error).__name__).inc()
                await asyncio.sleep(0.5)
                self._wake_marker.set()
            await asyncio.sleep(0.05)

    async def _mark(self) -> None:
        if not self._published:
            return
        ids = list(self._published)
        await self._database.pool.execute(
            "UPDATE outbox_batches SET published_at = now() WHERE batch_id = ANY($1::bigint[])", ids
        )
        failpoint("outbox.after_mark")
        del self._published[: len(ids)]
        self._in_hand.difference_update(ids)

    async def _sweep_loop(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_after_s)
            try:
                await self.sweep(self._sweep_after_s)
                backlog = await unpublished_events(self._database)
                metrics.OUTBOX_BACKLOG.labels(self._service).set(backlog)
            except TRANSIENT_DATABASE_ERRORS as error:
                metrics.TRANSIENT_ERRORS.labels(self._service, type(error).__name__).inc()

    async def sweep(self, older_than_s: float = 0.0) -> int:
        """Publish batches that were committed but not marked. Returns how many events that were.

        Rows are locked while they are published, so that two processes do not sweep the same batch.
        """
        events = 0
        while (swept := await self._sweep_some(older_than_s)) is not None:
            metrics.SWEPT_EVENTS.labels(self._service).inc(swept)
            events += swept
        return events

    async def _sweep_some(self, older_than_s: float) -> int | None:
        async def publish(rows: Sequence[StoredRow]) -> None:
            await self._publish_until_acknowledged([OutboxRow(*row) for row in rows])

        return await sweep_some(self._database, publish, older_than_s, list(self._in_hand))

    async def republish_everything(self) -> None:
        """Mark all retained batches as unpublished: the road back onto a log that was never seen before."""
        await self._database.pool.execute("UPDATE outbox_batches SET published_at = NULL")


async def purge_outbox(database: "Database", older_than_days: int) -> int:
    """Delete published batches older than the retention. Returns the number of rows deleted."""
    async with database.unit_of_work() as unit:
        await unit.connection.execute(
            """DELETE FROM outbox WHERE batch_id IN (SELECT batch_id FROM outbox_batches
               WHERE published_at < now() - make_interval(days => $1))""",
            older_than_days,
        )
        status = await unit.connection.execute(
            "DELETE FROM outbox_batches WHERE published_at < now() - make_interval(days => $1)",
            older_than_days,
        )
    return int(status.rpartition(" ")[2])
