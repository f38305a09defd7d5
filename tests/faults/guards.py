"""Scenarios that a guard holds together, and how to take that guard away.

Each scenario returns what is wrong in sentences. With its guard nothing is; without it something must be, or the
scenario could not tell. Guards are taken away by patching, never by a switch in the product.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from contracts.codec import decode, encode, new_event
from contracts.events.orders import OrderPlaced
from contracts.events.terms import TermsSet
from contracts.topics import partition_of
from services.credit import store
from services.credit.processor import CreditProcessor
from services.credit.store import load
from services.kit.batch import BatchApplier
from services.kit.database import Connection, Database
from services.kit.offsets import _CLAIM, Claim, claim
from services.kit.outbox import OutboxRow, Publisher
from services.kit.records import Received, Record, event_key
from tests.kit.lab import Lab, Memo, applier_of, customer_on, placed
from tests.kit.records import begin, record

ALICE = customer_on(0)
ROOM = 3


async def zombie(lab: Lab) -> list[str]:
    """A process that lost its partition applies what it still holds, after the new owner went on."""
    await begin(lab)
    database = await lab.database()
    try:
        batch = [record("orders", n, placed(f"e{n}", ALICE, n), ALICE.encode()) for n in range(8)]
        await applier_of(lab, database, Memo("old")).apply(batch[:4])
        await applier_of(lab, database, Memo("new")).apply(batch[4:])
        await applier_of(lab, database, Memo("zombie")).apply(batch[2:6])
    finally:
        await database.close()
    stored = await lab.fetch(
        "SELECT next_offset FROM consumer_offsets WHERE topic = 'orders' AND partition = 0"
    )
    wrong = (
        []
        if stored[0]["next_offset"] == 8
        else [f"the stored offset went back to {stored[0]['next_offset']}"]
    )
    return wrong + _applied_once(await lab.applied(), 8)


async def repeated(lab: Lab) -> list[str]:
    """A producer sends each event twice."""
    await begin(lab)
    database = await lab.database()
    try:
        applier = applier_of(lab, database, Memo())
        for offset in range(0, 8, 2):
            value = placed(f"e{offset // 2}", ALICE, offset)
            await applier.apply([record("orders", offset + n, value, ALICE.encode()) for n in range(2)])
    finally:
        await database.close()
    return _applied_once(await lab.applied(), 4)


def _applied_once(applied: list[str], count: int) -> list[str]:
    expected = [f"e{n}" for n in range(count)]
    return [] if applied == expected else [f"applied {applied}"]


async def crash_after_commit(lab: Lab) -> list[str]:
    """A process ends between its commit and the publishing; another one starts."""
    database = await lab.database()
    try:
        async with database.unit_of_work() as unit:
            unit.publish(OutboxRow("credit", ALICE.encode(), "decision", b"{}"))
        from tests.kit.test_outbox import on_broker, publishing

        async with publishing(lab) as (_, publisher):
            await publisher.sweep()
        found = await on_broker(lab)
    finally:
        await database.close()
    return [] if found == ["decision"] else [f"published: {found}"]


async def two_writers(dsn: str) -> list[str]:
    """Two processes decide on orders of one customer at the same moment; there is room for three."""
    partition = partition_of(b"C-1", 1)
    databases = [await Database.open(dsn, "credit", 2) for _ in range(2)]
    processors = [CreditProcessor(store.Ledger(lambda _: partition, "CNY")) for _ in databases]
    failures: list[str] = []

    async def apply(number: int, *events: Received) -> None:
        try:
            async with databases[number].unit_of_work() as unit:
                await processors[number].apply(unit, events)
            processors[number].committed(events)
        except asyncpg.PostgresError as error:
            processors[number].rolled_back()
            failures.append(f"an order was not decided: {error}")

    try:
        await apply(
            0, _received(TermsSet(customer_id="C-1", currency="CNY", term_days=30, limit="30.00"), "t")
        )
        orders = [
            _received(
                OrderPlaced(order_id=f"O{n}", customer_id="C-1", currency="CNY", amount="10.00", lines=[]),
                f"o{n}",
            )
            for n in range(20)
        ]
        for pair in zip(orders[::2], orders[1::2], strict=True):
            await asyncio.gather(*(apply(number, order) for number, order in enumerate(pair)))
        count = "SELECT count(*) FROM credit.orders WHERE status = 'approved'"
        approved = await databases[0].pool.fetchval(count)
        decided = await databases[0].pool.fetchval("SELECT count(*) FROM credit.orders WHERE version > 0")
    finally:
        await asyncio.gather(*(database.close() for database in databases))
    failures += [] if approved == ROOM else [f"{approved} approved, there was room for {ROOM}"]
    return failures + ([] if decided == len(orders) else [f"{decided} of {len(orders)} decided"])


def _received(data: Any, event_id: str) -> Received:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    value = encode(new_event(data, id=event_id, occurred_at=at, key="C-1", producer="pos"))
    event = decode(value)
    place = Record(data.TOPIC, 0, 0, 0, b"C-1", value, (), 0, at.timestamp(), event, None)
    return Received(event, place, event_key("pos", event_id), date(2026, 3, 2))


def without_fence(patch: pytest.MonkeyPatch) -> None:
    async def all_fresh(connection: Connection, log_id: str, records: Sequence[Record]) -> Claim:
        claimed = await claim(connection, log_id, records)
        return Claim(list(records), 0, claimed.days)

    patch.setattr(
        "services.kit.offsets._CLAIM",
        _CLAIM.replace("greatest(l.next_offset, n.next_offset)", "n.next_offset"),
    )
    patch.setattr("services.kit.batch.claim", all_fresh)


def without_receipts(patch: pytest.MonkeyPatch) -> None:
    async def all_new(
        self: object, _connection: object, candidates: list[Received], _letters: object
    ) -> list[Received]:
        return candidates

    async def write_nothing(*_: object) -> None:
        return None

    patch.setattr(BatchApplier, "_unseen", all_new)
    patch.setattr("services.kit.receipts.ReceiptTable.write", write_nothing)


def without_sweep(patch: pytest.MonkeyPatch) -> None:
    async def nothing(_self: Publisher, _older_than_s: float = 0.0) -> int:
        return 0

    patch.setattr(Publisher, "sweep", nothing)


def without_row_locks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("services.credit.store.load._LOCK", load._LOCK.replace("FOR UPDATE", ""))


@dataclass(frozen=True)
class Guard:
    """A guard, how to take it away, and the scenario that needs it."""

    name: str
    remove: Callable[[pytest.MonkeyPatch], None]
    scenario: Callable[[Lab], Awaitable[list[str]]] | None = None
    on_credit: Callable[[str], Awaitable[list[str]]] | None = None


GUARDS = (
    Guard("the offset fence", without_fence, zombie),
    Guard("the receipts", without_receipts, repeated),
    Guard("the sweep", without_sweep, crash_after_commit),
    Guard("FOR UPDATE on accounts", without_row_locks, on_credit=two_writers),
)
