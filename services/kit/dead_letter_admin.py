"""What people do about dead letters: list, look, repair and retry, discard. Shared by API and command line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from aiokafka import AIOKafkaProducer

from services.kit.database import Database
from services.kit.settings import Settings

State = Literal["open", "retried", "discarded"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters; None does not filter."""

    state: State | None = "open"
    topic: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """One dead letter in a list: where it lay, why it was set aside and what became of it."""

    id: int
    topic: str
    partition: int
    offset: int
    key: str | None
    size_bytes: int
    field: str
    reason: str
    state: State
    recorded_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One dead letter with everything in it.

    Attributes:
        event: the value as JSON, if it is JSON.
        text: the value as text, with escapes where it is not UTF-8.
        problem: why it would be refused if it were retried as it is; None: it decodes today.
    """

    summary: Summary
    headers: list[tuple[str, str]]
    value: bytes | None
    text: str | None
    event: Any
    problem: str | None


class DeadLetterError(RuntimeError):
    """It cannot be done; the message says why."""


class NoSuchDeadLetterError(DeadLetterError):
    """There is no dead letter with that number."""


async def list_dead_letters(
    database: Database, wanted: Filter | None = None, *, after_id: int = 0, limit: int = 100
) -> list[Summary]:
    """Return dead letters in the order in which they were recorded, from ``after_id`` on."""
    raise NotImplementedError


async def show_dead_letter(database: Database, letter_id: int) -> Detail:
    """Return one dead letter.

    Raises:
        NoSuchDeadLetterError: there is none with that number.
    """
    raise NotImplementedError


async def retry_dead_letter(
    database: Database,
    producer: AIOKafkaProducer,
    settings: Settings,
    letter_id: int,
    *,
    by: str,
    value: bytes | None = None,
    force: bool = False,
) -> Summary:
    """Publish a dead letter to its topic again, as it is or with ``value`` in its place, and mark it retried.

    Args:
        by: who does it.
        force: publish although it would be refused again.

    Raises:
        NoSuchDeadLetterError: there is none with that number.
        DeadLetterError: it is not open any more.
        ContractError: it would be refused again; naming the field and the reason.
    """
    raise NotImplementedError


async def discard_dead_letter(database: Database, letter_id: int, *, by: str) -> Summary:
    """Mark a dead letter as not to be retried; its bytes stay.

    Raises:
        NoSuchDeadLetterError: there is none with that number.
        DeadLetterError: it is not open any more.
    """
    raise NotImplementedError
