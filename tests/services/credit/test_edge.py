"""With room for k orders, any number of orders at once approves exactly k."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from services.credit.processor import JournalReceipts, fold
from services.credit.store import Ledger, save
from services.kit.database import Database
from services.kit.records import Received, Record
from tests.services.credit import edge
from tests.services.credit.events import partition, received
from tests.services.credit.live import Live, numbered

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("room", [0, 1, 7])
async def test_in_one_batch(database: Database, room: int) -> None:
    await Live(database).apply_events(edge.terms(room), *edge.orders())
    assert await edge.approved(database) == [f"O-{n}" for n in range(room)]


@pytest.mark.parametrize("room", [0, 1, 7])
async def test_two_owners_of_the_partition_and_callers_of_the_api_at_once(
    database: Database, room: int
) -> None:
    replicas = [Live(database), Live(database)]
    await replicas[0].apply_events(edge.terms(room))
    records = await numbered(database, edge.orders(0, 20))
    outcomes = await asyncio.gather(
        *(_consume(live, records, seed) for seed, live in enumerate(replicas)),
        *(_call(database, received(order)) for order in edge.orders(20)),
    )
    assert sum(outcomes) == edge.ORDERS
    assert len(await edge.approved(database)) == room


@pytest.mark.parametrize("room", [7])
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


async def _consume(live: Live, records: Sequence[Record], seed: int) -> int:
    """Apply all records in batches, as a new owner does while the old one is still at it."""
    chance = Random(seed)
    applied, rest = 0, list(records)
    while rest:
        size = chance.choice((1, 2, 3, 10))
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
