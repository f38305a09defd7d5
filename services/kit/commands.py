"""Writes of the API: an event of our own, applied as if it had been consumed, and published with the same commit."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

import asyncpg
from fastapi import Request, Response

from contracts.codec import decode, encode, new_event
from contracts.envelope import Event
from contracts.errors import Conflict, ContractError
from contracts.events import EventData
from contracts.topics import partition_of, topics
from services.kit.batch import business_day
from services.kit.database import Connection, UnitOfWork
from services.kit.http.auth import Principal
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.problems import Problem
from services.kit.outbox import OutboxRow
from services.kit.processor import Handler
from services.kit.receipts import ReceiptTable
from services.kit.records import Received, Record, event_key
from services.kit.runtime import Runtime
from services.kit.telemetry import current_traceparent

ATTEMPTS = 5


class WorkingSet(Protocol):
    """What handlers change."""

    @property
    def has_news(self) -> bool:
        """Whether anything differs from what the database has."""


ResultT = TypeVar("ResultT")
WorkingT = TypeVar("WorkingT", bound=WorkingSet)


class Commands(Generic[WorkingT]):
    """Carries out commands through the table of handlers that consumed events go through.

    Args:
        handlers: event type to handler.
        load: reads everything an event touches, locking rows in key order.
        save: writes the working set back.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler[WorkingT]],
        load: Callable[[Connection, Sequence[Received]], Awaitable[WorkingT]],
        save: Callable[[UnitOfWork, WorkingT], Awaitable[None]],
    ) -> None:
        self._handlers = handlers
        self._load = load
        self._save = save

    async def carry_out(
        self,
        runtime: Runtime,
        unit: UnitOfWork,
        data: EventData,
        key: str,
        *,
        moment: datetime | None = None,
    ) -> bool:
        """Apply an event of our own and publish it; False: it was known already, and nothing is published.

        Its receipt is written too, so that our consumer drops it when it comes back.

        Args:
            moment: when it happens, now by default.

        Raises:
            Problem: 409 when it contradicts what is known under the same number, 422 when it breaks the contract.
        """
        return await self.carry_out_all(runtime, unit, [(data, key)], moment=moment)

    async def carry_out_all(
        self,
        runtime: Runtime,
        unit: UnitOfWork,
        bodies: Sequence[tuple[EventData, str]],
        *,
        moment: datetime | None = None,
    ) -> bool:
        """Apply several events of our own, each with its key, and publish all of them; False: all were known already.

        Raises:
            Problem: see :meth:`carry_out`.
        """
        try:
            days = await _days_begun(runtime, unit.connection, [key for _, key in bodies])
            events = [
                own_event(runtime, data, key, moment=moment, day=day)
                for (data, key), day in zip(bodies, days, strict=True)
            ]
            working = await self._load(unit.connection, events)
            for received in events:
                self._handlers[received.event.type](working, received)
        except ContractError as error:
            raise _problem(error) from error
        if not working.has_news:
            return False
        for received in events:
            unit.publish_all(outbox_rows(runtime, received))
        await self._save(unit, working)
        await ReceiptTable().write(unit.connection, events)
        return True


async def _days_begun(runtime: Runtime, connection: Connection, keys: Sequence[str]) -> list[date | None]:
    """Return which business day has begun for each key, as for consumed events; None: no tick has come yet."""
    partitions = [partition_of(key.encode(), runtime.settings.partitions) for key in keys]
    rows = await connection.fetch(
        "SELECT partition, day FROM partition_days WHERE partition = ANY($1::int[])", list(set(partitions))
    )
    days = {row["partition"]: row["day"] for row in rows}
    return [days.get(partition) for partition in partitions]


def own_event(
    runtime: Runtime,
    data: EventData,
    key: str,
    *,
    moment: datetime | None = None,
    day: date | None = None,
    producer: str | None = None,
) -> Received:
    """Return a body as the event of our own that it will be on the broker.

    Args:
        moment: when it happens, now by default.
        day: the business day it happens on, by default that of ``moment``.
        producer: the name of the service by default.

    Raises:
        ContractError: when the body breaks the contract; fields are named as in the body.
    """
    now = runtime.clock.now()
    moment, producer = moment or now, producer or runtime.service.name
    event_id = f"{producer}-{uuid4().hex}"
    value = encode(
        new_event(
            data, id=event_id, occurred_at=moment, key=key, producer=producer, trace=current_traceparent()
        )
    )
    event = decoded_body(value)
    record = Record(
        topic=data.TOPIC,
        rank=0,
        partition=partition_of(key.encode(), runtime.settings.partitions),
        offset=-1,
        key=key.encode(),
        value=value,
        headers=(),
        # The way of a decision is measured from the arrival of its cause, and this one arrives here and now.
        timestamp_ms=int(now.timestamp() * 1000),
        time=event.occurred_at.timestamp(),
        event=event,
        error=None,
    )
    day = day or business_day(moment, runtime.settings.zone)
    return Received(event, record, event_key(producer, event_id), day)


def decoded_body(value: bytes) -> Event[Any]:
    """Return the event, or refuse it with its fields named as in the body that the caller sent.

    Raises:
        ContractError: when it breaks the contract.
    """
    try:
        return decode(value)
    except ContractError as error:
        raise ContractError(error.field.removeprefix("data."), error.reason) from None


def outbox_rows(runtime: Runtime, received: Received) -> list[OutboxRow]:
    """Return what publishes an event: one row, or one per partition on a broadcast topic."""
    record = received.record
    assert record.key is not None
    assert record.value is not None
    broadcast = topics()[record.topic].key == "broadcast"
    partitions: list[int | None] = list(range(runtime.settings.partitions)) if broadcast else [None]
    return [
        OutboxRow(record.topic, record.key, received.event.id, record.value, partition)
        for partition in partitions
    ]


async def answer_once(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    work: Callable[[IdempotentCall], Awaitable[Response]],
) -> Response:
    """Do ``work`` in a transaction of its own, once per Idempotency-Key, and again while others write the same rows.

    Raises:
        Problem: see :func:`serially` and :func:`services.kit.http.idempotency.idempotent`.
    """

    async def once() -> Response:
        async with idempotent(request, runtime, principal) as call:
            return call.response if call.replayed else await work(call)

    return await serially(once)


async def serially(work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Do ``work`` again when another transaction wrote the same rows at the same moment.

    Only errors after which nothing was committed for certain are tried again.

    Raises:
        Problem: 503 when that keeps happening.
    """
    for attempt in range(ATTEMPTS):
        try:
            return await work()
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(random.uniform(0.005, 0.05) * (attempt + 1))
    raise Problem(503, "others keep writing the same rows; try again", headers={"Retry-After": "1"})


def _problem(error: ContractError) -> Problem:
    """Return the answer to a refusal: callers know the fields of the event's body as those of their request."""
    status = 409 if isinstance(error, Conflict) else 422
    return Problem(status, error.reason, errors=[(error.field.removeprefix("data."), error.reason)])
