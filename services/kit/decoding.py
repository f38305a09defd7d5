"""From a record of the broker to an event that may be applied, or the reason why it may not."""

from functools import lru_cache
from typing import Any

from aiokafka import ConsumerRecord

from contracts import codec
from contracts.envelope import Event
from contracts.errors import ContractError
from contracts.topics import partition_of
from contracts.topics import topics as topic_map
from services.kit.records import Record

_EVENTS = {name: frozenset(topic.events) for name, topic in topic_map().items()}
_SUBJECTS = {name: topic.subject for name, topic in topic_map().items()}


def decode_record(
    topic: str, rank: int, partitions: int, record: "ConsumerRecord[bytes, bytes]", fetch: int = 0
) -> Record:
    """Return the record with its event, or with the reason why it cannot be applied."""
    event, error, time = None, None, float("-inf")
    try:
        event = codec.decode(record.value)
        time = event.occurred_at.timestamp()
        _check_place(topic, record, event, partitions)
    except ContractError as refusal:
        event, error = None, refusal
    headers = tuple(record.headers)
    return Record(
        topic,
        rank,
        record.partition,
        record.offset,
        record.key,
        record.value,
        headers,
        record.timestamp,
        time,
        event,
        error,
        fetch,
    )


def _check_place(
    topic: str, record: "ConsumerRecord[bytes, bytes]", event: Event[Any], partitions: int
) -> None:
    """Refuse an event on a topic, key or partition it does not belong to: its customer's order would be lost."""
    if event.type not in _EVENTS[topic]:
        raise ContractError("type", f"{event.type} does not travel on topic {topic!r}")
    subject = _SUBJECTS[topic]
    if subject is None:
        return
    if record.key != event.key.encode():
        raise ContractError("key", f"the record's key {record.key!r} is not the event's key {event.key!r}")
    subject_id = getattr(event.data, subject, event.key)
    if subject_id != event.key:
        raise ContractError("key", f"the event's key {event.key!r} is not its {subject} {subject_id!r}")
    expected = _partition(event.key, partitions)
    if record.partition != expected:
        raise ContractError(
            "key",
            f"key {event.key!r} belongs on partition {expected}, not {record.partition}: the producer must use Kafka's "
            "default partitioner (murmur2; in librdkafka and kcat: partitioner=murmur2_random)",
        )


@lru_cache(maxsize=200_000)
def _partition(key: str, partitions: int) -> int:
    return partition_of(key.encode(), partitions)
