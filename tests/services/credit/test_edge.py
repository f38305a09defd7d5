"""With room for k orders, any number of orders at once approves exactly k."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from services.credit.processor import JournalReceipts, fold
from services.credit.store import Ledger, save
from services.credit.verify import verify
from services.kit.database import Database
from services.kit.records import Received, Record
from tests.services.credit import edge
from tests.services.credit.events import event, partition, received
from tests.services.credit.live import Live, numbered

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("room", edge.ROOMS)
async def test_in_one_batch(database: Database, room: int) -> None:
    await Live(database).apply_events(edge.terms(room), *edge.orders())
    assert await edge.approved(database) == [f"O-{n}" for n in range(room)]


@pytest.mark.parametrize("room", edge.ROOMS)
async def test_two_owners_of_the_partition_and_callers_of_the_api_at_once(
    database: Database, room: int
) -> None:
    replicas = [Live(database), Live(database)]
    await replicas[0].apply_events(edge.terms(room))
    records = await numbered(database, edge.orders(0, 700))
    outcomes = await asyncio.gather(
        *(_consume(live, records, seed) for seed, live in enumerate(replicas)),
        *(_call(database, received(order)) for order in edge.orders(700)),
    )
    assert sum(outcomes) == edge.ORDERS
    assert len(await edge.approved(database)) == room


@pytest.mark.parametrize("room", edge.ROOMS)
async def test_two_processes_at_once(database: Database, credit_dsn: str, room: int) -> None:
    live = Live(database)
    await live.apply_events(edge.terms(room))
    await numbered(database, edge.orders())
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.services.credit.replica", credit_dsn, str(seed), cwd=ROOT
        )
        for seed in range(2)
    ]
    assert [await process.wait() for process in processes] == [0, 0]
    assert await edge.approved(database) == [f"O-{n}" for n in range(room)]


async def test_room_that_appears_is_given_once(database: Database) -> None:
    """Three new limits at once release no more than there is room for."""
    replicas = [Live(database), Live(database)]
    await replicas[0].apply_events(edge.terms(0), *edge.orders())
    rooms = [received(edge.terms(room)) for room in (3, 5, 4)]
    await asyncio.gather(*(_call(database, one) for one in rooms))
    approved = await edge.approved(database)
    assert approved == [f"O-{n}" for n in range(len(approved))]
    assert 3 <= len(approved) <= 5


async def test_payments_against_orders_give_each_room_once(database: Database) -> None:
    """Every payment makes room for one order, whichever of the two comes first."""
    replicas = [Live(database), Live(database)]
    await replicas[0].apply_events(
        edge.terms(5), event("order.invoiced", 0, order_id=None, amount="500.00", term_days=90)
    )
    payments = [event("payment.received", 2, payment_id=f"P-{n}", amount="100.00") for n in range(5)]
    mixed = [one for pair in zip(edge.orders(0, 5), payments, strict=True) for one in pair]
    records = await numbered(database, edge.orders(5, edge.ORDERS - 40))
    await asyncio.gather(
        *(_consume(live, records, seed) for seed, live in enumerate(replicas)),
        *(_call(database, received(one)) for one in [*mixed, *edge.orders(edge.ORDERS - 40)]),
    )
    assert len(await edge.approved(database)) == 5


@pytest.mark.parametrize(
    "against", ["terms.order_release_ruled", "terms.order_rejection_ruled", "order.cancelled"]
)
async def test_a_release_against_another_ruling_or_a_cancellation_has_one_outcome(
    database: Database, against: str
) -> None:
    orders = [event("order.placed", 1, order_id=f"O-{n}") for n in range(40)]
    await Live(database).apply_events(edge.terms(0), *orders)
    both = [
        event(type_, 2, order_id=order.data.order_id)  # type: ignore[attr-defined]
        for order in orders
        for type_ in ("terms.order_release_ruled", against)
    ]
    accepted = await asyncio.gather(*(_try(database, received(one)) for one in both))
    assert [str(problem) for problem in (await verify(database)).problems] == []
    pairs = list(zip(accepted[::2], accepted[1::2], strict=True))
    statuses = {
        row["order_id"]: (row["status"], row["version"])
        for row in await database.pool.fetch("SELECT order_id, status, version FROM orders")
    }
    for order, pair in zip(orders, pairs, strict=True):
        status, version = statuses[order.data.order_id]  # type: ignore[attr-defined]
        if against == "order.cancelled":
            # A cancellation always counts; a release only while the order is still held.
            assert (pair[1], status, version) == (True, "cancelled", 1 + pair[0])
        else:
            assert sum(pair) == 1
            released = pair[0] or against == "terms.order_release_ruled"
            assert (status, version) == ("approved" if released else "rejected", 2)
    exposure = await database.pool.fetchval("SELECT open_orders FROM accounts")
    assert exposure == 10_000 * sum(status == "approved" for status, _ in statuses.values())
    assert await database.pool.fetchval("SELECT count(*) FROM cases") == 0


async def _try(database: Database, one: Received) -> bool:
    """Apply an event as the API does; False: it was refused."""
    async with database.unit_of_work() as unit:
        working = await Ledger(partition, "CNY").load(unit.connection, [one])
        refused = fold(working, [one])
        await save(unit, working)
    return not refused


async def _consume(live: Live, records: Sequence[Record], seed: int) -> int:
    """Apply all records in batches, as a new owner does while the old one is still at it."""
    chance = Random(seed)
    applied, rest = 0, list(records)
    while rest:
        size = chance.choice((1, 3, 30, 100))
        applied += (await live.apply(rest[:size])).applied
        rest = rest[size:]
        await asyncio.sleep(0)
    return applied


async def _call(database: Database, order: Received) -> int:
    """Apply an event as the API does: no offset, a receipt of its own, no memory."""
    async with database.unit_of_work() as unit:
        working = await Ledger(partition, "CNY").load(unit.connection, [order])
        assert fold(working, [order]) == []
        await save(unit, working)
        await JournalReceipts().write(unit.connection, [order])
    return 1
