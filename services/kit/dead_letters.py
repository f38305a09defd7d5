"""Records that could not be applied: stored with place, reason and raw bytes, announced, limited."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.codec import encode, new_event
from contracts.errors import ContractError
from contracts.events.dead_letters import DeadLetterRecorded
from services.kit import metrics
from services.kit.database import Connection, UnitOfWork
from services.kit.errors import DeadLetterLimitError
from services.kit.outbox import OutboxRow
from services.kit.records import Record


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and why it was set aside."""

    record: Record
    error: ContractError


async def write_dead_letters(
    unit: UnitOfWork, service: str, log_id: str, letters: Sequence[DeadLetter]
) -> None:
    """Store ``letters`` and announce each on the ``dead-letters`` topic, in the running transaction."""
    await unit.connection.executemany(
        """INSERT INTO dead_letters (log_id, topic, partition, "offset", key, value, headers, field, reason)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING""",
        [
            (
                log_id,
                letter.record.topic,
                letter.record.partition,
                letter.record.offset,
                letter.record.key,
                letter.record.value,
                json.dumps([[name, value.hex()] for name, value in letter.record.headers]),
                _storable(letter.error.field),
                _storable(letter.error.reason),
            )
            for letter in letters
        ],
    )
    unit.publish_all([_announcement(service, log_id, letter) for letter in letters])
    for letter in letters:
        metrics.DEAD_LETTERS.labels(service, letter.record.topic).inc()


def _storable(text: str) -> str:
    return text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()[:2000]


def _announcement(service: str, log_id: str, letter: DeadLetter) -> OutboxRow:
    record = letter.record
    place = f"{record.topic}-{record.partition}-{record.offset}"
    now = datetime.now(UTC)
    event = new_event(
        DeadLetterRecorded(
            service=service,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            field=_printable(letter.error.field),
            reason=_printable(letter.error.reason),
        ),
        id=f"{log_id[:8]}-{place}"[:64],
        occurred_at=now,
        key=service,
        producer=service,
    )
    key = service.encode()
    return OutboxRow("dead-letters", key, event.id, encode(event))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:500]


async def check_limit(connection: Connection, service: str, limit: int) -> None:
    """Stop the service when too much was set aside in the last hour.

    Raises:
        DeadLetterLimitError: one bad producer does not explain that many; dead-lettering on would lose a stream.
    """
    count: int = await connection.fetchval(
        "SELECT count(*) FROM dead_letters WHERE state = 'open' AND recorded_at > now() - interval '1 hour'"
    )
    if count > limit:
        raise DeadLetterLimitError(
            f"{service}: {count} records were set aside within an hour, more than {limit}. Look at them with "
            "'tallyman dead-letters list', retry or discard them, or raise TALLYMAN_DEAD_LETTER_LIMIT."
        )
