"""Stopped products: by the own rhythm and the day, equal to a walk through the days, and what they were worth."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from services.insights.derivations.derivation import Deriving
from services.insights.derivations.stopped import derive_stopped
from services.insights.deriving import Deriver
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing

START = date(2026, 1, 5)


def on(number: int) -> date:
    return START + timedelta(days=number)


def order(number: int, *products: str, customer: str = "C-1", **fields: Any) -> Any:
    lines = [line(product, "1", "10.00") for product in products]
    body = {"customer_id": customer, "order_id": f"{customer}-{number}", "lines": lines, **fields}
    return event("order.placed", at=number, **body)


async def stopped(processing: Processing, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[n] for n in columns) for row in await processing.rows("stopped_products")]


async def policy(database: Database, **rule: int) -> None:
    await database.pool.execute(
        "INSERT INTO segment_policies (version, body, reason, at) VALUES (1, $1, '', now())",
        json.dumps({"stopped": rule}),
    )


# Tea every ten days, cups once, rice to the end.
HISTORY = [
    order(0, "TEA", "RICE"),
    order(10, "TEA", "CUP"),
    order(20, "TEA", "RICE"),
    order(40, "RICE"),
    order(45, "RICE"),
]


async def test_time_alone_makes_a_product_stopped(processing: Processing, database: Database) -> None:
    await processing.apply(*HISTORY, tick(on(50).isoformat()))
    await Deriver(database).catch_up()
    assert await stopped(processing, "product_id") == []
    async with database.unit_of_work() as unit:
        assert await derive_stopped(Deriving(unit, on(50), ["C-1"])) == {"C-1": on(51)}
    await processing.apply(tick(on(51).isoformat()))
    await Deriver(database).catch_up()
    columns = (
        "product_id",
        "purchases",
        "first_day",
        "last_day",
        "stopped_on",
        "year_minor",
        "ordered_since",
    )
    assert await stopped(processing, *columns) == [("TEA", 3, on(0), on(20), on(51), 3_000, 2)]
    assert (await verify(database)).problems == []


async def test_a_purchase_ends_it_and_its_cancellation_brings_it_back(
    processing: Processing, database: Database
) -> None:
    await processing.apply(*HISTORY, tick(on(51).isoformat()))
    await Deriver(database).catch_up()
    again = order(51, "TEA")
    await processing.apply(again)
    await Deriver(database).catch_up()
    assert await stopped(processing, "product_id") == []
    await processing.apply(event("order.cancelled", at=51.5, order_id="C-1-51"))
    await Deriver(database).catch_up()
    assert await stopped(processing, "product_id") == [("TEA",)]
    assert (await verify(database)).problems == []


async def test_what_leaves_the_window_is_forgotten(processing: Processing, database: Database) -> None:
    await policy(database, window_months=3)
    await processing.apply(*HISTORY, tick("2026-03-31"))
    await Deriver(database).catch_up()
    assert await stopped(processing, "product_id") == [("TEA",)]
    await processing.apply(tick("2026-04-01"))
    await Deriver(database).catch_up()
    assert await stopped(processing, "product_id") == []
    assert (await verify(database)).problems == []


async def test_how_often_and_how_long_is_data(processing: Processing, database: Database) -> None:
    await policy(database, least_purchases=4, gaps=1)
    await processing.apply(*HISTORY, tick(on(61).isoformat()))
    await Deriver(database).catch_up()
    assert await stopped(processing, "product_id", "stopped_on") == [("RICE", on(61))]
    assert (await verify(database)).problems == []


async def test_a_rhythm_is_of_all_currencies_and_what_it_was_worth_of_each(
    processing: Processing, database: Database
) -> None:
    await processing.apply(
        order(0, "TEA", currency="KWD"),
        *(order(number, "TEA") for number in (400, 410)),
        order(420, "TEA", currency="KWD"),
        tick(on(900).isoformat()),
    )
    await policy(database, window_months=60)
    await Deriver(database).catch_up()
    # The purchase of the first day is more than a year before the last one: it tells the rhythm, not the worth.
    assert await stopped(processing, "currency", "purchases", "stopped_on", "year_minor") == [
        ("CNY", 4, on(841), 2_000),
        ("KWD", 4, on(841), 10_000),
    ]
    assert (await verify(database)).problems == []


def walked(days: Sequence[int], today: int) -> int | None:
    """The day on which it stopped, found day by day."""
    for now in range(days[-1], today + 1):
        if len(days) >= 3 and (now - days[-1]) * (len(days) - 1) > 3 * (days[-1] - days[0]):
            return now
    return None


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_arrival_equals_a_walk_through_the_days(
    processing: Processing, database: Database, seed: int
) -> None:
    random = Random(seed)
    bought = {
        (customer, product): sorted(random.sample(range(120), random.randint(1, 9)))
        for customer in ("C-1", "C-2")
        for product in ("TEA", "CUP", "RICE")
    }
    orders = [
        order(
            number,
            *(p for (c, p), days in bought.items() if c == customer and number in days),
            customer=customer,
        )
        for customer in ("C-1", "C-2")
        for number in {n for (c, _), days in bought.items() if c == customer for n in days}
    ]
    for number in (130, 170, 230):
        random.shuffle(orders)
        half = orders[: len(orders) // 2] if number == 130 else orders
        await processing.apply(*half, tick(on(number).isoformat()))
        await Deriver(database).catch_up()
        assert (await verify(database)).problems == []
    found = await stopped(processing, "customer_id", "product_id", "last_day", "stopped_on")
    expected = [
        (*key, on(days[-1]), on(turn))
        for key, days in sorted(bought.items())
        if (turn := walked(days, 230)) is not None
    ]
    assert len(expected) > 1
    assert found == expected


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE stopped_products SET purchases = purchases + 1",
        "UPDATE stopped_products SET stopped_on = stopped_on - 1",
        "UPDATE stopped_products SET year_minor = 0",
        "UPDATE stopped_products SET ordered_since = 0",
        "DELETE FROM stopped_products",
        "INSERT INTO stopped_products SELECT 'C-1', 'CUP', 'CNY', 3, '2026-01-05', '2026-01-06', '2026-01-07', 1, 1",
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str) -> None:
    await processing.apply(*HISTORY, tick(on(51).isoformat()))
    await Deriver(database).catch_up()
    assert (await verify(database)).problems == []
    await database.pool.execute(tampering)
    assert (await verify(database))[INVARIANTS["stopped_products"]]
