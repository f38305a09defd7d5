"""From an order's event to its published decision, as a producer and a consumer outside see it."""

import asyncio
import contextlib
import gc
import time
from collections.abc import Iterator

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.load.drain import PARTITIONS, Round
from tests.load.workload import Message

TICK_S = 0.005
LINGER_MS = 20
"""How long the sender gathers, as a gateway under load would: its clock runs meanwhile. At 5 ms a few events make a
batch of each partition, and the broker takes more of the machine than the service."""


class _Body(msgspec.Struct):
    order_id: str = ""


class _Decision(msgspec.Struct):
    data: _Body


async def decision_latency(round_: Round, messages: list[Message], per_second: float) -> list[float]:
    """Send ``messages`` at a steady rate whatever comes back; return the sorted latencies of decisions in seconds.

    The clock of an order starts when it was due to be sent, so a stalled sender does not hide a stalled service
    (no coordinated omission).
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=round_.bootstrap, acks="all", linger_ms=LINGER_MS, max_batch_size=262_144
    )
    consumer = AIOKafkaConsumer(
        bootstrap_servers=round_.bootstrap, auto_offset_reset="latest", fetch_max_wait_ms=25
    )
    await producer.start()
    await consumer.start()
    partitions = [TopicPartition(round_.prefix + "credit", number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    await consumer.seek_to_end(*partitions)
    due: dict[str, float] = {}
    latencies: list[float] = []
    wanted = sum(1 for message in messages if message.order_id is not None)
    listening = asyncio.create_task(_listen(consumer, due, latencies, wanted))
    try:
        with _no_collections():
            await _send(producer, round_.prefix, messages, per_second, due)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listening, timeout=60)
    finally:
        listening.cancel()
        await producer.stop()
        await consumer.stop()
    if len(latencies) < wanted:
        raise RuntimeError(f"only {len(latencies)} of {wanted} decisions came back")
    return sorted(latencies)


async def _send(
    producer: AIOKafkaProducer, prefix: str, messages: list[Message], per_second: float, due: dict[str, float]
) -> None:
    started = time.perf_counter()
    sent = 0
    unacknowledged: set[asyncio.Future[object]] = set()
    while sent < len(messages):
        target = min(len(messages), int((time.perf_counter() - started) * per_second) + 1)
        for position in range(sent, target):
            message = messages[position]
            if message.order_id is not None:
                due[message.order_id] = started + position / per_second
            acknowledgement = await producer.send(
                prefix + message.topic, message.value, key=message.key, partition=message.partition
            )
            unacknowledged.add(acknowledgement)
            acknowledgement.add_done_callback(unacknowledged.discard)
        sent = target
        await asyncio.sleep(TICK_S)
    await asyncio.gather(*unacknowledged)


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Keep the garbage collector away: its pauses would be measured as the service's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _listen(
    consumer: AIOKafkaConsumer, due: dict[str, float], latencies: list[float], wanted: int
) -> None:
    decoder = msgspec.json.Decoder(_Decision)
    while len(latencies) < wanted:
        fetched = await consumer.getmany(timeout_ms=100)
        now = time.perf_counter()
        for records in fetched.values():
            for record in records:
                assert record.value is not None
                sent_at = due.pop(decoder.decode(record.value).data.order_id, None)
                if sent_at is not None:
                    latencies.append(now - sent_at)
