"""What people do about dead letters: list, look, repair and retry, discard. Shared by API and command line."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

import asyncpg
from aiokafka import AIOKafkaProducer, ConsumerRecord
from sqlalchemy import Select, func, select

from contracts import codec
from contracts.envelope import Event
from contracts.errors import ContractError
from contracts.topics import default_partitions, partition_of, topics
from services.kit.database import Connection, Database
from services.kit.decoding import decode_record
from services.kit.records import Record
from services.kit.settings import Settings
from services.kit.tables import dead_letters

PUBLISH_TIMEOUT_S = 10.0

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


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of a retry of many: the numbers published again, and those refused still, with the reason."""

    retried: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


_SUMMARY_FIELDS = tuple(column.name for column in fields(Summary))


class DeadLetterError(RuntimeError):
    """It cannot be done; the message says why."""


class NoSuchDeadLetterError(DeadLetterError):
    """There is no dead letter with that number."""


def select_dead_letters(wanted: Filter) -> Select[Any]:
    """Return the query for summaries, unordered."""
    table = dead_letters.c
    columns = [column for column in table if column.name not in ("log_id", "value", "headers")]
    statement = select(*columns, func.coalesce(func.length(table.value), 0).label("size_bytes"))
    if wanted.state is not None:
        statement = statement.where(table.state == wanted.state)
    if wanted.topic is not None:
        statement = statement.where(table.topic == wanted.topic)
    if wanted.since is not None:
        statement = statement.where(table.recorded_at >= wanted.since)
    return statement


def summary(values: Mapping[str, Any]) -> Summary:
    """Return the summary in a row of :func:`select_dead_letters`."""
    return Summary(**{name: values[name] for name in _SUMMARY_FIELDS} | {"key": _readable(values["key"])})


async def list_dead_letters(
    database: Database, wanted: Filter | None = None, *, after_id: int = 0, limit: int = 100
) -> list[Summary]:
    """Return dead letters in the order in which they were recorded, from ``after_id`` on."""
    statement = select_dead_letters(wanted or Filter()).where(dead_letters.c.id > after_id)
    async with database.engine.connect() as connection:
        rows = await connection.execute(statement.order_by(dead_letters.c.id).limit(limit))
        return [summary(dict(row._mapping)) for row in rows]


async def show_dead_letter(database: Database, letter_id: int) -> Detail:
    """Return one dead letter.

    Raises:
        NoSuchDeadLetterError: there is none with that number.
    """
    row = await database.pool.fetchrow(
        "SELECT *, coalesce(length(value), 0) AS size_bytes FROM dead_letters WHERE id = $1", letter_id
    )
    if row is None:
        raise NoSuchDeadLetterError(f"there is no dead letter {letter_id}")
    # A retry computes the partition anew, so any number of them gives the same answer here.
    refusal = _repaired(row, None, default_partitions()).error
    return Detail(
        summary=summary(dict(row)),
        headers=[(name, _readable(content) or "") for name, content in _headers(row)],
        value=row["value"],
        text=_readable(row["value"]),
        event=_json(row["value"]),
        problem=str(refusal) if refusal is not None else None,
    )


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

    It goes out while its row is locked and before it is marked: what a crash leaves open can be retried once more,
    and consumers drop what they have.

    Args:
        by: who does it.
        force: publish although it would be refused again.

    Raises:
        NoSuchDeadLetterError: there is none with that number.
        DeadLetterError: it is not open any more.
        ContractError: it would be refused again; naming the field and the reason.
    """
    async with database.unit_of_work() as unit:
        row = await _lock_open(unit.connection, letter_id)
        record = _repaired(row, value, settings.partitions)
        if record.error is not None and not force:
            raise record.error
        async with asyncio.timeout(PUBLISH_TIMEOUT_S):
            await producer.send_and_wait(
                settings.topic(record.topic),
                record.value,
                key=record.key,
                partition=record.partition,
                timestamp_ms=record.timestamp_ms,
                headers=list(record.headers),
            )
        await _resolve(unit.connection, letter_id, "retried", by)
    return await _summary(database, letter_id)


async def retry_dead_letters(
    database: Database,
    producer: AIOKafkaProducer,
    settings: Settings,
    wanted: Filter,
    *,
    by: str,
    limit: int = 1_000,
) -> Retried:
    """Retry the open dead letters of ``wanted``, oldest first, for when the cause of many is fixed."""
    result = Retried()
    for letter in await list_dead_letters(database, Filter("open", wanted.topic, wanted.since), limit=limit):
        try:
            await retry_dead_letter(database, producer, settings, letter.id, by=by)
            result.retried.append(letter.id)
        except (ContractError, DeadLetterError) as error:
            result.refused[letter.id] = str(error)
    return result


async def discard_dead_letter(database: Database, letter_id: int, *, by: str) -> Summary:
    """Mark a dead letter as not to be retried; its bytes stay.

    Raises:
        NoSuchDeadLetterError: there is none with that number.
        DeadLetterError: it is not open any more.
    """
    async with database.unit_of_work() as unit:
        await _lock_open(unit.connection, letter_id)
        await _resolve(unit.connection, letter_id, "discarded", by)
    return await _summary(database, letter_id)


async def _lock_open(connection: Connection, letter_id: int) -> asyncpg.Record:
    row = await connection.fetchrow("SELECT * FROM dead_letters WHERE id = $1 FOR UPDATE", letter_id)
    if row is None:
        raise NoSuchDeadLetterError(f"there is no dead letter {letter_id}")
    if row["state"] != "open":
        raise DeadLetterError(f"dead letter {letter_id} was {row['state']} by {row['resolved_by']}")
    return row


async def _resolve(connection: Connection, letter_id: int, state: State, by: str) -> None:
    await connection.execute(
        "UPDATE dead_letters SET state = $2, resolved_at = now(), resolved_by = $3 WHERE id = $1",
        letter_id,
        state,
        by,
    )


async def _summary(database: Database, letter_id: int) -> Summary:
    return (await list_dead_letters(database, Filter(None), after_id=letter_id - 1, limit=1))[0]


def _repaired(row: "asyncpg.Record", value: bytes | None, partitions: int) -> Record:
    """Return the record to publish, with the key and partition its event belongs to.

    Its ``error`` is what a consumer would say to it, which the consumer's own code tells.
    """
    topic, key, partition, headers = row["topic"], row["key"], row["partition"], _headers(row)
    value = row["value"] if value is None else value
    event = _event(value)
    if event is not None:
        headers = [header for header in headers if header[0] != "id"] + [("id", event.id.encode())]
        if topics()[topic].subject is not None:
            key = event.key.encode()
            partition = partition_of(key, partitions)
    now_ms = int(time.time() * 1000)
    sizes = len(key or b""), len(value or b"")
    raw = ConsumerRecord(topic, partition, 0, now_ms, 0, key, value, None, *sizes, tuple(headers))
    return decode_record(topic, 0, partitions, raw)


def _event(value: bytes | None) -> Event[Any] | None:
    try:
        return codec.decode(value)
    except ContractError:
        return None


def _headers(row: "asyncpg.Record") -> list[tuple[str, bytes]]:
    return [(name, bytes.fromhex(content)) for name, content in json.loads(row["headers"])]


def _readable(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


def _json(value: bytes | None) -> Any:
    try:
        return json.loads(value or b"")
    except (ValueError, RecursionError):
        return None
