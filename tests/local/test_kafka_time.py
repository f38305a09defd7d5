"""Pinned facts of Apache Kafka about record times, which bind whoever replays history or runs a virtual clock.

Tansu has neither limit, so a mistake here would only show on the real broker.
"""

import asyncio
import time
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import InvalidTimestampError

from deploy.local.kafka import ApacheKafka, why_unavailable
from deploy.local.topics import ensure_topics

IN_2009_MS = 1_259_625_600_000
# With retention judged twice a second instead of every five minutes, what it does is seen at once.
IMPATIENT = {
    "log.initial.task.delay.ms": "100",
    "log.retention.check.interval.ms": "500",
    "log.segment.delete.delay.ms": "100",
}


@pytest.fixture
def kafka() -> Iterator[ApacheKafka]:
    reason = why_unavailable()
    if reason is not None:
        pytest.skip(reason)
    with ApacheKafka(settings=IMPATIENT) as broker:
        yield broker


@pytest.mark.kafka
async def test_old_records_are_deleted_unless_retention_is_unlimited(kafka: ApacheKafka) -> None:
    """Retention goes by the record's own time: history sent with its own times is deleted on arrival."""
    default, unlimited = TopicPartition("default", 0), TopicPartition("unlimited", 0)
    await ensure_topics(kafka.bootstrap, [("default", 1, {}), ("unlimited", 1, {"retention.ms": "-1"})])
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        for partition in (unlimited, default):
            await producer.send_and_wait(partition.topic, b"x", timestamp_ms=IN_2009_MS)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap)
    async with asyncio.timeout(30), consumer:
        # Each look is a request to the broker, and the timeout above bounds them.
        while (await consumer.beginning_offsets([default]))[default] != 1:
            await asyncio.sleep(0.1)
        assert await consumer.beginning_offsets([unlimited]) == {unlimited: 0}


@pytest.mark.kafka
async def test_records_of_the_future_are_refused(apache_kafka_server: ApacheKafka) -> None:
    """More than an hour ahead (`message.timestamp.after.max.ms`) is refused, unless the topic allows it."""
    in_two_hours_ms = int((time.time() + 2 * 3600) * 1000)
    config = {"message.timestamp.after.max.ms": str(2**63 - 1)}
    await ensure_topics(
        apache_kafka_server.bootstrap, [("future-refused", 1, {}), ("future-allowed", 1, config)]
    )
    async with AIOKafkaProducer(bootstrap_servers=apache_kafka_server.bootstrap, acks="all") as producer:
        with pytest.raises(InvalidTimestampError):
            await producer.send_and_wait("future-refused", b"x", timestamp_ms=in_two_hours_ms)
        await producer.send_and_wait("future-allowed", b"x", timestamp_ms=in_two_hours_ms)
