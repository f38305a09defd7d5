"""Active rates that were reported, counted once more from the documents. Who is to be counted again is left out."""

from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

_RATES = """
WITH spans AS (
    SELECT customer_id, salesperson_id, from_day,
           lead(from_day, 1, 'infinity') OVER (PARTITION BY customer_id ORDER BY from_day) AS until
    FROM customer_owners
), expected AS (
    SELECT s.salesperson_id, count(*) AS assigned, count(*) FILTER (WHERE EXISTS (
        SELECT FROM orders AS o WHERE o.customer_id = s.customer_id AND o.counts_as = 'order'
        AND date_trunc('month', o.placed_day) = date_trunc('month', $1::date))) AS active
    FROM spans AS s WHERE s.from_day <= $1 AND s.until > $1 GROUP BY 1
)
SELECT 'active_rates', g.customer_id, 'expected', coalesce(e.assigned, 0) || ' assigned, ' || coalesce(e.active, 0)
FROM alert_signals AS g LEFT JOIN expected AS e ON e.salesperson_id = g.customer_id
WHERE g.kind = 'active_rate_low' AND g.facts IS NOT NULL AND g.until >= $1 AND g.rank = $2
  AND g.customer_id NOT IN (SELECT salesperson_id FROM stale_salespeople)
  AND NOT EXISTS (SELECT FROM customer_owners AS o JOIN stale_customers AS c USING (customer_id)
                  WHERE o.salesperson_id = g.customer_id)
  AND ((g.facts ->> 'assigned')::int, (g.facts ->> 'active')::int)
      IS DISTINCT FROM (coalesce(e.assigned, 0), coalesce(e.active, 0))
"""


async def rate_differences(connection: Connection) -> list[Difference]:
    """Count and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    return [Difference(*row) for row in await connection.fetch(_RATES, day, day.toordinal())]
