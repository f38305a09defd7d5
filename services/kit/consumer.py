"""The fenced batch consumer: offsets in PostgreSQL, event-time order, exactly once in effect.

FastStream owns the connection (security, client options, group); the loop here drives its aiokafka consumer, because
the merge needs seek, pause and the end of the log, and because a record must be able to wait without blocking others.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from services.kit import metrics
from services.kit.batch import BatchApplier
from services.kit.database import Database
from services.kit.decoding import decode_record
from services.kit.kafka import consumer_options, kafka_broker
from services.kit.log_check import NEVER_READ, LogCheck, stored_offsets
from services.kit.merge import EventTimeMerge
from services.kit.outbox import Publisher
from services.kit.settings import Settings

log = logging.getLogger(__name__)

IDLE_POLL_MS = 200


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Counts assignments. It is no barrier, so the loop only compares numbers and repositions by itself."""

    def __init__(self) -> None:
        self.generation = 0

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.generation += 1

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.generation += 1


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
        self._appliers = appliers
        self._log_id = log_id
        self._ranks = {settings.topic(topic): rank for rank, topic in enumerate(topics)}
        self._names = {settings.topic(topic): topic for topic in topics}
        self._merge = EventTimeMerge(self._ranks.values())
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
        self.last_step_at = time.monotonic()

    async def run(self) -> None:
        """Consume until :meth:`stop` is called.

        Raises:
            FatalError: see :mod:`services.kit.errors`; the process must end.
        """
        await self._broker.start()
        try:
            while not self._stopping:
                await self._step()
                self.last_step_at = time.monotonic()
        finally:
            self.ready = False
            await self._broker.stop()

    def stop(self) -> None:
        """Ask the loop to end after the batch in hand."""
        self._stopping = True

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer = self._subscriber.consumer
        assert consumer is not None
        return consumer

    async def _step(self) -> None:
        """Fetch, merge, apply: one round."""
        try:
            if self._positioned_for != self._assignments.generation and not await self._reposition():
                return
            backlog = bool(self._merge.waiting())
            fetched = await self._consumer.getmany(
                timeout_ms=0 if backlog else IDLE_POLL_MS, max_records=self._settings.batch_max_events * 4
            )
            if self._positioned_for != self._assignments.generation:
                return
            self._log_check.prove(self._consumer.highwater)
            for partition, records in fetched.items():
                self._buffer(partition, records)
            if not self._merge.waiting():
                self._measure_lag()
                return
            await self._read_ends()
        except KafkaError as error:
            metrics.TRANSIENT_ERRORS.labels(self._service, type(error).__name__).inc()
            log.warning("the broker did not answer, trying again: %r", error)
            await asyncio.sleep(0.5)
            return
        if not await self._apply() and not fetched:
            await asyncio.sleep(0.005)
        self._throttle()
        self._measure_lag()

    async def _apply(self) -> bool:
        """Apply one batch per lane, the lanes side by side. Returns whether there was anything to apply.

        A lane has its own partitions, hence its own customers and offset rows: while the database works for one lane,
        this process folds for another. Each lane's batch is a transaction of its own.
        """
        caught_up, lanes = self._caught_up(), len(self._appliers)
        limit = max(1, self._settings.batch_max_events // lanes)
        batches = [
            self._merge.take(limit, caught_up, lambda number, lane=lane: number % lanes == lane)  # type: ignore[misc]
            for lane in range(lanes)
        ]
        if not any(batches):
            return False
        await self._publisher.wait_for_room()
        results = await asyncio.gather(
            *(applier.apply(batch) for applier, batch in zip(self._appliers, batches, strict=True) if batch),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
            if result.fenced:
                # Another process applied some of these: what we hold may be stale, so begin at the stored offsets.
                self._positioned_for = -1
        return True

    async def _reposition(self) -> bool:
        """Drop what is buffered and seek every assigned partition to its stored offset."""
        generation = self._assignments.generation
        assignment = self._consumer.assignment()
        self._merge.clear()
        self._log_check.clear()
        self._paused.clear()
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
            self._merge.add(decode_record(name, rank, self._settings.partitions, record))

    async def _read_ends(self) -> None:
        """Ask the broker where each partition ends now, and note how far we have read.

        The answer is newer than the records in hand, so whatever was acknowledged to a producer before it sent these
        is known here: a record is never applied while an earlier, acknowledged one of its customer is on its way.
        The position also passes over control records, which never reach us as records.
        """
        partitions = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(partitions)
        if not self._settings.kafka_idempotence:
            # The embedded broker answers with the first record of the last batch; the fetch that brings that batch
            # knows better. Apache Kafka's answer stands: there the high watermark counts transactions that are still
            # open, and an order would wait for a payment that nobody has committed.
            ends = {p: max(end, self._consumer.highwater(p) or 0) for p, end in ends.items()}
        self._ends = ends
        self._positions = {partition: await self._consumer.position(partition) for partition in partitions}

    def _caught_up(self) -> dict[int, set[int]]:
        """Return per partition number the topics of which everything on the broker is already here."""
        result: dict[int, set[int]] = {}
        for partition, end in self._ends.items():
            if self._positions[partition] >= end:
                result.setdefault(partition.partition, set()).add(self._ranks[partition.topic])
        return result

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
            behind = max(0, end - self._positions[partition]) + self._merge.buffered(
                partition.partition, self._ranks[partition.topic]
            )
            lag += behind
            metrics.CONSUMER_LAG.labels(
                self._service, self._names[partition.topic], str(partition.partition)
            ).set(behind)
        self.lag = lag
