"""What customers usually buy: the products of their last order days, and how customers repeat products at all."""

from collections.abc import Sequence
from datetime import date

from services.kit.database import Connection

RECENT = 96
"""Order days that are looked at: what was bought before them is not usual any more."""
MOST_PRODUCTS = 1_000
"""Products kept per customer and currency, the most frequent ones. Fewer miss much: see docs/forecasting.md."""
SAMPLE = 500

_USUAL = f"""
SELECT d.customer_id, d.currency, d.product_id, count(*)::int AS times, sum(d.quantity)::bigint AS quantity,
       min(d.before)::int AS orders_before, max(d.orders)::int AS orders, max(d.placed_day) AS last_day
FROM (
    SELECT r.customer_id, r.currency, l.product_id, r.placed_day, r.orders, r.orders - r.back AS before,
           sum(l.quantity_milli) AS quantity
    FROM (
        SELECT *, least(count(*) OVER w, {RECENT}) AS orders, row_number() OVER (w ORDER BY placed_day DESC) AS back
        FROM (SELECT DISTINCT customer_id, currency, placed_day FROM orders
              WHERE customer_id = ANY($1::text[]) AND counts_as = 'order' AND placed_day <= $2) AS days
        WINDOW w AS (PARTITION BY customer_id, currency)
    ) AS r
    JOIN orders AS o ON o.customer_id = r.customer_id AND o.placed_day = r.placed_day AND o.currency = r.currency
     AND o.counts_as = 'order'
    JOIN lines AS l ON l.customer_id = o.customer_id AND l.document_id = o.order_id AND l.kind = o.basis
    WHERE r.back <= {RECENT}
    GROUP BY r.customer_id, r.currency, l.product_id, r.placed_day, r.orders, r.back
    HAVING sum(l.quantity_milli) > 0
) AS d
GROUP BY d.customer_id, d.currency, d.product_id
"""  # noqa: S608

_WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT customer_id, currency, max(orders) AS orders, array_agg(product_id ORDER BY place) AS product_ids,
           array_agg(times ORDER BY place) AS times, array_agg(quantity ORDER BY place) AS quantities_milli,
           array_agg(orders_before ORDER BY place) AS orders_before, array_agg(last_day ORDER BY place) AS last_days
    FROM (SELECT *, row_number() OVER (PARTITION BY customer_id, currency
                                       ORDER BY times DESC, last_day DESC, product_id COLLATE "C") AS place
          FROM ({_USUAL}) AS u) AS ranked
    WHERE place <= {MOST_PRODUCTS} GROUP BY customer_id, currency
), gone AS (
    DELETE FROM usual_products AS s WHERE s.customer_id = ANY($1::text[]) AND NOT EXISTS (
        SELECT FROM given AS g WHERE g.customer_id = s.customer_id AND g.currency = s.currency)
)
INSERT INTO usual_products AS s
    (customer_id, currency, orders, product_ids, times, quantities_milli, orders_before, last_days)
SELECT * FROM given ORDER BY customer_id, currency
ON CONFLICT (customer_id, currency) DO UPDATE
SET orders = excluded.orders, product_ids = excluded.product_ids, times = excluded.times,
    quantities_milli = excluded.quantities_milli, orders_before = excluded.orders_before,
    last_days = excluded.last_days
WHERE (s.orders, s.product_ids, s.times, s.quantities_milli, s.orders_before, s.last_days) IS DISTINCT FROM
    (excluded.orders, excluded.product_ids, excluded.times, excluded.quantities_milli, excluded.orders_before,
     excluded.last_days)
"""  # noqa: S608

# The customers of a sample are the same each time, and do not depend on who they are.
_SAMPLE = "SELECT customer_id FROM order_forecasts WHERE currency = $1 ORDER BY md5(customer_id) LIMIT $2"


async def write_usual(connection: Connection, customer_ids: Sequence[str], day: date) -> None:
    """Store what these customers usually buy, as of a day."""
    await connection.execute(_WRITE, customer_ids, day)


async def repeats(connection: Connection, currency: str, day: date) -> list[tuple[int, int]]:
    """Return of customers and products of a sample the orders that held one, and those from the first of these on."""
    ids = [row["customer_id"] for row in await connection.fetch(_SAMPLE, currency, SAMPLE)]
    rows = await connection.fetch(_USUAL, ids, day)
    return [(r["times"], r["orders"] - r["orders_before"]) for r in rows if r["currency"] == currency]
