"""What came true of kept forecasts, looked up once more. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

_TRUTHS = """
WITH settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), counted AS MATERIALIZED (
    SELECT customer_id, currency, placed_day, counted_minor FROM orders
    WHERE customer_id = ANY($1::text[]) AND counts_as = 'order' AND placed_day <= $2
), awaited AS (
    SELECT a.*, n.day AS true_day,
           (SELECT sum(c.counted_minor)::bigint FROM counted AS c WHERE c.customer_id = a.customer_id
            AND c.currency = a.currency AND c.placed_day = n.day) AS true_amount,
           EXISTS (SELECT FROM counted AS c WHERE c.customer_id = a.customer_id AND c.currency = a.currency
                   AND c.placed_day = a.last_order_day) AS ordered
    FROM awaited_orders AS a JOIN settled USING (customer_id)
    CROSS JOIN LATERAL (SELECT min(c.placed_day) AS day FROM counted AS c WHERE c.customer_id = a.customer_id
                        AND c.currency = a.currency AND c.placed_day > a.last_order_day) AS n
), months AS (
    SELECT f.customer_id, f.currency, f.month, f.came_orders, f.came_amount, count(t.placed_day) AS true_orders,
           coalesce(sum(t.amount), 0)::bigint AS true_amount
    FROM forecast_months AS f JOIN settled USING (customer_id)
    LEFT JOIN (SELECT customer_id, currency, placed_day, sum(counted_minor) AS amount FROM counted GROUP BY 1, 2, 3)
        AS t ON t.customer_id = f.customer_id AND t.currency = f.currency
            AND date_trunc('month', t.placed_day) = f.month
    WHERE f.came_orders IS NOT NULL GROUP BY 1, 2, 3, 4, 5
)
SELECT 'awaited_orders', customer_id, 'stored', a::text FROM awaited AS a
WHERE NOT ordered OR (came_on, came_amount) IS DISTINCT FROM (true_day, true_amount)
UNION ALL
SELECT 'forecast_months', customer_id, 'stored', m::text FROM months AS m
WHERE (came_orders, came_amount) IS DISTINCT FROM (true_orders, true_amount)
   OR month >= date_trunc('month', $2::date)
"""


async def truth_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Look up what came true for these customers and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    return [Difference(*row) for row in await connection.fetch(_TRUTHS, customer_ids, day)]
