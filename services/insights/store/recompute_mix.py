"""Mix computed once more, from the documents. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.store.mix import comparisons_in_force
from services.insights.store.recompute import DOCUMENTS, Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

# Whether a product is in a group is asked of the stored comparisons themselves, one side after the other.
_MIX = f"""
{DOCUMENTS}, settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), compared AS (
    SELECT c.comparison_id, c.version, c.body, date_trunc('month', $2::date)
           - make_interval(months => (c.body ->> 'window_months')::int - 1) AS first
    FROM mix_comparisons AS c WHERE c.active AND NOT EXISTS (
        SELECT FROM mix_comparisons AS n WHERE n.comparison_id = c.comparison_id AND n.version > c.version)
), grouped AS (
    SELECT s.customer_id, c.comparison_id, s.currency, c.version, s.amount - s.back AS net,
           CASE WHEN c.body -> 'one' -> 'product_ids' ? s.product_id THEN 'one'
                WHEN c.body -> 'two' -> 'product_ids' ? s.product_id THEN 'two'
                WHEN c.body -> 'one' -> 'categories' ? p.category THEN 'one'
                WHEN c.body -> 'two' -> 'categories' ? p.category THEN 'two'
                WHEN (c.body -> 'one' ->> 'everything_else')::boolean THEN 'one'
                WHEN (c.body -> 'two' ->> 'everything_else')::boolean THEN 'two' END AS side
    FROM sold AS s JOIN compared AS c ON s.month >= c.first AND s.month <= $2::date
    LEFT JOIN products AS p ON p.product_id = s.product_id
), expected AS (
    SELECT customer_id, comparison_id, currency, version, sum(CASE WHEN side = 'one' THEN net ELSE 0 END)::bigint,
           sum(CASE WHEN side = 'two' THEN net ELSE 0 END)::bigint
    FROM grouped JOIN settled USING (customer_id) GROUP BY 1, 2, 3, 4
    HAVING sum(CASE WHEN side = 'one' THEN net ELSE 0 END) <> 0
        OR sum(CASE WHEN side = 'two' THEN net ELSE 0 END) <> 0
), stored AS (
    SELECT customer_id, comparison_id, currency, version, one_minor, two_minor
    FROM customer_mix JOIN settled USING (customer_id)
)
SELECT 'customer_mix', f.customer_id, 'expected', f::text FROM (TABLE expected EXCEPT TABLE stored) AS f
UNION ALL
SELECT 'customer_mix', f.customer_id, 'stored', f::text FROM (TABLE stored EXCEPT TABLE expected) AS f
"""  # noqa: S608


async def mix_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Compute the mix of these customers and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    if not await comparisons_in_force(connection) and not await connection.fetchval(
        "SELECT EXISTS (SELECT FROM customer_mix)"
    ):
        return []
    return [Difference(*row) for row in await connection.fetch(_MIX, customer_ids, day)]
