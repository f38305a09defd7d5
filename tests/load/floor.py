"""The floor: consume, COPY the bytes, store the offsets, produce one message each. No logic at all.

What the credit service does on top of this is its cost. Run as a process of its own, like the service. There are three:

- ``faststream``: on the framework the service is built on, as its documentation writes it: a batch subscriber, and one
  ``publish`` per answer, all acknowledged before the next batch is taken.
- ``plain``: the same on the bare client below it, one ``send`` per answer.
- ``tuned``: with what our outbox does too: answers are packed into producer batches by hand, and acknowledged while
  the next batch is already in the database.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import TopicPartition as Assigned

ANSWER = b"x" * 560
"""As long as a published decision."""

ANSWERS = "floor-answers"
MAX_BATCH_SIZE = 524_288

Records = Sequence["ConsumerRecord[bytes, bytes]"]


class Store:
    """The table the bytes go to, and the offsets."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self.done = 0
        self.started = 0.0

    @classmethod
    async def make(cls, dsn: str) -> "Store":
        """Make empty tables."""
        connection = await asyncpg.connect(dsn)
        await connection.execute(
            """CREATE TABLE IF NOT EXISTS floor (topic text, partition int, "offset" bigint, value bytea);
               CREATE TABLE IF NOT EXISTS floor_offsets (
                 topic text, partition int, next bigint, PRIMARY KEY (topic, partition));
               TRUNCATE floor, floor_offsets"""
        )
        return cls(connection)

    async def write(self, records: Records) -> None:
        """Copy a batch and its offsets in one transaction; time runs from the first one."""
        self.started = self.started or time.perf_counter()
        last = {(r.topic, r.partition): r.offset + 1 for r in records}
        async with self._connection.transaction():
            await self._connection.copy_records_to_table(
                "floor",
                records=[(r.topic, r.partition, r.offset, r.value) for r in records],
                columns=("topic", "partition", "offset", "value"),
            )
            await self._connection.execute(
                """INSERT INTO floor_offsets SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
                   ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next""",
                [topic for topic, _ in last],
                [number for _, number in last],
                list(last.values()),
            )
        self.done += len(records)


async def _faststream(
    store: Store, bootstrap: str, assigned: list[TopicPartition], count: int, batch: int
) -> None:
    broker = KafkaBroker(bootstrap, logger=None, acks="all", max_batch_size=MAX_BATCH_SIZE)
    drained = asyncio.Event()

    @broker.subscriber(
        partitions=[Assigned(place.topic, place.partition) for place in assigned],
        batch=True,
        max_records=batch,
        batch_timeout_ms=50,
        fetch_max_wait_ms=25,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        decoder=lambda message: message.raw_message,
    )
    async def on_batch(message: KafkaMessage) -> None:
        records: Any = message.raw_message
        await store.write(records)
        sent = [
            await broker.publish(ANSWER, ANSWERS, key=r.key, partition=r.partition, no_confirm=True)
            for r in records
        ]
        await asyncio.gather(*sent)
        if store.done >= count:
            drained.set()

    async with broker:
        await broker.start()
        await drained.wait()


async def _bare(
    store: Store, bootstrap: str, assigned: list[TopicPartition], count: int, batch: int, tuned: bool
) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=25
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=MAX_BATCH_SIZE)
    await consumer.start()
    await producer.start()
    consumer.assign(assigned)
    publishing = None
    while store.done < count:
        fetched = await consumer.getmany(timeout_ms=200, max_records=batch)
        records = [record for chunk in fetched.values() for record in chunk]
        if not records:
            continue
        await store.write(records)
        if not tuned:
            await _answer_plainly(producer, records)
            continue
        if publishing is not None:
            await publishing
        publishing = asyncio.create_task(_answer_packed(producer, records))
    if publishing is not None:
        await publishing
    await consumer.stop()
    await producer.stop()


async def _answer_plainly(producer: AIOKafkaProducer, records: Records) -> None:
    sent = [await producer.send(ANSWERS, ANSWER, key=r.key, partition=r.partition) for r in records]
    await asyncio.gather(*sent)


async def _answer_packed(producer: AIOKafkaProducer, records: Records) -> None:
    groups: dict[int, list[ConsumerRecord[bytes, bytes]]] = {}
    for record in records:
        groups.setdefault(record.partition, []).append(record)
    now_ms = int(time.time() * 1000)
    sent = []
    for number, members in groups.items():
        builder = producer.create_batch()
        for record in members:
            if builder.append(key=record.key, value=ANSWER, timestamp=now_ms) is None:
                sent.append(await producer.send_batch(builder, ANSWERS, partition=number))
                builder = producer.create_batch()
                builder.append(key=record.key, value=ANSWER, timestamp=now_ms)
        sent.append(await producer.send_batch(builder, ANSWERS, partition=number))
    for acknowledgement in sent:
        await acknowledgement


async def main(
    bootstrap: str, dsn: str, topics: list[str], count: int, batch: int, partitions: int, kind: str
) -> None:
    """Drain ``count`` records and print how long it took from the first batch to the last acknowledgement."""
    store = await Store.make(dsn)
    assigned = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
    if kind == "faststream":
        await _faststream(store, bootstrap, assigned, count, batch)
    else:
        await _bare(store, bootstrap, assigned, count, batch, tuned=kind == "tuned")
    print(json.dumps({"events": store.done, "seconds": time.perf_counter() - store.started}))


if __name__ == "__main__":
    uvloop.run(main(**json.loads(sys.argv[1])))
