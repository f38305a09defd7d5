"""Which log is this? Offsets mean nothing on another cluster, so they are stored with the log's identity.

The identity is the first record of a topic of its own, written by whoever comes first. A cluster that was lost and set
up anew has none, hence is a new log.
"""

import asyncio
import contextlib
import secrets

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from faststream.kafka.security import parse_security

from services.kit.errors import FatalError
from services.kit.kafka import security
from services.kit.settings import Settings

TOPIC = "tallyman-log-identity"
ATTEMPT_S = 5.0


async def log_identity(settings: Settings, producer: AIOKafkaProducer, timeout_s: float = 30.0) -> str:
    """Return the identity of the log behind ``settings.kafka_bootstrap``, giving it one if it has none.

    Raises:
        FatalError: when none could be read or written within ``timeout_s``.
    """
    topic = settings.topic(TOPIC)
    await _ensure_topic(settings, topic)
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                # A topic made a moment ago may have no leader yet, and a client that asked too early waits long.
                with contextlib.suppress(TimeoutError, KafkaError):
                    async with asyncio.timeout(ATTEMPT_S):
                        return await _read_or_write(settings, producer, topic)
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        raise FatalError(f"no identity could be read from topic {topic!r} within {timeout_s} s") from error


async def _read_or_write(settings: Settings, producer: AIOKafkaProducer, topic: str) -> str:
    """Return the first record of ``topic``; if there is none, write one and see whose was first."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        auto_offset_reset="earliest",
        **parse_security(security(settings)),
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        if (await consumer.end_offsets([partition]))[partition] == 0:
            await producer.send_and_wait(topic, secrets.token_hex(16).encode(), key=b"identity", partition=0)
        # Not seek_to_beginning: it races with the client's own start at the default place, and then somebody's later
        # record is read as the first, or one is waited for that never comes.
        consumer.seek(partition, 0)
        first = await consumer.getone(partition)
    finally:
        await consumer.stop()
    assert first.offset == 0
    identity: bytes = first.value
    return identity.decode()


async def _ensure_topic(settings: Settings, topic: str) -> None:
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap.split(","), **parse_security(security(settings))
    )
    await admin.start()
    try:
        if topic not in await admin.list_topics():
            response = await admin.create_topics([_new_topic(topic, settings)])
            code = response.topic_errors[0][1]
            if code not in (0, TopicAlreadyExistsError.errno):
                raise FatalError(f"topic {topic!r} could not be created: {response.topic_errors[0]}")
    finally:
        await admin.close()


def _new_topic(topic: str, settings: Settings) -> NewTopic:
    """Return the topic as it is to be made: as many copies as the cluster makes by default, kept for ever."""
    configs = {"retention.ms": "-1", "cleanup.policy": "delete"}
    if not settings.kafka_idempotence:
        return NewTopic(topic, 1, 1, topic_configs=configs)
    # -1 asks for the cluster's default; aiokafka takes it only together with an assignment, which may be empty.
    return NewTopic(topic, 1, -1, replica_assignments={}, topic_configs=configs)
