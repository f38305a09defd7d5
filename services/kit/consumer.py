"""The fenced batch consumer: offsets in PostgreSQL, event-time order, exactly once in effect.

FastStream owns the connection (security, client options, group); the loop here drives its aiokafka consumer, because
the merge needs seek, pause and the end of the log, and because a record must be able to wait without blocking others.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from services.kit import metrics
from services.kit.batch import BatchApplier
from services.kit.database import Database
from services.kit.decoding import decode_record
from services.kit.horizon import Horizon
from services.kit.kafka import consumer_options, kafka_broker
from services.kit.lanes import Lanes
from services.kit.log_check import NEVER_READ, LogCheck, stored_offsets
from services.kit.merge import EventTimeMerge
from services.kit.outbox import Publisher
from services.kit.settings import Settings

log = logging.getLogger(__name__)

IDLE_POLL_MS = 200
WAITING_POLL_MS = 20


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Counts assignments. It is no barrier, so the loop only compares numbers and repositions by itself."""

    def __init__(self) -> None:
        self.generation = 0

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.generation += 1

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.generation += 1


class _Fetched(NamedTuple):
    """What came off the broker, with the ends of all partitions as they were after that, and how far we had read.

    Without the ends if nothing came and no lane waits for anything.
    """

    records: dict[TopicPartition, list["ConsumerRecord[bytes, bytes]"]]
    ends: dict[TopicPartition, int]
    positions: dict[TopicPartition, int]


