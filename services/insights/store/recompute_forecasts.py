"""What is kept of order days computed once more, by window functions instead of folding.

Nothing is said of customers who are about to be derived.
"""

from collections.abc import Sequence

from services.insights.forecasting.state import FAST, SLOW
from services.insights.store.order_days import ORDER_DAYS
from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

_SETTLED = """
WITH settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
"""

_STATES = f"""
{_SETTLED}), gaps AS (
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

# What is at stake, from the orders themselves. A forecast of another month has still to be made.
_STAKES = f"""
{_SETTLED}), expected AS (
    SELECT f.customer_id, f.currency, days.last AS silent_since,
           exp((p.worth * p.mean + f.log_gaps) / (p.worth + f.days - 1)) AS usual_gap,
           round(f.active * coalesce(days.bought, 0))::bigint AS at_stake
    FROM order_forecasts AS f
    LEFT JOIN (SELECT version, (body #>> '{{gaps,mean}}')::float8 AS mean, (body #>> '{{gaps,worth}}')::float8 AS worth
               FROM order_populations OFFSET 0) AS p ON p.version = f.population
    CROSS JOIN LATERAL (
        SELECT max(o.placed_day) AS last, sum(o.counted_minor) FILTER (
                   WHERE o.currency = f.currency AND o.placed_day < date_trunc('month', $2::date)
                   AND o.placed_day >= date_trunc('month', $2::date) - interval '1 year')::bigint AS bought
        FROM orders AS o WHERE o.customer_id = f.customer_id AND o.counts_as = 'order' AND o.placed_day <= $2
    ) AS days
    WHERE f.customer_id = ANY($1::text[])
)
SELECT 'order_forecasts', customer_id, 'expected', e::text
FROM expected AS e JOIN order_forecasts AS s USING (customer_id, currency) JOIN settled USING (customer_id)
WHERE e.silent_since IS DISTINCT FROM s.silent_since
   OR coalesce(s.stake_month, date_trunc('month', $2::date)) = date_trunc('month', $2::date)
      AND (e.at_stake IS DISTINCT FROM s.at_stake
           OR coalesce(abs(e.usual_gap - s.usual_gap) > 1e-9 * e.usual_gap, e.usual_gap IS DISTINCT FROM s.usual_gap))
"""  # noqa: S608


async def state_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Sum up the order days of these customers and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    return [
        Difference(*row)
        for statement in (_STATES, _STAKES)
        for row in await connection.fetch(statement, customer_ids, day)
    ]
