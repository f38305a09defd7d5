"""A small feed, and what lies on a broker after it was sent."""

import uuid
from collections import defaultdict
from datetime import date
from typing import Any

from aiokafka import TopicPartition

from contracts.topics import topics
from deploy.feed.simulator import simulator_feed
from deploy.feed.source import Feed
from deploy.feed.target import Target
from deploy.local.broker import Broker
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics

START = date(2026, 3, 2)
PARTITIONS = 3


async def new_target(broker: Broker) -> Target:
    target = Target(
        broker.bootstrap,
        topic_prefix=f"feed-{uuid.uuid4().hex[:8]}-",
        partitions=PARTITIONS,
        idempotent=not isinstance(broker, TansuBroker),
    )
    await ensure_topics(broker.bootstrap, [(target.topic(name), PARTITIONS, {}) for name in topics()])
    return target


def small_feed(customers: int = 12, days: int = 8, **options: Any) -> Feed:
    return simulator_feed(5, customers, days, START, partitions=PARTITIONS, **options)


def header_id(record: Any) -> str:
    return str(dict(record.headers)["id"].decode())


async def everything(target: Target) -> dict[TopicPartition, list[Any]]:
    """All records there are, per topic and partition."""
    consumer = target.consumer()
    await consumer.start()
    try:
        places = [TopicPartition(target.topic(name), p) for name in topics() for p in range(PARTITIONS)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: dict[TopicPartition, list[Any]] = defaultdict(list)
        await consumer.seek_to_beginning()
        while any(len(found[place]) < ends[place] for place in places):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                found[place] += records
        return found
    finally:
        await consumer.stop()
