"""Margins of products by month computed once more from the lines of documents, unless to be summed up again."""

from services.insights.store.recompute import Difference
from services.kit.database import Connection

_MARGINS = """
WITH parts AS (
    SELECT l.currency, l.product_id, date_trunc('month', o.placed_day)::date AS month, l.amount_minor, l.cost_minor
    FROM orders AS o
    JOIN lines AS l ON l.customer_id = o.customer_id AND l.document_id = o.order_id AND l.kind = o.basis
    WHERE o.counts_as = 'order' AND l.cost_minor IS NOT NULL
    UNION ALL
    SELECT l.currency, l.product_id, date_trunc('month', d.returned_day)::date, -l.amount_minor, -l.cost_minor
    FROM returns AS d JOIN lines AS l ON l.customer_id = d.customer_id AND l.document_id = d.return_id
    WHERE l.kind = 'returned' AND l.cost_minor IS NOT NULL
), expected AS (
    SELECT currency, product_id, month, sum(amount_minor) AS costed_minor, sum(cost_minor) AS cost_minor FROM parts
    GROUP BY 1, 2, 3 HAVING sum(amount_minor) <> 0 OR sum(cost_minor) <> 0
)
SELECT 'product_margins', '', CASE WHEN m.product_id IS NULL THEN 'expected' ELSE 'stored' END,
       coalesce(m::text, e::text)
FROM expected AS e FULL JOIN product_margins AS m USING (currency, product_id, month)
WHERE (e.costed_minor, e.cost_minor) IS DISTINCT FROM (m.costed_minor, m.cost_minor)
  AND NOT EXISTS (SELECT FROM stale_product_months AS s WHERE s.currency = coalesce(e.currency, m.currency)
                  AND s.month = coalesce(e.month, m.month))
"""


async def margin_differences(connection: Connection) -> list[Difference]:
    """Sum up and compare, inside a transaction."""
    await connection.execute("SET LOCAL enable_hashjoin = on")
    return [Difference(*row) for row in await connection.fetch(_MARGINS)]
