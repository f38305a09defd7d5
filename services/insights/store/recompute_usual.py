"""What customers usually buy, summed up once more. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.insights.store.usual import MOST_PRODUCTS, RECENT
from services.kit.database import Connection

# From all lines, ranking their days, instead of from the days; a line each, instead of arrays.
_USUAL = f"""
WITH settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), bought AS (
    SELECT o.customer_id, o.currency, o.placed_day, l.product_id, l.quantity_milli,
           dense_rank() OVER (PARTITION BY o.customer_id, o.currency ORDER BY o.placed_day DESC) AS back
    FROM orders AS o JOIN settled USING (customer_id)
    LEFT JOIN lines AS l ON l.customer_id = o.customer_id AND l.document_id = o.order_id AND l.kind = o.basis
    WHERE o.counts_as = 'order' AND o.placed_day <= $2
), counted AS (
    SELECT customer_id, currency, max(back) AS orders FROM bought WHERE back <= {RECENT} GROUP BY 1, 2
), daily AS (
    SELECT customer_id, currency, product_id, back, placed_day, sum(quantity_milli) AS quantity
    FROM bought WHERE back <= {RECENT} AND product_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    HAVING sum(quantity_milli) > 0
), summed AS (
    SELECT customer_id, currency, product_id, orders::int, count(*)::int AS times, sum(quantity)::bigint AS quantity,
           (orders - max(back))::int AS orders_before, max(placed_day) AS last_day
    FROM daily JOIN counted USING (customer_id, currency) GROUP BY 1, 2, 3, orders
), expected AS (
    SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY customer_id, currency
        ORDER BY times DESC, last_day DESC, product_id COLLATE "C") AS place FROM summed) AS r
    WHERE place <= {MOST_PRODUCTS}
), stored AS (
    SELECT p.customer_id, p.currency, u.product_id, p.orders, u.times, u.quantity, u.orders_before, u.last_day, u.place
    FROM usual_products AS p JOIN settled USING (customer_id)
    CROSS JOIN LATERAL unnest(p.product_ids, p.times, p.quantities_milli, p.orders_before, p.last_days)
        WITH ORDINALITY AS u (product_id, times, quantity, orders_before, last_day, place)
)
SELECT 'usual_products', customer_id, CASE WHEN e.place IS NULL THEN 'stored' ELSE 'expected' END,
       coalesce(e::text, s::text)
FROM expected AS e FULL JOIN stored AS s USING (customer_id, currency, product_id)
WHERE (e.orders, e.times, e.quantity, e.orders_before, e.last_day, e.place)
    IS DISTINCT FROM (s.orders, s.times, s.quantity, s.orders_before, s.last_day, s.place)
"""  # noqa: S608


async def usual_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Sum up what these customers usually buy and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    return [Difference(*row) for row in await connection.fetch(_USUAL, customer_ids, day)]
