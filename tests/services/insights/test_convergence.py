"""Any order of arrival, any duplicates and any batches give the same facts, and those are what an oracle says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings

from contracts.envelope import Event
from services.insights.deriving import Deriver
from services.insights.rules.facts import MonthNumbers, ProductNumbers
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.events import START
from tests.services.insights.histories import LENGTH_DAYS, History, histories
from tests.services.insights.oracle import Facts, nonzero
from tests.services.insights.oracle import History as Oracle
from tests.services.insights.processing import ZONE, Processing, empty

# Everything but what tells in which order things arrived.
STATE = (
    "customers",
    "customer_owners",
    "products",
    "product_costs",
    "receivables",
    "orders",
    "returns",
    "invoices",
    "payments",
    "lines",
    "customer_months",
    "salesperson_months",
    "product_months",
    "customer_values",
    "customer_stages",
    "stopped_products",
)


async def state(processing: Processing) -> dict[str, Any]:
    return {table: await processing.rows(table) for table in STATE}


async def process(
    database: Database, batches: Sequence[Sequence[Event[Any]]], *, derive_each: bool = False
) -> Processing:
    """Apply batches on the last day of the histories; derive after each, or once after all of them."""
    await empty(database)
    processing = await Processing.on(database)
    last_day = (START + timedelta(days=LENGTH_DAYS)).date()
    await database.pool.execute("INSERT INTO partition_days (partition, day) VALUES (0, $1)", last_day)
    deriver = Deriver(database)
    for batch in batches:
        await processing.apply(*batch)
        if derive_each:
            await deriver.catch_up()
    await deriver.catch_up()
    return processing


async def stored(processing: Processing, table: str, numbers: Sequence[str], *key: str) -> Facts:
    rows = await processing.rows(table, "customer_id = 'C-1'")
    return {tuple(row[name] for name in key): {name: row[name] for name in numbers} for row in rows}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(history=histories())
async def test_any_order_and_batches_give_the_same_facts(database: Database, history: History) -> None:
    shuffled = await process(database, history.batches, derive_each=True)
    assert (await verify(database)).problems == []
    after_shuffling = await state(shuffled)
    numbers = (*MonthNumbers._fields, "distinct_products")
    oracle = Oracle(history.in_order, "C-1", ZONE)
    months = await stored(shuffled, "customer_months", numbers, "month", "currency")
    assert nonzero(months) == nonzero(oracle.months)
    split = ("month", "currency", "owner_id", "seller_id")
    sales = await stored(shuffled, "salesperson_months", MonthNumbers._fields, *split)
    assert nonzero(sales) == nonzero(oracle.sales)
    key = ("month", "currency", "product_id")
    products = await stored(shuffled, "product_months", ProductNumbers._fields, *key)
    assert nonzero(products) == nonzero(oracle.products)
    for customer in await shuffled.rows("customers", "customer_id = 'C-1'"):
        assert customer["first_order_day"] == min(oracle.order_days, default=None)
        assert customer["last_order_day"] == max(oracle.order_days, default=None)
        assert customer["last_payment_day"] == max(oracle.payment_days, default=None)

    one_by_one = await process(database, [[event] for event in history.in_order])
    in_order = await state(one_by_one)
    for table in STATE:
        assert in_order[table] == after_shuffling[table]
