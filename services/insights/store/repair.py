"""When a cost arrives after sales it holds for: those sales get it, set-based, and the facts move by the difference."""

from collections.abc import Collection

from services.insights import tables
from services.insights.rules.costs import Cost
from services.insights.store.sql import columns_of, row_of, unnested
from services.kit.database import Connection

_COLUMNS = columns_of(Cost)

_WRITE = f"""
INSERT INTO product_costs AS c ({", ".join(_COLUMNS)})
SELECT * FROM {unnested(tables.product_costs)} ORDER BY product_id, currency, valid_from
ON CONFLICT (product_id, currency, valid_from) DO UPDATE
SET revision = excluded.revision, unit_cost_e4 = excluded.unit_cost_e4, scale = excluded.scale
WHERE (c.revision, c.unit_cost_e4) < (excluded.revision, excluded.unit_cost_e4)
RETURNING product_id, currency, valid_from
"""  # noqa: S608

_MOVES = """cost_minor = f.cost_minor + s.sold, costed_minor = f.costed_minor + s.sold_costed,
        returned_cost_minor = f.returned_cost_minor + s.back,
        returned_costed_minor = f.returned_costed_minor + s.back_costed"""
_SUMS = """sum(sold) AS sold, sum(sold_costed) AS sold_costed, sum(back) AS back,
            sum(back_costed) AS back_costed"""

# A cost holds until the next one begins, and a product's first cost also for the time before it. The change of every
# line goes to its document if the line counts there, and from documents that count to the facts. Everything happens in
# one statement, so all parts see the same lines.
_REPAIR = f"""
WITH changed AS (
    SELECT c.*,
           CASE WHEN EXISTS (SELECT FROM product_costs AS e WHERE e.product_id = c.product_id
                             AND e.currency = c.currency AND e.valid_from < c.valid_from)
                THEN c.valid_from ELSE '-infinity' END AS since,
           coalesce((SELECT min(e.valid_from) FROM product_costs AS e WHERE e.product_id = c.product_id
                     AND e.currency = c.currency AND e.valid_from > c.valid_from), 'infinity') AS until
    FROM product_costs AS c
    JOIN unnest($1::text[], $2::text[], $3::timestamptz[]) AS n (product_id, currency, valid_from)
      USING (product_id, currency, valid_from)
), priced AS (
    SELECT l.*, div(l.quantity_milli::numeric * c.unit_cost_e4 + c.scale / 2, c.scale)::bigint AS cost_now
    FROM changed AS c
    JOIN lines AS l ON l.product_id = c.product_id AND l.currency = c.currency
     AND l.sold_at >= c.since AND l.sold_at < c.until
), repaired AS MATERIALIZED (
    SELECT customer_id, document_id, kind, product_id, currency, cost_now,
           cost_now - coalesce(cost_minor, 0) AS cost_change,
           CASE WHEN cost_minor IS NULL THEN amount_minor ELSE 0 END AS costed_change
    FROM priced WHERE cost_minor IS DISTINCT FROM cost_now
), stale AS (
    INSERT INTO stale_customers (customer_id) SELECT DISTINCT customer_id FROM repaired
), updated_lines AS (
    UPDATE lines AS l SET cost_minor = r.cost_now FROM repaired AS r
    WHERE l.customer_id = r.customer_id AND l.document_id = r.document_id AND l.kind = r.kind
      AND l.product_id = r.product_id
), ordered AS MATERIALIZED (
    SELECT r.*, o.counts_as, o.owner_id, o.seller_id, date_trunc('month', o.placed_day)::date AS month
    FROM repaired AS r
    JOIN orders AS o ON o.customer_id = r.customer_id AND o.order_id = r.document_id AND o.basis = r.kind
), returned AS MATERIALIZED (
    SELECT r.*, d.owner_id, d.seller_id, date_trunc('month', d.returned_day)::date AS month
    FROM repaired AS r
    JOIN returns AS d ON d.customer_id = r.customer_id AND d.return_id = r.document_id
    WHERE r.kind = 'returned'
), updated_orders AS (
    UPDATE orders AS o SET cost_minor = o.cost_minor + s.cost, costed_minor = o.costed_minor + s.costed
    FROM (SELECT customer_id, document_id, sum(cost_change) AS cost, sum(costed_change) AS costed
          FROM ordered GROUP BY 1, 2) AS s
    WHERE o.customer_id = s.customer_id AND o.order_id = s.document_id
), updated_returns AS (
    UPDATE returns AS d SET cost_minor = d.cost_minor + s.cost, costed_minor = d.costed_minor + s.costed
    FROM (SELECT customer_id, document_id, sum(cost_change) AS cost, sum(costed_change) AS costed
          FROM returned GROUP BY 1, 2) AS s
    WHERE d.customer_id = s.customer_id AND d.return_id = s.document_id
), moved AS MATERIALIZED (
    SELECT customer_id, month, currency, product_id, owner_id, seller_id,
           cost_change AS sold, costed_change AS sold_costed, 0 AS back, 0 AS back_costed
    FROM ordered WHERE counts_as = 'order'
    UNION ALL
    SELECT customer_id, month, currency, product_id, owner_id, seller_id,
           0, 0, cost_change, costed_change
    FROM returned
), stale_margins AS (
    INSERT INTO stale_product_months (currency, month) SELECT DISTINCT currency, month FROM moved
), updated_products AS (
    UPDATE product_months AS f SET {_MOVES}
    FROM (SELECT customer_id, month, currency, product_id, {_SUMS} FROM moved GROUP BY 1, 2, 3, 4) AS s
    WHERE f.customer_id = s.customer_id AND f.month = s.month AND f.currency = s.currency
      AND f.product_id = s.product_id
), updated_sales AS (
    UPDATE salesperson_months AS f SET {_MOVES}
    FROM (SELECT customer_id, month, currency, owner_id, seller_id, {_SUMS} FROM moved
          GROUP BY 1, 2, 3, 4, 5) AS s
    WHERE f.customer_id = s.customer_id AND f.month = s.month AND f.currency = s.currency
      AND f.owner_id = s.owner_id AND f.seller_id = s.seller_id
), updated_months AS (
    UPDATE customer_months AS f SET {_MOVES}
    FROM (SELECT customer_id, month, currency, {_SUMS} FROM moved GROUP BY 1, 2, 3) AS s
    WHERE f.customer_id = s.customer_id AND f.month = s.month AND f.currency = s.currency
)
SELECT count(*) FROM repaired
"""  # noqa: S608


async def write_costs(connection: Connection, costs: Collection[Cost]) -> int:
    """Store costs and repair what was sold before they were known. Returns how many lines that were.

    Needs the exclusive lock on costs (see load): no other batch costs lines meanwhile.
    """
    if not costs:
        return 0
    to_row = row_of(Cost)
    rows = await connection.fetch(_WRITE, *zip(*map(to_row, costs), strict=True))
    if not rows:
        return 0
    repaired: int = await connection.fetchval(_REPAIR, *zip(*rows, strict=True))
    return repaired
