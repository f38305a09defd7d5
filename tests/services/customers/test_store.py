"""The archive in a real PostgreSQL: what a batch leaves behind, and what several transactions do to each other."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.codec import decode
from services.customers import store
from services.customers.handlers import HANDLERS
from services.customers.tables import metadata
from services.customers.verify import BELONGING, BLACKLIST, CARD, CONTACTS, verify
from services.kit.database import Database
from services.kit.migrate import schema_differences
from services.kit.processor import TableProcessor
from services.kit.records import Received, Refused
from tests.services.customers.test_rules import ASSIGNED, BLACKLISTED, CREATED, EVERYTHING, EXPOSED, HELD
from tests.services.events import body, make, received
from tests.services.stores import content_of, contents, examples_of, type_of

CONSUMED = examples_of(HANDLERS)
PROCESSOR = TableProcessor(HANDLERS, store.load, store.save)


async def apply(database: Database, events: Sequence[Received]) -> list[Refused]:
    async with database.unit_of_work() as unit:
        return await PROCESSOR.apply(unit, events)


async def test_the_tables_are_what_the_code_says(customers_dsn: str) -> None:
    assert await schema_differences(customers_dsn, "customers", metadata) == []


@pytest.mark.parametrize("path", CONSUMED, ids=lambda path: path.stem)
async def test_every_example_goes_through_its_handler(database: Database, path: Path) -> None:
    example = received(decode(content_of(path)))
    assert await apply(database, [example]) == []
    once = await contents(database, metadata)
    if hasattr(example.event.data, "customer_id") and not example.event.type.startswith("prospect."):
        assert [row[0] for row in once["customers"]] == [example.event.key]
    # Without its receipt the event comes again: only decisions, which have no number here, are counted again.
    assert await apply(database, [example]) == []
    if not example.event.type.startswith("credit.order_"):
        assert await contents(database, metadata) == once


async def test_every_type_has_an_example() -> None:
    assert {type_of(path) for path in CONSUMED} == set(HANDLERS)


async def test_a_batch_equals_its_events_one_by_one(database: Database) -> None:
    other = [
        make(body(e.event.type, **_fields(e), customer_id="C-2"), 30 + n) for n, e in enumerate(EVERYTHING)
    ]
    events = [*EVERYTHING, *other]
    assert await apply(database, events) == []
    together = await contents(database, metadata)
    await database.pool.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    for event in reversed(events):
        assert await apply(database, [event]) == []
    assert await contents(database, metadata) == together


def _fields(event: Received) -> dict[str, Any]:
    data = event.event.data
    return {
        n: getattr(data, n) for n in data.__struct_fields__ if n not in ("contacts", "customer_id", "reasons")
    }


async def test_contacts_and_tags_follow_the_card(database: Database) -> None:
    people = [{"name": "王芳", "role": "采购"}, {"name": "Li Lei", "email": "li@example.com"}]
    await apply(database, [make(body("customer.created", tags=["VIP", "new"], contacts=people), 1)])
    assert await _contacts(database) == ["王芳", "Li Lei"]
    await apply(database, [make(body("customer.changed", revision=3, contacts=people[1:]), 2)])
    await apply(database, [make(body("customer.changed", revision=2, tags=["late"], contacts=people), 3)])
    assert await _contacts(database) == ["Li Lei"]
    assert await database.pool.fetchval("SELECT tags FROM customers") == []
    bodies = await database.pool.fetch("SELECT body ->> 'tags' AS tags FROM cards ORDER BY revision")
    assert [row["tags"] for row in bodies] == ['["VIP", "new"]', '["late"]', "[]"]


async def _contacts(database: Database) -> list[str]:
    return [row["name"] for row in await database.pool.fetch("SELECT name FROM contacts ORDER BY position")]


async def test_a_refused_event_leaves_the_rest_of_its_batch_unharmed(database: Database) -> None:
    impostor = make(body("customer.created", name="Another"), 2)
    refused = await apply(database, [CREATED, impostor, ASSIGNED, BLACKLISTED])
    assert [(r.received, r.error.field) for r in refused] == [(impostor, "data.customer_id")]
    row = await database.pool.fetchrow("SELECT * FROM customers")
    assert row is not None
    assert (row["name"], row["blacklisted"]) == ("Blue Door Shop", True)


async def test_standings_of_customers_that_have_one_do_not_touch_their_cards(database: Database) -> None:
    await apply(database, [CREATED, EXPOSED])
    before = await database.pool.fetchval("SELECT xmin::text FROM customers")
    await apply(database, [HELD, make(body("credit.exposure_changed", journal_seq=9), 9)])
    assert await database.pool.fetchval("SELECT xmin::text FROM customers") == before
    row = await database.pool.fetchrow("SELECT journal_seq, held, exposure_minor FROM standings")
    assert row is not None
    assert tuple(row) == (9, 1, 14000)


async def test_verify_finds_what_does_not_follow_from_the_cards(database: Database) -> None:
    await apply(database, EVERYTHING)
    assert (await verify(database)).holds
    await database.pool.execute("UPDATE customers SET region = 'nowhere', blacklisted = NOT blacklisted")
    await database.pool.execute(
        "INSERT INTO contacts VALUES ('C-1', 9, '', '', '', ''), ('C-?', 0, '', '', '', '')"
    )
    report = await verify(database)
    assert all(report[invariant] for invariant in (CARD, CONTACTS, BLACKLIST, BELONGING))


async def test_transactions_that_meet_a_new_customer_at_once_are_serial(database: Database) -> None:
    async def once(event: Received) -> list[Refused]:
        async with database.unit_of_work() as unit:
            refused = await PROCESSOR.apply(unit, [event])
            await asyncio.sleep(0.05)
            return refused

    events = [CREATED, HELD, make(body("customer.created", name="Another"), 2), EXPOSED]
    attempts = (database.retrying("a customer", lambda event=event: once(event), 10) for event in events)  # type: ignore[misc]
    results = await asyncio.gather(*attempts)
    assert sum(len(refused) for refused in results) == 1
    row = await database.pool.fetchrow("SELECT journal_seq, held FROM standings")
    assert row is not None
    assert tuple(row) == (1, 1)
    assert await database.pool.fetchval("SELECT count(*) FROM cards") == 1
