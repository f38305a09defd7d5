"""Writes of the API: an event of our own, applied as if it had been consumed, and published with the same commit."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import asyncpg

from contracts.codec import decode, encode, new_event
from contracts.errors import ContractError
from contracts.events import EventData
from contracts.topics import partition_of, topics
from services.kit.batch import business_day
from services.kit.database import UnitOfWork
from services.kit.http.problems import Problem
from services.kit.outbox import OutboxRow
from services.kit.receipts import ReceiptTable
from services.kit.records import Received, Record, event_key
from services.kit.runtime import Runtime
from services.kit.telemetry import current_traceparent
from services.orders import store
from services.orders.handlers import HANDLERS
from services.orders.rules.conflict import Conflict

ResultT = TypeVar("ResultT")

ATTEMPTS = 5


def own_event(runtime: Runtime, data: EventData, key: str) -> Received:
    """Return a body as the event of this service that it will be on the broker.

    Raises:
        ContractError: when the body breaks the contract.
    """
    service, now = runtime.service.name, runtime.clock.now()
    event_id = f"{service}-{uuid4().hex}"
    value = encode(
        new_event(data, id=event_id, occurred_at=now, key=key, producer=service, trace=current_traceparent())
    )
    event = decode(value)
    record = Record(
        topic=data.TOPIC,
        rank=0,
        partition=partition_of(key.encode(), runtime.settings.partitions),
        offset=-1,
        key=key.encode(),
        value=value,
        headers=(),
        timestamp_ms=int(event.occurred_at.timestamp() * 1000),
        time=event.occurred_at.timestamp(),
        event=event,
        error=None,
    )
    return Received(event, record, event_key(service, event_id), business_day(now, runtime.settings.zone))


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


async def carry_out(runtime: Runtime, unit: UnitOfWork, data: EventData, key: str) -> bool:
    """Apply an event of our own and publish it; False: the book knew it already, and nothing is published.

    Its receipt is written too, so that our consumer drops it when it comes back.

    Raises:
        Problem: 409 when it contradicts what the book knows under the same number, 422 when it breaks the contract.
    """
    try:
        received = own_event(runtime, data, key)
        book = await store.load(unit.connection, [received])
        HANDLERS[received.event.type](book, received)
    except ContractError as error:
        raise _problem(error) from error
    if not book.has_news:
        return False
    await store.save(unit, book)
    await ReceiptTable().write(unit.connection, [received])
    unit.publish_all(outbox_rows(runtime, received))
    return True


def _problem(error: ContractError) -> Problem:
    """Return the answer to a refusal: callers know the fields of the event's body as those of their request."""
    status = 409 if isinstance(error, Conflict) else 422
    return Problem(status, error.reason, errors=[(error.field.removeprefix("data."), error.reason)])


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
