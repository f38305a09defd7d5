"""The facts of some customers computed from zero, and where the stored ones differ.

It starts from what was reported (placed, amended, cancelled, decided, invoiced, returned, paid, assigned, cost) and
uses nothing that was derived when the events were applied: neither what an order counts as, nor owners, costs or sums.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from services.insights import tables
from services.insights.rules.facts import MonthNumbers, ProductNumbers
from services.insights.store.sql import names
from services.kit.database import Connection

CUSTOMERS_AT_ONCE = 100


class Difference(NamedTuple):
    """A row that the documents say is missing (``expected``), or one they do not say (``stored``)."""

    table: str
    customer_id: str
    side: str
    row: str


def _owner_on(day: str) -> str:
    return f"""coalesce((SELECT w.salesperson_id FROM customer_owners AS w
        WHERE w.customer_id = d.customer_id AND w.from_day <= {day} ORDER BY w.from_day DESC LIMIT 1), '')
        AS owner_id"""  # noqa: S608


_COST = """
LEFT JOIN LATERAL (
    SELECT round(l.quantity_milli::numeric * p.unit_cost_e4 / p.scale)::bigint AS cost
    FROM product_costs AS p WHERE p.product_id = l.product_id AND p.currency = l.currency
    ORDER BY p.valid_from <= l.sold_at DESC, abs(extract(epoch FROM p.valid_from - l.sold_at)) LIMIT 1
) AS c ON true
"""

DOCUMENTS = f"""
WITH placed AS MATERIALIZED (
    SELECT d.customer_id, d.order_id, d.currency, d.placed_at, d.seller_id, d.outcome = 'held' AS held,
           date_trunc('month', d.placed_day)::date AS month, d.placed_day, d.amount_minor,
           (d.cancelled_at IS NOT NULL OR d.outcome = 'rejected') AS dropped,
           (SELECT sum(i.amount_minor) FROM invoices AS i WHERE i.customer_id = d.customer_id
            AND i.order_id = d.order_id AND i.currency = d.currency
            AND (d.cancelled_at IS NOT NULL OR d.outcome = 'rejected')) AS invoiced,
           {_owner_on("d.placed_day")}
    FROM orders AS d WHERE d.customer_id = ANY($1::text[]) AND d.placed_at IS NOT NULL
), counted AS MATERIALIZED (
    SELECT *, CASE WHEN dropped AND invoiced IS NULL THEN 'nothing' WHEN held AND NOT dropped THEN 'held'
                   ELSE 'order' END AS counts_as,
           CASE WHEN dropped THEN coalesce(invoiced, 0) ELSE amount_minor END AS amount
    FROM placed
), back AS MATERIALIZED (
    SELECT d.customer_id, d.return_id, d.currency, d.amount_minor,
           date_trunc('month', d.returned_day)::date AS month, coalesce(o.placed_at, d.returned_at) AS sold_at,
           coalesce(o.seller_id, '') AS seller_id, {_owner_on("d.returned_day")}
    FROM returns AS d LEFT JOIN placed AS o ON o.customer_id = d.customer_id AND o.order_id = d.order_id
    WHERE d.customer_id = ANY($1::text[])
), contents AS (
    SELECT o.customer_id, o.order_id AS document_id, 'ordered' AS kind, o.month, o.currency,
           o.placed_at AS sold_at, l.product_id, l.quantity_milli, l.amount_minor
    FROM counted AS o JOIN lines AS l ON l.customer_id = o.customer_id AND l.document_id = o.order_id
     AND l.kind = 'ordered' AND l.customer_id = ANY($1::text[])
    UNION ALL
    SELECT o.customer_id, o.order_id, 'invoiced', o.month, o.currency, o.placed_at, g.key,
           sum((g.value ->> 0)::bigint)::bigint, sum((g.value ->> 1)::bigint)::bigint
    FROM counted AS o JOIN invoices AS i ON i.customer_id = o.customer_id AND i.order_id = o.order_id
     AND i.currency = o.currency AND i.customer_id = ANY($1::text[])
    CROSS JOIN LATERAL jsonb_each(i.lines) AS g
    WHERE o.dropped GROUP BY 1, 2, 3, 4, 5, 6, 7
    UNION ALL
    SELECT d.customer_id, d.return_id, 'returned', d.month, d.currency, d.sold_at, l.product_id,
           l.quantity_milli, l.amount_minor
    FROM back AS d JOIN lines AS l ON l.customer_id = d.customer_id AND l.document_id = d.return_id
     AND l.kind = 'returned' AND l.customer_id = ANY($1::text[])
), costed AS MATERIALIZED (
    SELECT l.*, c.cost, CASE WHEN c.cost IS NOT NULL THEN l.amount_minor ELSE 0 END AS costed
    FROM contents AS l {_COST}
), sums AS MATERIALIZED (
    SELECT customer_id, document_id, kind, sum(quantity_milli) AS quantity, coalesce(sum(cost), 0) AS cost,
           sum(costed) AS costed
    FROM costed GROUP BY 1, 2, 3
), totalled AS MATERIALIZED (
    SELECT o.*, coalesce(s.quantity, 0) AS quantity, coalesce(s.cost, 0) AS cost,
           coalesce(s.costed, 0) AS costed
    FROM counted AS o LEFT JOIN sums AS s ON s.customer_id = o.customer_id AND s.document_id = o.order_id
     AND s.kind = CASE WHEN o.dropped THEN 'invoiced' ELSE 'ordered' END
), parts AS (
    SELECT customer_id, month, currency, owner_id, seller_id, 1 AS orders, amount, quantity, cost, costed,
           0 AS held_orders, 0 AS held, 0 AS payments, 0 AS collected, 0 AS reversed,
           0 AS returns, 0 AS returned, 0 AS back_quantity, 0 AS back_cost, 0 AS back_costed
    FROM totalled WHERE counts_as = 'order'
    UNION ALL
    SELECT customer_id, month, currency, owner_id, seller_id, 0, 0, 0, 0, 0, 1, amount,
           0, 0, 0, 0, 0, 0, 0, 0
    FROM totalled WHERE counts_as = 'held'
    UNION ALL
    SELECT d.customer_id, date_trunc('month', d.received_day)::date, d.currency, {_owner_on("d.received_day")},
           '', 0, 0, 0, 0, 0, 0, 0, 1, d.amount_minor, 0, 0, 0, 0, 0, 0
    FROM payments AS d WHERE d.customer_id = ANY($1::text[]) AND d.received_day IS NOT NULL
    UNION ALL
    SELECT d.customer_id, date_trunc('month', d.reversed_day)::date, d.currency, {_owner_on("d.reversed_day")},
           '', 0, 0, 0, 0, 0, 0, 0, 0, 0, d.amount_minor, 0, 0, 0, 0, 0
    FROM payments AS d
    WHERE d.customer_id = ANY($1::text[]) AND d.received_day IS NOT NULL AND d.reversed_day IS NOT NULL
    UNION ALL
    SELECT d.customer_id, d.month, d.currency, d.owner_id, d.seller_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
           1, d.amount_minor, coalesce(s.quantity, 0), coalesce(s.cost, 0), coalesce(s.costed, 0)
    FROM back AS d LEFT JOIN sums AS s ON s.customer_id = d.customer_id AND s.document_id = d.return_id
     AND s.kind = 'returned'
), sold AS (
    SELECT c.customer_id, c.month, c.currency, c.product_id, 1 AS orders, c.quantity_milli AS quantity,
           c.amount_minor AS amount, coalesce(c.cost, 0) AS cost, c.costed,
           0 AS back_quantity, 0 AS back, 0 AS back_cost, 0 AS back_costed
    FROM costed AS c JOIN counted AS o ON o.customer_id = c.customer_id AND o.order_id = c.document_id
     AND c.kind = CASE WHEN o.dropped THEN 'invoiced' ELSE 'ordered' END
    WHERE o.counts_as = 'order'
    UNION ALL
    SELECT customer_id, month, currency, product_id, 0, 0, 0, 0, 0, quantity_milli, amount_minor,
           coalesce(cost, 0), costed
    FROM costed WHERE kind = 'returned'
)"""  # noqa: S608
"""The documents of the customers $1 and what they add to the facts: ``parts`` per order, payment and return, and
``sold`` per product."""


def _sums(columns: str) -> str:
    return ", ".join(f"sum({column})::bigint" for column in columns.split())


def _not_only_zeros(columns: str) -> str:
    return " OR ".join(f"sum({column}) <> 0" for column in columns.split())


_MONTH = (
    "orders amount quantity cost costed held_orders held payments collected reversed "
    "returns returned back_quantity back_cost back_costed"
)
_PRODUCT = "orders quantity amount cost costed back_quantity back back_cost back_costed"
assert len(_MONTH.split()) == len(MonthNumbers._fields)
assert len(_PRODUCT.split()) == len(ProductNumbers._fields)

_EXPECTED = {
    "customer_months": f"""
        SELECT m.*, coalesce(d.products, 0)
        FROM (SELECT customer_id, month, currency, {_sums(_MONTH)} FROM parts
              GROUP BY 1, 2, 3 HAVING {_not_only_zeros(_MONTH)}) AS m
        LEFT JOIN (SELECT customer_id, month, currency, count(DISTINCT product_id) AS products FROM sold
                   WHERE orders > 0 GROUP BY 1, 2, 3) AS d USING (customer_id, month, currency)""",  # noqa: S608
    "salesperson_months": f"""
        SELECT customer_id, month, currency, owner_id, seller_id, {_sums(_MONTH)}
        FROM parts GROUP BY 1, 2, 3, 4, 5 HAVING {_not_only_zeros(_MONTH)}""",  # noqa: S608
    "product_months": f"""
        SELECT customer_id, month, currency, product_id, {_sums(_PRODUCT)}
        FROM sold GROUP BY 1, 2, 3, 4 HAVING {_not_only_zeros(_PRODUCT)}""",  # noqa: S608
}
"""Fact table to the query that gives its rows, over the documents above."""

_DERIVED = {
    "orders": """
        SELECT customer_id, order_id, counts_as, owner_id, amount, quantity, cost, costed FROM totalled
        EXCEPT SELECT customer_id, order_id, counts_as, owner_id, counted_minor, quantity_milli, cost_minor,
                      costed_minor FROM orders WHERE customer_id = ANY($1::text[])""",
    "lines": """
        SELECT customer_id, document_id, kind, product_id, sold_at, quantity_milli, amount_minor, cost FROM costed
        EXCEPT SELECT customer_id, document_id, kind, product_id, sold_at, quantity_milli, amount_minor, cost_minor
        FROM lines WHERE customer_id = ANY($1::text[])""",
    "customers": """
        SELECT c.customer_id,
               t.first, t.last,
               (SELECT max(p.received_day) FROM payments AS p
                WHERE p.customer_id = c.customer_id AND p.reversed_day IS NULL)
        FROM customers AS c LEFT JOIN (
            SELECT customer_id, min(placed_day) AS first, max(placed_day) AS last
            FROM totalled WHERE counts_as = 'order' GROUP BY 1) AS t USING (customer_id)
        WHERE c.customer_id = ANY($1::text[])
        EXCEPT SELECT customer_id, first_order_day, last_order_day, last_payment_day FROM customers
        WHERE customer_id = ANY($1::text[])""",
}
"""Table with derived columns to the query that gives the rows in which they are wrong."""


def _findings() -> str:
    parts = []
    for table, wanted in _EXPECTED.items():
        columns = ", ".join(names(tables.metadata.tables[table]))
        stored = f"SELECT {columns} FROM {table} WHERE customer_id = ANY($1::text[])"  # noqa: S608
        parts.append((table, "expected", f"({wanted}) EXCEPT ({stored})"))
        parts.append((table, "stored", f"({stored}) EXCEPT ({wanted})"))
    parts += [(table, "expected", query) for table, query in _DERIVED.items()]
    return " UNION ALL ".join(
        f"SELECT '{table}', f.customer_id, '{side}', f::text FROM ({query}) AS f"  # noqa: S608
        for table, side, query in parts
    )


_STATEMENT = f"{DOCUMENTS} {_findings()}"


async def customers_after(connection: Connection, customer_id: str) -> list[str]:
    """Return the next customers in the order of their ids; none after the last."""
    rows = await connection.fetch(
        "SELECT customer_id FROM customers WHERE customer_id > $1 ORDER BY customer_id LIMIT $2",
        customer_id,
        CUSTOMERS_AT_ONCE,
    )
    return [row["customer_id"] for row in rows]


async def differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Compute the facts of these customers from zero and compare, inside a transaction, at one moment."""
    # Nested loops over the intermediate results are what a planner without statistics of them may fall for.
    await connection.execute("SET LOCAL enable_nestloop = off")
    rows: list[Any] = await connection.fetch(_STATEMENT, customer_ids)
    return [Difference(*row) for row in rows]
