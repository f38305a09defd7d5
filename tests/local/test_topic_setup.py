"""Topics are made once, alike on both brokers, and never quietly of another shape."""

import asyncio
import uuid

import pytest

from deploy.local.broker import Broker
from deploy.local.topics import TopicError, TopicSpec, ensure_topics


def names(count: int) -> list[str]:
    return [f"t-{uuid.uuid4().hex}" for _ in range(count)]


async def test_creates_what_is_missing_and_nothing_else(any_broker: Broker) -> None:
    first, second = names(2)
    wanted: list[TopicSpec] = [(first, 8, {"retention.ms": "-1"})]
    assert await ensure_topics(any_broker.bootstrap, wanted) == [first]
    wanted.append((second, 8, {}))
    assert await ensure_topics(any_broker.bootstrap, wanted) == [second]
    assert await ensure_topics(any_broker.bootstrap, wanted) == []


async def test_other_partition_count_is_an_error(any_broker: Broker) -> None:
    (name,) = names(1)
    await ensure_topics(any_broker.bootstrap, [(name, 4, {})])
    with pytest.raises(TopicError, match=f"'{name}' has 4 partitions, 8 are wanted"):
        await ensure_topics(any_broker.bootstrap, [(name, 8, {})])


async def test_several_processes_may_start_at_once(any_broker: Broker) -> None:
    wanted: list[TopicSpec] = [(name, 2, {}) for name in names(3)]
    await asyncio.gather(*(ensure_topics(any_broker.bootstrap, wanted) for _ in range(4)))


@pytest.mark.kafka
@pytest.mark.parametrize(("name", "config"), [("a b", {}), ("fine", {"no.such.setting": "1"})])
async def test_what_the_broker_refuses_is_said(
    apache_kafka_server: Broker, name: str, config: dict[str, str]
) -> None:
    """Tansu accepts both without a word, so only Apache Kafka guards against a typo in the topic map."""
    with pytest.raises(TopicError, match=f"'{name}' could not be created: INVALID"):
        await ensure_topics(apache_kafka_server.bootstrap, [(name, 1, config)])
