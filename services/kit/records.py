"""What comes off the broker, and what a service sees of it."""

from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from contracts.envelope import Event
from contracts.errors import ContractError


@dataclass(slots=True)
class Record:
    """One record as it lies on the broker, decoded if it could be.

    Attributes:
        topic: without the installation's prefix.
        rank: the topic's place in topics.yaml: the tie-break of the merge.
        time: event time in seconds since the epoch; minus infinity if the record could not be decoded.
        event: None if it could not be decoded; ``error`` then says why.
        fetch: the number of the fetch that brought it.
    """

    topic: str
    rank: int
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp_ms: int
    time: float
    event: Event[Any] | None
    error: ContractError | None
    fetch: int = 0


@dataclass(slots=True)
class Received:
    """An event to apply: what a service's handlers get.

    Attributes:
        key: the receipt: 16 bytes over producer and id.
        day: the business day its partition has reached when it is applied.
    """

    event: Event[Any]
    record: Record
    key: bytes
    day: date


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that a service would not apply, and why."""

    received: Received
    error: ContractError


def event_key(producer: str, event_id: str) -> bytes:
    """Return the 16-byte identity of an event: ids are unique per producer."""
    return blake2b(f"{producer}\0{event_id}".encode(), digest_size=16).digest()


def fingerprint(key: bytes | None, value: bytes | None, timestamp_ms: int) -> bytes:
    """Return 16 bytes that tell one record from any other that could lie at its offset."""
    digest = blake2b(value or b"", digest_size=16)
    digest.update(key or b"")
    digest.update(timestamp_ms.to_bytes(8, "big", signed=True))
    return digest.digest()