class FencedConsumer:
    """Reads the topics of one service and applies them through its :class:`BatchApplier`."""

    def __init__(
        self,
        settings: Settings,
        service: str,
        topics: Sequence[str],
        database: Database,
        publisher: Publisher,
        appliers: Sequence[BatchApplier],
        log_id: str,
    ) -> None:
        self._settings = settings
        self._service = service
        self._database = database
        self._publisher = publisher
        self._log_id = log_id
        self._ranks = {settings.topic(topic): rank for rank, topic in enumerate(topics)}
        self._names = {settings.topic(topic): topic for topic in topics}
        self._merge = EventTimeMerge(self._ranks.values())
        self._horizon = Horizon(self._ranks)
        self._fetches = 0
        self._lanes = Lanes(appliers, self._merge, self._horizon, publisher, settings.batch_max_events)
        self._assignments = _Assignments()
        self._positioned_for = -1
        self._log_check = LogCheck(service)
        self._ends: dict[TopicPartition, int] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._stopping = False
        self._broker: KafkaBroker = kafka_broker(settings, service)
        self._subscriber = self._broker.subscriber(
            *self._ranks, **consumer_options(settings, service, self._assignments)
        )
        self.ready = False
        self.lag = 0
        self._read_at = time.monotonic()

    async def run(self) -> None:
        """Consume until :meth:`stop` is called.

        Raises:
            FatalError: see :mod:`services.kit.errors`; the process must end.
        """
        await self._broker.start()
        tasks = [asyncio.create_task(self._read()), *self._lanes.start()]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            self.ready = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._broker.stop()

    def stop(self) -> None:
        """Ask the loops to end after the batches in hand."""
        self._stopping = True
        self._lanes.stop()

    @property
    def last_step_at(self) -> float:
        """When (monotonic) the loop that is furthest behind last got on."""
        return min(self._read_at, self._lanes.oldest_batch_at)

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer = self._subscriber.consumer
        assert consumer is not None
        return consumer

    @property
    def _moved(self) -> bool:
        """Whether what is fetched or buffered no longer follows from the assignment and the stored offsets."""
        return self._lanes.fenced or self._positioned_for != self._assignments.generation

    async def _read(self) -> None:
        while not self._stopping:
            await self._read_some()
            self._read_at = time.monotonic()

    async def _read_some(self) -> None:
        """Fetch and buffer; the lanes apply meanwhile."""
        try:
            if self._moved and not await self._reposition():
                return
            fetched = await self._fetch()
        except KafkaError as error:
            # Records may have been fetched that were not taken in: begin again at the stored offsets.
            self._positioned_for = -1
            metrics.TRANSIENT_ERRORS.labels(self._service, type(error).__name__).inc()
            log.warning("the broker did not answer, trying again: %r", error)
            await asyncio.sleep(0.5)
            return
        if self._moved:
            return
        self._take_in(fetched)
        self._throttle()
        self._measure_lag()
        self._lanes.wake()
        # Lets the lanes take what is there, so that what is left tells whether they wait for us.
        await asyncio.sleep(0)
        ahead = self._may_be_ahead(sum(map(len, fetched.records.values())))
        while len(self._merge) > ahead and self._lanes.all_busy:
            await self._lanes.until_one_is_done()

    def _may_be_ahead(self, came: int) -> int:
        """Return how many records may wait for busy lanes while more is fetched, after a fetch of so many.

        A full batch while there is a backlog. When little came there is none: more would only wait too, and a fetch
        that brings little costs the broker as much as one that brings all that has come by the time a lane is free.
        """
        full = self._settings.batch_max_events
        return full if came >= full // 4 else 0

    async def _fetch(self) -> "_Fetched":
        """Wait for records, then ask the broker where each partition ends now, and note how far we have read.

        The ends are newer than the records, so whatever was acknowledged to a producer before it sent these is known
        here: a record is never applied while an earlier, acknowledged one of its customer is on its way. The position
        also passes over control records, which never reach us as records.
        """
        records = await self._consumer.getmany(
            timeout_ms=WAITING_POLL_MS if self._merge.waiting() else IDLE_POLL_MS,
            max_records=self._settings.batch_max_events,
        )
        stalled = self._merge.waiting() and not self._lanes.all_busy
        if not records and not stalled:
            return _Fetched(records, {}, {})
        partitions = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(partitions)
        if not self._settings.kafka_idempotence:
            # The embedded broker answers with the first record of the last batch; the fetch that brings that batch
            # knows better. Apache Kafka's answer stands: there the high watermark counts transactions that are still
            # open, and an order would wait for a payment that nobody has committed.
            ends = {p: max(end, self._consumer.highwater(p) or 0) for p, end in ends.items()}
        return _Fetched(records, ends, {p: await self._consumer.position(p) for p in partitions})

    def _take_in(self, fetched: "_Fetched") -> None:
        self._fetches += 1
        self._log_check.prove(self._consumer.highwater)
        for partition, records in fetched.records.items():
            self._buffer(partition, records)
        if fetched.ends:
            self._ends, self._positions = fetched.ends, fetched.positions
        self._horizon.note(self._fetches, fetched.ends, fetched.positions)

    async def _reposition(self) -> bool:
        """Drop what is buffered, and seek every assigned partition to its stored offset."""
        generation = self._assignments.generation
        assignment = self._consumer.assignment()
        self._merge.clear()
        self._horizon.clear()
        self._log_check.clear()
        self._paused.clear()
        await self._lanes.until_idle()
        self._lanes.fenced = False
        if not assignment:
            await asyncio.sleep(0.02)
            return False
        # What a former owner committed but did not publish must be on Kafka before anything newer of those customers.
        attempts = self._settings.retry_attempts
        await self._database.retrying("sweeping the outbox", self._publisher.sweep, attempts)
        stored = await self._database.retrying(
            "reading offsets",
            lambda: stored_offsets(self._database, self._log_id, self._settings.topic_prefix, assignment),
            attempts,
        )
        begins = await self._consumer.beginning_offsets(list(assignment))
        ends = await self._consumer.end_offsets(list(assignment))
        if generation != self._assignments.generation:
            # What was taken away meanwhile cannot be sought any more.
            return False
        for partition in assignment:
            mark = stored.get(partition, NEVER_READ)
            self._consumer.seek(
                partition, self._log_check.first_offset(partition, mark, begins[partition], ends[partition])
            )
            self._consumer.resume(partition)
        self._positioned_for = generation
        self.ready = True
        metrics.REBALANCES.labels(self._service).inc()
        log.info("assigned %d partitions", len(assignment))
        return True

    def _buffer(self, partition: TopicPartition, records: Sequence["ConsumerRecord[bytes, bytes]"]) -> None:
        name, rank = self._names[partition.topic], self._ranks[partition.topic]
        for record in self._log_check.fresh(partition, records):
            self._merge.add(decode_record(name, rank, self._settings.partitions, record, self._fetches))

    def _throttle(self) -> None:
        """Pause partitions that wait for a sibling with too much in hand, and resume them when it is used up."""
        limit = self._settings.buffer_max_records
        for partition in self._consumer.assignment():
            held = self._merge.buffered(partition.partition, self._ranks[partition.topic])
            if held > limit and partition not in self._paused:
                self._consumer.pause(partition)
                self._paused.add(partition)
            elif held < limit // 2 and partition in self._paused:
                self._consumer.resume(partition)
                self._paused.discard(partition)

    def _measure_lag(self) -> None:
        lag = 0
        for partition, end in self._ends.items():
            place = partition.partition, self._ranks[partition.topic]
            here = self._merge.buffered(*place) + self._lanes.in_hand(*place)
            behind = max(0, end - self._positions[partition]) + here
            lag += behind
            metrics.CONSUMER_LAG.labels(
                self._service, self._names[partition.topic], str(partition.partition)
            ).set(behind)
        self.lag = lag
