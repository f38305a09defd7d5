"""Stopped products computed once more, gap by gap. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.rules.windows import window_of
from services.insights.store.policies import policy_in_force
from services.insights.store.recompute import DOCUMENTS, Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

_STOPPED = f"""
{DOCUMENTS}, settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), trading AS (
    SELECT customer_id, order_id, placed_day, CASE WHEN dropped THEN 'invoiced' ELSE 'ordered' END AS kind
    FROM counted WHERE counts_as = 'order' AND placed_day BETWEEN $3::date AND $2
), purchases AS MATERIALIZED (
    SELECT c.customer_id, c.product_id, c.currency, t.placed_day, c.amount_minor
    FROM trading AS t JOIN contents AS c
      ON c.customer_id = t.customer_id AND c.document_id = t.order_id AND c.kind = t.kind
), gaps AS (
    SELECT customer_id, product_id, placed_day,
           placed_day - lag(placed_day) OVER (PARTITION BY customer_id, product_id ORDER BY placed_day) AS gap
    FROM (SELECT DISTINCT customer_id, product_id, placed_day FROM purchases) AS d
), rhythms AS (
    SELECT customer_id, product_id, count(*)::int AS purchases, min(placed_day) AS first_day,
           max(placed_day) AS last_day, max(placed_day) + ($5::int * sum(gap) / count(gap))::int + 1 AS stopped_on
    FROM gaps GROUP BY 1, 2 HAVING count(*) >= $4::int
), expected AS (
    SELECT r.customer_id, r.product_id, p.currency, r.purchases, r.first_day, r.last_day, r.stopped_on,
           sum(p.amount_minor)::bigint,
           (SELECT count(DISTINCT t.placed_day)::int FROM trading AS t
            WHERE t.customer_id = r.customer_id AND t.placed_day > r.last_day)
    FROM rhythms AS r JOIN settled USING (customer_id) JOIN purchases AS p USING (customer_id, product_id)
    WHERE r.stopped_on <= $2 AND p.placed_day > r.last_day - 365 GROUP BY 1, 2, 3, 4, 5, 6, 7
), stored AS (
    SELECT customer_id, product_id, currency, purchases, first_day, last_day, stopped_on, year_minor, ordered_since
    FROM stopped_products JOIN settled USING (customer_id)
)
SELECT 'stopped_products', f.customer_id, 'expected', f::text FROM (TABLE expected EXCEPT TABLE stored) AS f
UNION ALL
SELECT 'stopped_products', f.customer_id, 'stored', f::text FROM (TABLE stored EXCEPT TABLE expected) AS f
"""  # noqa: S608


async def stopped_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Find the stopped products of these customers and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    rule = (await policy_in_force(connection)).policy.stopped
    first, _ = window_of(day, rule.window_months)
    rows = await connection.fetch(_STOPPED, customer_ids, day, first, rule.least_purchases, rule.gaps)
    return [Difference(*row) for row in rows]
