"""The identity of a log, on both kinds of broker."""

import asyncio
import uuid

from deploy.local.broker import Broker
from services.kit.kafka import kafka_producer
from services.kit.log_identity import log_identity
from services.kit.settings import Settings


async def identity(broker: Broker, prefix: str) -> str:
    settings = Settings.model_validate(
        {
            "database_url": "postgresql://not-used",
            "kafka_bootstrap": broker.bootstrap,
            "kafka_idempotence": broker.name == "kafka",
            "topic_prefix": prefix,
        }
    )
    producer = kafka_producer(settings, "probe")
    await producer.start()
    try:
        return await log_identity(settings, producer)
    finally:
        await producer.stop()


async def test_all_who_come_at_once_and_later_get_the_same(any_broker: Broker) -> None:
    # Several times: whose record is the first is a race, and everybody must see the same winner.
    for _ in range(6):
        prefix = f"i{uuid.uuid4().hex[:12]}."
        first = await asyncio.gather(*(identity(any_broker, prefix) for _ in range(4)))
        assert len(set(first)) == 1
        assert len(first[0]) == 32
    assert await identity(any_broker, prefix) == first[0]


async def test_another_log_has_another(any_broker: Broker) -> None:
    assert await identity(any_broker, f"a{uuid.uuid4().hex}.") != await identity(
        any_broker, f"b{uuid.uuid4().hex}."
    )
