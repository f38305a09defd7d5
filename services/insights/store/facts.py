"""Adding changes to the facts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Table

from services.insights import tables
from services.insights.rules.facts import Changes, MonthKey, MonthNumbers, ProductKey
from services.insights.store.sql import FactKey, accumulate, accumulation, delete_zeros, unnested
from services.kit.database import Connection

KeyT = TypeVar("KeyT", bound=FactKey)

# Adds to the facts per product and tells by how many products each customer's month grew or shrank. "known" sees the
# rows as they were before this statement.
_PRODUCTS = f"""
WITH n AS (
    SELECT * FROM {unnested(tables.product_months)}
), known AS (
    SELECT p.customer_id, p.month, p.currency, p.product_id, p.orders
    FROM n JOIN product_months AS p USING (customer_id, month, currency, product_id)
), added AS (
    {accumulation(tables.product_months)} RETURNING customer_id, month, currency, product_id, orders
)
SELECT customer_id, month, currency,
       sum((added.orders > 0)::int - (coalesce(known.orders, 0) > 0)::int)::int AS change
FROM added LEFT JOIN known USING (customer_id, month, currency, product_id)
GROUP BY customer_id, month, currency
HAVING sum((added.orders > 0)::int - (coalesce(known.orders, 0) > 0)::int) <> 0
"""  # noqa: S608

_TRADE_DAYS = """
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
    for key, change in await _write_products(connection, changes.products):
        months.setdefault(key, [0] * (len(MonthNumbers._fields) + 1))[-1] = change
    await _write(connection, tables.salesperson_months, changes.sales)
    await _write(connection, tables.customer_months, months)


async def write_trade_days(connection: Connection, customer_ids: Collection[str]) -> None:
    """Note the first and last order day and the last payment day of customers."""
    if customer_ids:
        await connection.execute(_TRADE_DAYS, sorted(customer_ids))


async def _write_products(
    connection: Connection, changes: Mapping[ProductKey, Sequence[int]]
) -> list[tuple[MonthKey, int]]:
    moved = {key: numbers for key, numbers in changes.items() if any(numbers)}
    if not moved:
        return []
    arrays = zip(*((*key, *numbers) for key, numbers in moved.items()), strict=True)
    rows = await connection.fetch(_PRODUCTS, *arrays)
    await delete_zeros(connection, tables.product_months, _shrunk(moved.items()))
    return [(MonthKey(*row[:3]), row[3]) for row in rows]


async def _write(connection: Connection, table: Table, changes: Mapping[KeyT, Sequence[int]]) -> None:
    moved = {key: numbers for key, numbers in changes.items() if any(numbers)}
    await accumulate(connection, table, list(moved.items()))
    await delete_zeros(connection, table, _shrunk(moved.items()))


def _shrunk(changes: Iterable[tuple[FactKey, Sequence[int]]]) -> list[FactKey]:
    return [key for key, numbers in changes if min(numbers) < 0]
