"""Values and classes computed once more: values from the documents, classes by another way of ranking.

Nothing is said of customers who are about to be derived, nor of currencies that are about to be ranked.
"""

from collections.abc import Sequence

import msgspec

from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.windows import window_of
from services.insights.store.policies import policy_in_force
from services.insights.store.recompute import DOCUMENTS, Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

# Documents and their parts are as store/recompute.py reads them; $2 and $3 are the months of the window, $4 the day.
_VALUES = f"""
{DOCUMENTS}, settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $4::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), windows AS (
    SELECT customer_id, currency, sum(orders) AS orders, sum(amount) - sum(returned) AS amount,
           sum(quantity) - sum(back_quantity) AS quantity, sum(collected) - sum(reversed) AS collected,
           sum(costed) - sum(back_costed) AS sales, sum(costed - cost) - sum(back_costed - back_cost) AS profit,
           count(*) FILTER (WHERE costed <> 0 OR cost <> 0 OR back_costed <> 0 OR back_cost <> 0) AS costed
    FROM parts WHERE month >= $2 AND month <= $3 GROUP BY 1, 2
), kinds AS (
    SELECT customer_id, currency, count(*) AS products
    FROM (SELECT DISTINCT customer_id, currency, product_id FROM sold
          WHERE orders = 1 AND month >= $2 AND month <= $3) AS p GROUP BY 1, 2
), expected AS (
    SELECT customer_id, currency, orders::bigint, amount::bigint, coalesce(products, 0)::bigint,
           CASE WHEN costed > 0 THEN profit::bigint END,
           CASE WHEN costed > 0 AND sales > 0 THEN floor(1000000 * profit / sales)::bigint END,
           quantity::bigint, collected::bigint
    FROM windows LEFT JOIN kinds USING (customer_id, currency) JOIN settled USING (customer_id)
    WHERE (orders, amount, quantity, collected, profit, coalesce(products, 0)) <> (0, 0, 0, 0, 0, 0)
), stored AS (
    SELECT v.customer_id, v.currency, v.orders, v.amount_minor, v.products, v.profit_minor, v.margin_ppm,
           v.quantity_milli, v.collections_minor
    FROM customer_values AS v JOIN settled USING (customer_id)
)
SELECT 'customer_values' AS "table", customer_id, 'expected' AS side, f::text AS row
FROM (SELECT * FROM expected EXCEPT SELECT * FROM stored) AS f
UNION ALL
SELECT 'customer_values', customer_id, 'stored', f::text
FROM (SELECT * FROM stored EXCEPT SELECT * FROM expected) AS f
"""  # noqa: S608

# What is at most as far down as a customer makes the rest, so all but that is above it. $1, $2 and $3 are where A and B
# end and how much is kept, $4 the weights by dimension, $5 and $6 the percentages of points of A and B overall.
_CLASSES = """
WITH dimensional AS MATERIALIZED (
    SELECT v.customer_id, v.currency, d.dimension, d.value, d.class,
           greatest(CASE WHEN d.dimension = 'margin' THEN v.profit_minor ELSE d.value END, 0) AS makes
    FROM customer_values AS v LEFT JOIN customer_classes AS c USING (customer_id, currency)
    CROSS JOIN LATERAL (VALUES
        ('orders', v.orders, c.orders_class), ('amount', v.amount_minor, c.amount_class),
        ('products', v.products, c.products_class), ('profit', v.profit_minor, c.profit_class),
        ('margin', v.margin_ppm, c.margin_class), ('quantity', v.quantity_milli, c.quantity_class),
        ('collections', v.collections_minor, c.collections_class)) AS d (dimension, value, class)
    WHERE NOT EXISTS (SELECT FROM unranked_currencies AS u WHERE u.currency = v.currency)
), ranked AS (
    SELECT *, sum(makes) FILTER (WHERE value > 0) OVER of_all AS total,
           sum(makes) FILTER (WHERE value > 0) OVER of_all
               - sum(makes) FILTER (WHERE value > 0) OVER (of_all ORDER BY value RANGE UNBOUNDED PRECEDING) AS above
    FROM dimensional WINDOW of_all AS (PARTITION BY currency, dimension)
), misplaced AS (
    SELECT customer_id, currency, dimension, class FROM ranked
    WHERE CASE
        WHEN value IS NULL OR coalesce(total, 0) = 0 THEN class IS NOT NULL
        WHEN value <= 0 THEN class IS DISTINCT FROM 'C'
        WHEN class = 'A' THEN above * 100 >= ($1::int + $3::int) * total
        WHEN class = 'B' THEN above * 100 < ($1::int - $3::int) * total OR above * 100 >= ($2::int + $3::int) * total
        WHEN class = 'C' THEN above * 100 < ($2::int - $3::int) * total
        ELSE true END
), scored AS (
    SELECT customer_id, currency,
           sum(($4::jsonb ->> dimension)::int * CASE class WHEN 'A' THEN 100 WHEN 'B' THEN 50 ELSE 0 END)
               / nullif(sum(($4::jsonb ->> dimension)::numeric), 0) AS percent
    FROM dimensional WHERE class IS NOT NULL GROUP BY 1, 2
)
SELECT 'customer_classes' AS "table", customer_id, 'stored' AS side, m::text AS row FROM misplaced AS m
UNION ALL
SELECT 'customer_classes', c.customer_id, 'stored', format('(%s,%s,overall,%s)', c.customer_id, c.currency, c.overall)
FROM customer_classes AS c LEFT JOIN scored AS s USING (customer_id, currency)
WHERE c.overall IS DISTINCT FROM CASE WHEN s.percent >= $5::int THEN 'A' WHEN s.percent >= $6::int THEN 'B'
                                      WHEN s.percent IS NOT NULL THEN 'C' END
  AND NOT EXISTS (SELECT FROM unranked_currencies AS u WHERE u.currency = c.currency)
UNION ALL
SELECT 'customer_classes', c.customer_id, 'stored', format('(%s,%s)', c.customer_id, c.currency)
FROM customer_classes AS c
WHERE NOT EXISTS (SELECT FROM customer_values AS v WHERE v.customer_id = c.customer_id AND v.currency = c.currency)
  AND NOT EXISTS (SELECT FROM unranked_currencies AS u WHERE u.currency = c.currency)
"""


async def value_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Compute the values of these customers from their documents and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    _, policy = await policy_in_force(connection)
    rows = await connection.fetch(_VALUES, customer_ids, *window_of(day, policy.window_months), day)
    return [Difference(*row) for row in rows]


async def class_differences(connection: Connection) -> list[Difference]:
    """Return the classes that the rule would not leave as they are, of all customers."""
    abc = (await policy_in_force(connection)).policy.abc
    weights = msgspec.json.encode({name: abc.weights.of(name) for name in DIMENSIONS}).decode()
    rows = await connection.fetch(
        _CLASSES,
        *(abc.a_percent, abc.b_percent, abc.keep_percent, weights),
        *(abc.overall_a_percent, abc.overall_b_percent),
    )
    return [Difference(*row) for row in rows]
