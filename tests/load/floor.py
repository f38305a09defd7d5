"""The floor: consume, COPY the bytes, store the offsets, produce one message each. No logic at all.

What the credit service does on top of this is its cost. Run as a process of its own, like the service. There are two:

- ``plain``: as the client libraries' documentation writes it: the batch is committed, each answer is one ``send``, and
  all are acknowledged before the next batch is taken.
- ``tuned``: with what our outbox does too: answers are packed into producer batches by hand, and acknowledged while
  the next batch is already in the database.
"""

import asyncio
import json
import sys
import time

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

ANSWER = b"x" * 560
"""As long as a published decision."""


async def main(
    bootstrap: str, dsn: str, topics: list[str], count: int, batch: int, partitions: int, kind: str
) -> None:
    """Drain ``count`` records and print how long it took from the first batch to the last acknowledgement."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        """CREATE TABLE IF NOT EXISTS floor (topic text, partition int, "offset" bigint, value bytea);
           CREATE TABLE IF NOT EXISTS floor_offsets (
             topic text, partition int, next bigint, PRIMARY KEY (topic, partition));
           TRUNCATE floor, floor_offsets"""
    )
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=25
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=524_288)
    await consumer.start()
    await producer.start()
    consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(partitions)])
    done, started, publishing = 0, 0.0, None
    while done < count:
        fetched = await consumer.getmany(timeout_ms=200, max_records=batch)
        records = [record for chunk in fetched.values() for record in chunk]
        if not records:
            continue
        started = started or time.perf_counter()
        await _store(connection, records)
        done += len(records)
        if kind == "plain":
            await _answer_plainly(producer, records)
            continue
        if publishing is not None:
            await publishing
        publishing = asyncio.create_task(_answer(producer, records))
    if publishing is not None:
        await publishing
    print(json.dumps({"events": done, "seconds": time.perf_counter() - started}))
    await consumer.stop()
    await producer.stop()
    await connection.close()


async def _store(
    connection: "asyncpg.Connection[asyncpg.Record]", records: list["ConsumerRecord[bytes, bytes]"]
) -> None:
    last = {(r.topic, r.partition): r.offset + 1 for r in records}
    async with connection.transaction():
        await connection.copy_records_to_table(
            "floor",
            records=[(r.topic, r.partition, r.offset, r.value) for r in records],
            columns=("topic", "partition", "offset", "value"),
        )
        await connection.execute(
            """INSERT INTO floor_offsets SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
               ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next""",
            [topic for topic, _ in last],
            [number for _, number in last],
            list(last.values()),
        )


async def _answer_plainly(producer: AIOKafkaProducer, records: list["ConsumerRecord[bytes, bytes]"]) -> None:
    sent = [
        await producer.send("floor-answers", ANSWER, key=record.key, partition=record.partition)
        for record in records
    ]
    await asyncio.gather(*sent)


async def _answer(producer: AIOKafkaProducer, records: list["ConsumerRecord[bytes, bytes]"]) -> None:
    groups: dict[int, list[ConsumerRecord[bytes, bytes]]] = {}
    for record in records:
        groups.setdefault(record.partition, []).append(record)
    now_ms = int(time.time() * 1000)
    sent = []
    for number, members in groups.items():
        builder = producer.create_batch()
        for record in members:
            if builder.append(key=record.key, value=ANSWER, timestamp=now_ms) is None:
                sent.append(await producer.send_batch(builder, "floor-answers", partition=number))
                builder = producer.create_batch()
                builder.append(key=record.key, value=ANSWER, timestamp=now_ms)
        sent.append(await producer.send_batch(builder, "floor-answers", partition=number))
    for acknowledgement in sent:
        await acknowledgement


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    uvloop.run(main(**arguments))
