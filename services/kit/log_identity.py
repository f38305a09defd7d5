"""Which log is this? Offsets mean nothing on another cluster, so they are stored with the log's identity.

The identity is the first record of a topic of its own, written by whoever comes first. A cluster that was lost and set
up anew has none, hence is a new log.
"""

import asyncio
import secrets

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError
from faststream.kafka.security import parse_security

from services.kit.errors import FatalError
from services.kit.kafka import security
from services.kit.settings import Settings

TOPIC = "tallyman-log-identity"


async def log_identity(settings: Settings, producer: AIOKafkaProducer, timeout_s: float = 30.0) -> str:
    """Return the identity of the log behind ``settings.kafka_bootstrap``, giving it one if it has none.

    Raises:
        FatalError: when none could be read or written within ``timeout_s``.
    """
    topic = settings.topic(TOPIC)
    await _ensure_topic(settings, topic)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap.split(","), **parse_security(security(settings))
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        async with asyncio.timeout(timeout_s):
            if (await consumer.end_offsets([partition]))[partition] == 0:
                await producer.send_and_wait(topic, secrets.token_hex(16).encode(), key=b"identity", partition=0)
            await consumer.seek_to_beginning(partition)
            first = await consumer.getone(partition)
    except TimeoutError as error:
        raise FatalError(f"no identity could be read from topic {topic!r} within {timeout_s} s") from error
    finally:
        await consumer.stop()
    assert first.value is not None
    return first.value.decode()


async def _ensure_topic(settings: Settings, topic: str) -> None:
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap.split(","), **parse_security(security(settings))
    )
    await admin.start()
    try:
        if topic not in await admin.list_topics():
            response = await admin.create_topics(
                [NewTopic(topic, 1, -1 if settings.kafka_idempotence else 1, topic_configs={"retention.ms": "-1", "cleanup.policy": "delete"})]
            )
            code = response.topic_errors[0][1]
            if code not in (0, TopicAlreadyExistsError.errno):
                raise FatalError(f"topic {topic!r} could not be created: {response.topic_errors[0]}")
    finally:
        await admin.close()
