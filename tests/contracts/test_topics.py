"""The topic map agrees with the models, the services and Kafka's partitioner."""

import importlib
import importlib.util

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by, default_partitions, partition_of, topics

SERVICES = ("customers", "orders", "credit", "insights")
AROUND = ("pos", "erp", "bank", "finance", "delivery", "operations")


def test_every_event_type_is_on_exactly_one_topic() -> None:
    placed = [name for topic in topics().values() for name in topic.events]
    assert sorted(placed) == sorted(EVENT_TYPES)


def test_models_name_the_topic_that_the_map_puts_them_on() -> None:
    for topic in topics().values():
        assert {EVENT_TYPES[name].TOPIC for name in topic.events} == {topic.name}


def test_keyed_events_carry_the_id_they_are_keyed_by() -> None:
    for topic in topics().values():
        if topic.subject is not None:
            assert [n for n in topic.events if topic.subject not in EVENT_TYPES[n].model_fields] == []


def test_every_topic_is_written_and_read_by_someone_we_know() -> None:
    for topic in topics().values():
        assert topic.events
        assert topic.producers
        assert topic.consumers
        assert {*topic.producers, *topic.consumers} <= {*SERVICES, *AROUND}
        assert topic.retention_days > 0


def test_every_party_of_the_map_does_something() -> None:
    parties = {party for topic in topics().values() for party in (*topic.producers, *topic.consumers)}
    assert parties == {*SERVICES, *AROUND}


def test_what_a_service_reads_can_be_dead_lettered() -> None:
    for topic in topics().values():
        if set(topic.consumers) & set(SERVICES):
            assert topic.dead_letter_topic in topics()


def test_one_partition_count_for_all() -> None:
    # There is one number for the whole map on purpose: a topic cannot have its own.
    assert default_partitions() > 0
    assert all(not hasattr(topic, "partitions") for topic in topics().values())


@pytest.mark.parametrize("service", SERVICES)
def test_who_is_listed_as_consumer_has_handlers(service: str) -> None:
    if not _exists(f"services.{service}.handlers"):
        pytest.skip(f"services.{service}.handlers does not exist yet")
    handlers = importlib.import_module(f"services.{service}.handlers").HANDLERS
    read = consumed_by(service)
    # Every consumer of the clock has its business day moved by the kit itself (services.kit.batch, partition_days).
    unhandled = [n for n in read if n != "clock" and not set(topics()[n].events) & set(handlers)]
    assert unhandled == [], (
        f"{service} is a consumer of {unhandled} in topics.yaml but handles nothing on them"
    )
    unread = [name for name in handlers if EVENT_TYPES[name].TOPIC not in read]
    assert unread == [], f"{service} handles {unread} but is no consumer of their topics in topics.yaml"


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@given(key=st.binary(max_size=80))
def test_partition_is_the_one_aiokafka_and_java_choose(key: bytes) -> None:
    assert partition_of(key, 8) == (murmur2(key) & 0x7FFFFFFF) % 8
    assert partition_of(key, 1_000_003) == (murmur2(key) & 0x7FFFFFFF) % 1_000_003


def test_partition_equals_the_published_vectors_of_the_java_client() -> None:
    # UtilsTest.testMurmur2 in apache/kafka.
    vectors = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    for key, hashed in vectors.items():
        assert partition_of(key, 2**31) == hashed & 0x7FFFFFFF
