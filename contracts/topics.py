"""The topic map of ``topics.yaml``, typed, and the partition of a key."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its key, retention in days, who writes and reads it, and the event types on it."""

    name: str
    key: Literal["customer_id", "prospect_id", "broadcast", "service"]
    retention_days: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    events: tuple[str, ...]
    dead_letter_topic: str | None = None

    @property
    def subject(self) -> str | None:
        """The field of each event's body that is the Kafka key; None: the key is not in the body."""
        return self.key if self.key.endswith("_id") else None


@cache
def _document() -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load((files("contracts") / "topics.yaml").read_text("utf-8"))
    return loaded


@cache
def topics() -> dict[str, Topic]:
    """Return every topic by name."""
    entries = _document()["topics"]
    assert isinstance(entries, dict)
    return {
        name: Topic(
            name,
            entry["key"],
            entry["retention_days"],
            tuple(entry["producers"]),
            tuple(entry["consumers"]),
            tuple(entry["events"]),
            entry.get("dead_letter_topic"),
        )
        for name, entry in entries.items()
    }


def default_partitions() -> int:
    """Return the partition count that every topic has unless the operator set another."""
    count = _document()["partitions"]
    assert isinstance(count, int)
    return count


def consumed_by(service: str) -> tuple[str, ...]:
    """Return the topics a service reads, in the order of the map: the tie-break of the event-time merge."""
    return tuple(topic.name for topic in topics().values() if service in topic.consumers)


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition Kafka's default partitioner gives a key (murmur2, as in the Java client)."""
    return (_murmur2(key) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """Murmur2 with Kafka's seed, as in ``org.apache.kafka.common.utils.Utils.murmur2``; 32-bit unsigned."""
    length = len(data)
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ length) & mask
    aligned = length - length % 4
    for i in range(0, aligned, 4):
        k = int.from_bytes(data[i : i + 4], "little")
        k = (k * m) & mask
        k ^= k >> 24
        k = (k * m) & mask
        h = ((h * m) & mask) ^ k
    tail = length % 4
    if tail == 3:
        h ^= data[aligned + 2] << 16
    if tail >= 2:
        h ^= data[aligned + 1] << 8
    if tail >= 1:
        h ^= data[aligned]
        h = (h * m) & mask
    h ^= h >> 13
    h = (h * m) & mask
    return h ^ (h >> 15)
