"""The order book in a real PostgreSQL: what a batch leaves behind, and what several transactions do to each other."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts.codec import decode
from services.kit.database import Database, UnitOfWork
from services.kit.migrate import schema_differences
from services.kit.receipts import ReceiptTable
from services.kit.records import Received, Refused
from services.orders.handlers import HANDLERS
from services.orders.processor import OrderProcessor
from services.orders.store.save import DECISION_CHANNEL
from services.orders.tables import metadata
from services.orders.verify import verify
from tests.services.events import body, make, received
from tests.services.orders.test_rules import EVERYTHING, PLACED
from tests.services.stores import content_of, contents, examples_of, type_of

CONSUMED = examples_of(HANDLERS)
LINES: dict[str, Any] = {
    "lines": [
        {"product_id": "P-1", "quantity": "1.5", "unit_price": "0.0125", "amount": "0.02"},
        {"product_id": "P-2", "quantity": "3", "unit_price": "33.3", "amount": "99.98"},
    ]
}


async def apply(database: Database, events: Sequence[Received]) -> list[Refused]:
    async with database.unit_of_work() as unit:
        return await OrderProcessor().apply(unit, events)


async def row(database: Database, order_id: str = "O-1") -> asyncpg.Record:
    found = await database.pool.fetchrow("SELECT * FROM orders WHERE order_id = $1", order_id)
    assert found is not None
    return found


async def test_the_tables_are_what_the_code_says(orders_dsn: str) -> None:
    assert await schema_differences(orders_dsn, "orders", metadata) == []


@pytest.mark.parametrize("path", CONSUMED, ids=lambda path: path.stem)
async def test_every_example_goes_through_its_handler(database: Database, path: Path) -> None:
    example = received(decode(content_of(path)))
    assert await apply(database, [example]) == []
    once = await contents(database, metadata)
    assert sum(len(rows) for rows in once.values()) > 0
    order_id = json.loads(content_of(path))["data"].get("order_id")
    assert [r["order_id"] for r in await database.pool.fetch("SELECT order_id FROM orders")] == [
        order_id
    ] * bool(order_id)
    # Without its receipt the event comes again: nothing changes.
    assert await apply(database, [example]) == []
    assert await contents(database, metadata) == once


async def test_every_type_has_an_example() -> None:
    assert {type_of(path) for path in CONSUMED} == set(HANDLERS)


async def test_a_batch_equals_its_events_one_by_one(database: Database) -> None:
    with_lines = [
        make(body("order.placed", order_id="O-2", **LINES), 1),
        make(body("order.amended", order_id="O-2", **LINES), 2),
        make(body("order.invoiced", order_id="O-2", invoice_id="I-9", **LINES), 3),
        make(body("order.returned", order_id="O-2", return_id="R-9", **LINES), 4),
        make(body("product.created", unit_cost="0.0125", list_price="1.5"), 1),
        make(body("product.changed", revision=2, unit_cost="0.013"), 2),
    ]
    events = [*EVERYTHING, *with_lines]
    assert await apply(database, events) == []
    together = await contents(database, metadata)
    await database.pool.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    for event in reversed(events):
        assert await apply(database, [event]) == []
    assert await contents(database, metadata) == together


async def test_what_is_stored_of_an_order(database: Database) -> None:
    await apply(database, [make(body("order.placed", salesperson_id="S-7", **LINES), event_id="pos-1")])
    order = await row(database)
    assert (order["status"], order["amount_minor"], order["salesperson_id"]) == ("placed", 10000, "S-7")
    assert (order["placed_event_id"], order["placed_by"], order["revision"]) == ("pos-1", "pos", 0)
    lines = await database.pool.fetch("SELECT * FROM order_lines ORDER BY line")
    assert [(line["quantity_milli"], str(line["unit_price"]), line["amount_minor"]) for line in lines] == [
        (1500, "0.0125", 2),
        (3000, "33.3000", 9998),
    ]


async def test_a_refused_event_leaves_the_rest_of_its_batch_unharmed(database: Database) -> None:
    impostor = make(body("order.placed", amount="1.00"), 2)
    stranger = make(body("order.placed", order_id="O-2", customer_id="C-2"), 3)
    refused = await apply(database, [PLACED, impostor, stranger, make(body("credit.order_approved"), 4)])
    assert [(r.received, r.error.field) for r in refused] == [(impostor, "data.order_id")]
    assert (await row(database))["status"] == "approved"
    assert (await row(database, "O-2"))["customer_id"] == "C-2"
    assert len(await apply(database, [impostor])) == 1


async def test_two_transactions_that_write_the_same_order_at_once_are_serial(database: Database) -> None:
    processor = OrderProcessor()

    async def once(data: Any) -> list[Refused]:
        async with database.unit_of_work() as unit:
            refused = await processor.apply(unit, [data])
            await asyncio.sleep(0.05)
            return refused

    async def attempt(data: Any) -> list[Refused]:
        return await database.retrying("placing", lambda: once(data), 10)

    bodies = [make(body("order.placed", amount=f"{n}.00"), n) for n in range(1, 4)]
    results = await asyncio.gather(*(attempt(data) for data in bodies))
    assert sorted(len(refused) for refused in results) == [0, 1, 1]
    assert await database.pool.fetchval("SELECT count(*) FROM order_revisions") == 1


async def test_replicas_that_get_the_same_product_at_once_apply_it_once(database: Database) -> None:
    product = make(body("product.created", unit_cost="1.5"))
    receipts = ReceiptTable()
    applied = 0

    async def once() -> None:
        nonlocal applied
        async with database.unit_of_work() as unit:
            if product.key in await receipts.known(unit.connection, [product.key]):
                return
            await asyncio.sleep(0.02)
            await OrderProcessor().apply(unit, [product])
            await receipts.write(unit.connection, [product])
        applied += 1

    await asyncio.gather(*(database.retrying("a product", once, 10) for _ in range(4)))
    assert applied == 1
    assert await database.pool.fetchval("SELECT count(*) FROM product_entries") == 1


async def test_verify_finds_what_does_not_follow_from_the_documents(database: Database) -> None:
    await apply(database, [*EVERYTHING, make(body("product.created", unit_cost="1.5"))])
    assert (await verify(database)).holds
    await database.pool.execute(
        """UPDATE orders SET shipped_minor = shipped_minor + 1, amount_minor = amount_minor + 1, status = 'rejected',
                  decision_version = decision_version + 1, customer_id = 'C-?'"""
    )
    await database.pool.execute("UPDATE products SET unit_cost = 7")
    assert all((await verify(database)).values())


async def test_decisions_are_announced_with_the_commit_in_few_notifications(database: Database) -> None:
    heard: list[str] = []
    connection = await asyncpg.connect(**(await _address(database)))
    await connection.add_listener(DECISION_CHANNEL, lambda *args: heard.append(str(args[3])))
    try:
        ids = [f"O-{number:04}" for number in range(2_000)]
        events = [make(body("credit.order_approved", order_id=order_id)) for order_id in ids]
        async with database.unit_of_work() as unit:
            await _applied(unit, [*events, PLACED])
            await connection.execute("SELECT 1")
            assert heard == []
        await connection.execute("SELECT 1")
        assert " ".join(heard).split(" ") == ids
        assert len(heard) == 2
    finally:
        await connection.close()


async def _applied(unit: UnitOfWork, events: list[Received]) -> None:
    assert await OrderProcessor().apply(unit, events) == []


async def _address(database: Database) -> dict[str, Any]:
    url = database.engine.url
    return {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "database": url.database,
    }
