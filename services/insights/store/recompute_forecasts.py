"""What is kept of order days computed once more, by window functions instead of folding.

Nothing is said of customers who are about to be derived.
"""

from collections.abc import Sequence

from services.insights.forecasting.state import FAST, SLOW
from services.insights.store.order_days import ORDER_DAYS
from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

_STATES = f"""
WITH settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), gaps AS (
    SELECT *, ln(placed_day - lag(placed_day) OVER w) AS gap, max(placed_day) OVER (PARTITION BY customer_id, currency)
           - placed_day AS back
    FROM ({ORDER_DAYS}) AS o WINDOW w AS (PARTITION BY customer_id, currency ORDER BY placed_day)
), expected AS (
    SELECT customer_id, currency, count(*) AS days, min(placed_day) AS first, max(placed_day) AS last,
           sum(amount)::bigint AS amount, coalesce(sum(gap), 0) AS log_gaps,
           coalesce(sum(gap * gap), 0) AS log_gaps_squared, sum(2.0 ^ (-back / {FAST}::float8)) AS fast,
           sum(2.0 ^ (-back / {SLOW}::float8)) AS slow, sum(ln(greatest(amount, 1)::float8)) AS log_amounts
    FROM gaps GROUP BY customer_id, currency
), stored AS (SELECT * FROM order_forecasts WHERE customer_id = ANY($1::text[]))
SELECT 'order_forecasts', customer_id, CASE WHEN e.days IS NULL THEN 'stored' ELSE 'expected' END,
       coalesce(e::text, s::text)
FROM expected AS e FULL JOIN stored AS s USING (customer_id, currency) JOIN settled USING (customer_id)
WHERE (e.days, e.first, e.last, e.amount) IS DISTINCT FROM (s.days, s.first, s.last, s.amount)
   OR greatest(abs(e.log_gaps - s.log_gaps), abs(e.log_gaps_squared - s.log_gaps_squared), abs(e.fast - s.fast),
               abs(e.slow - s.slow), abs(e.log_amounts - s.log_amounts)) > 1e-6 * e.days
"""  # noqa: S608


async def state_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Sum up the order days of these customers and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    return [Difference(*row) for row in await connection.fetch(_STATES, customer_ids, day)]
