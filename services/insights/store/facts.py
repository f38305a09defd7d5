"""Adding changes to the facts."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Table

from services.insights import tables
from services.insights.rules.facts import Changes, MonthKey, MonthNumbers, ProductKey
from services.insights.store.product_margins import mark_product_months
from services.insights.store.sql import FactKey, accumulate, accumulation, delete_zeros, unnested
from services.kit.database import Connection

KeyT = TypeVar("KeyT", bound=FactKey)

_PRODUCTS = f"""
WITH n AS (SELECT * FROM {unnested(tables.product_months)})
{accumulation(tables.product_months)} RETURNING customer_id, month, currency, product_id, orders
"""  # noqa: S608

# Whoever is to be derived anew is noted by the same statement.
_TRADE_DAYS = """
WITH stale AS (
    INSERT INTO stale_customers (customer_id) SELECT * FROM unnest($2::text[])
)
UPDATE customers AS c
SET first_order_day = t.first_order, last_order_day = t.last_order, last_payment_day = t.last_payment
FROM (
    SELECT k.customer_id,
           (SELECT min(o.placed_day) FROM orders AS o
            WHERE o.customer_id = k.customer_id AND o.counts_as = 'order') AS first_order,
           (SELECT max(o.placed_day) FROM orders AS o
            WHERE o.customer_id = k.customer_id AND o.counts_as = 'order') AS last_order,
           (SELECT max(p.received_day) FROM payments AS p
            WHERE p.customer_id = k.customer_id AND p.reversed_at IS NULL) AS last_payment
    FROM unnest($1::text[]) AS k (customer_id)
) AS t
WHERE c.customer_id = t.customer_id
  AND (c.first_order_day, c.last_order_day, c.last_payment_day)
      IS DISTINCT FROM (t.first_order, t.last_order, t.last_payment)
"""


async def write_facts(connection: Connection, changes: Changes) -> None:
    """Add the changes of a batch to the facts."""
    months = {key: [*numbers, 0] for key, numbers in changes.months().items()}
    nothing = [0] * (len(MonthNumbers._fields) + 1)
    for key, change in (await _write_products(connection, changes.products)).items():
        months.setdefault(key, list(nothing))[-1] = change
    await _write(connection, tables.salesperson_months, changes.sales)
    await _write(connection, tables.customer_months, months)


async def write_trade_days(
    connection: Connection, customer_ids: Collection[str], changed: Collection[str]
) -> None:
    """Note the first and last order day and the last payment day of customers.

    Args:
        changed: everybody of whom anything has changed: what is derived of them is behind from here on.
    """
    if customer_ids or changed:
        await connection.execute(_TRADE_DAYS, sorted(customer_ids), sorted(changed))


async def _write_products(
    connection: Connection, changes: Mapping[ProductKey, Sequence[int]]
) -> Counter[MonthKey]:
    """Add to the facts per product; return by how many products each customer's month grew or shrank."""
    moved = {key: numbers for key, numbers in changes.items() if any(numbers)}
    distinct: Counter[MonthKey] = Counter()
    if not moved:
        return distinct
    await mark_product_months(connection, {(key.currency, key.month) for key in moved})
    arrays = zip(*((*key, *numbers) for key, numbers in moved.items()), strict=True)
    for *key, orders in await connection.fetch(_PRODUCTS, *arrays):
        orders_before = orders - moved[ProductKey(*key)][0]
        if (orders > 0) != (orders_before > 0):
            distinct[MonthKey(*key[:3])] += 1 if orders > 0 else -1
    await delete_zeros(connection, tables.product_months, _shrunk(moved.items()))
    return distinct


async def _write(connection: Connection, table: Table, changes: Mapping[KeyT, Sequence[int]]) -> None:
    moved = {key: numbers for key, numbers in changes.items() if any(numbers)}
    await accumulate(connection, table, list(moved.items()))
    await delete_zeros(connection, table, _shrunk(moved.items()))


def _shrunk(changes: Iterable[tuple[FactKey, Sequence[int]]]) -> list[FactKey]:
    return [key for key, numbers in changes if min(numbers) < 0]
