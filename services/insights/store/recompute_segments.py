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
), sales AS (
    SELECT customer_id, currency, sum(net) AS ever,
           coalesce(sum(net) FILTER (WHERE ago BETWEEN 1 AND 3), 0) AS recent,
           coalesce(sum(net) FILTER (WHERE ago BETWEEN 4 AND 6), 0) AS before
    FROM (SELECT customer_id, currency, amount - returned AS net,
                 (extract(year FROM $3::date) - extract(year FROM month)) * 12
                 + extract(month FROM $3::date) - extract(month FROM month) AS ago
          FROM parts) AS p WHERE ago >= 0 GROUP BY 1, 2
), days AS (
    SELECT customer_id, max(placed_day) AS last_day FROM totalled
    WHERE counts_as = 'order' AND placed_day <= $4 GROUP BY 1
), expected AS (
    SELECT customer_id, currency, orders::bigint, amount::bigint, coalesce(products, 0)::bigint,
           CASE WHEN costed > 0 THEN profit::bigint END,
           CASE WHEN costed > 0 AND sales > 0 THEN floor(1000000 * profit / sales)::bigint END,
           quantity::bigint, collected::bigint, last_day, ever::bigint, recent::bigint, before::bigint
    FROM windows JOIN sales USING (customer_id, currency) LEFT JOIN kinds USING (customer_id, currency)
    JOIN settled USING (customer_id) LEFT JOIN days USING (customer_id)
    WHERE (orders, amount, quantity, collected, profit, coalesce(products, 0)) <> (0, 0, 0, 0, 0, 0)
), trades AS (
    SELECT customer_id, min(placed_day) AS first_day, count(*) FILTER (WHERE month <= $3) AS orders
    FROM totalled WHERE counts_as = 'order' GROUP BY 1
), gaps AS (
    SELECT customer_id, placed_day,
           placed_day - lag(placed_day) OVER (PARTITION BY customer_id ORDER BY placed_day) AS gap
    FROM totalled WHERE counts_as = 'order' AND placed_day <= $4
), stored AS (
    SELECT v.customer_id, v.currency, v.orders, v.amount_minor, v.products, v.profit_minor, v.margin_ppm,
           v.quantity_milli, v.collections_minor, v.last_order_day, v.total_minor, v.recent_minor, v.before_minor
    FROM customer_values AS v JOIN settled USING (customer_id)
)
SELECT 'customer_values' AS "table", customer_id, 'expected' AS side, f::text AS row
FROM (SELECT * FROM expected EXCEPT SELECT * FROM stored) AS f
UNION ALL
SELECT 'customer_values', customer_id, 'stored', f::text
FROM (SELECT * FROM stored EXCEPT SELECT * FROM expected) AS f
UNION ALL
SELECT 'customer_stages', customer_id, 'expected', f::text FROM (
    SELECT customer_id, CASE
        WHEN last_day IS NULL THEN 'prospect'
        WHEN $4::date - last_day > $5::int THEN 'dormant'
        WHEN $4::date - (SELECT max(placed_day) FROM gaps AS g
                         WHERE g.customer_id = settled.customer_id AND gap > $5::int) < $6::int THEN 'revived'
        WHEN orders >= $7::int AND $4::date - first_day >= $8::int THEN 'established'
        WHEN orders >= $9::int AND $4::date - first_day >= $10::int THEN 'familiar'
        ELSE 'new' END, coalesce(orders, 0)
    FROM settled LEFT JOIN trades USING (customer_id) LEFT JOIN days USING (customer_id)
    EXCEPT SELECT customer_id, stage, orders FROM customer_stages WHERE customer_id = ANY($1::text[])) AS f
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
    life = policy.life_cycle
    rows = await connection.fetch(
        _VALUES,
        *(customer_ids, *window_of(day, policy.window_months), day, life.dormant_days, life.revived_days),
        *(life.established_orders, life.established_days, life.familiar_orders, life.familiar_days),
    )
    return [Difference(*row) for row in rows]


_SCORES = """
WITH ranked AS (
    SELECT *, rank() OVER (o ORDER BY last_order_day DESC) AS r, rank() OVER (o ORDER BY orders DESC) AS f,
           rank() OVER (o ORDER BY amount_minor DESC) AS m, count(*) OVER o AS n
    FROM customer_values WHERE orders > 0 AND last_order_day IS NOT NULL WINDOW o AS (PARTITION BY currency)
), profits AS (
    SELECT customer_id, currency, profit_minor, (rank() OVER (c ORDER BY profit_minor DESC) - 1) * 100.0
           / count(*) OVER c AS better
    FROM customer_values WHERE profit_minor IS NOT NULL WINDOW c AS (PARTITION BY currency)
)
SELECT 'customer_classes', c.customer_id, 'stored', c::text
FROM customer_classes AS c JOIN ranked AS v USING (customer_id, currency)
WHERE (c.recency, c.frequency, c.monetary) IS DISTINCT FROM
    (5 - 5 * (v.r - 1) / v.n, 5 - 5 * (v.f - 1) / v.n, 5 - 5 * (v.m - 1) / v.n)
  AND NOT EXISTS (SELECT FROM unranked_currencies AS u WHERE u.currency = c.currency)
UNION ALL
SELECT 'customer_classes', c.customer_id, 'stored', c::text
FROM customer_classes AS c LEFT JOIN profits AS p USING (customer_id, currency)
WHERE c.tier IS DISTINCT FROM CASE WHEN p.profit_minor < 0 THEN 'loss' WHEN p.better < $1::int THEN 'platinum'
    WHEN p.better < $2::int THEN 'gold' WHEN p.better < $3::int THEN 'iron' WHEN p.better IS NOT NULL THEN 'lead' END
  AND NOT EXISTS (SELECT FROM unranked_currencies AS u WHERE u.currency = c.currency)
"""


async def class_differences(connection: Connection) -> list[Difference]:
    """Return the classes that the rule would not leave as they are, of all customers."""
    policy = (await policy_in_force(connection)).policy
    abc, tiers = policy.abc, policy.tiers
    weights = msgspec.json.encode({name: abc.weights.of(name) for name in DIMENSIONS}).decode()
    rows = await connection.fetch(
        _CLASSES,
        *(abc.a_percent, abc.b_percent, abc.keep_percent, weights),
        *(abc.overall_a_percent, abc.overall_b_percent),
    )
    rows += await connection.fetch(_SCORES, tiers.platinum_percent, tiers.gold_percent, tiers.iron_percent)
    return [Difference(*row) for row in rows]


# Of each customer what it was before and after, instead of one month against another.
_GROWTH = """
WITH states AS (
    SELECT customer_id, month, stage, coalesce(lag(stage) OVER w, 'prospect') AS before,
           coalesce(lag(month) OVER w = month - interval '1 month', false) AS follows
    FROM stage_months WINDOW w AS (PARTITION BY customer_id ORDER BY month)
), moves AS (
    SELECT month, stage, stage IN ('prospect', 'dormant') AS idle,
           CASE WHEN follows THEN before ELSE 'prospect' END AS b
    FROM states
), expected AS (
    SELECT month, sum((b = 'prospect' AND stage <> 'prospect')::int) AS gained,
           sum((b NOT IN ('prospect', 'dormant') AND stage = 'dormant')::int) AS lost,
           sum((b = 'dormant' AND NOT idle)::int) AS revived, sum((NOT idle)::int) AS active,
           sum((stage = 'dormant')::int) AS dormant, sum((stage = 'prospect')::int) AS prospects
    FROM moves GROUP BY month
)
SELECT 'growth_months', '', 'expected', e::text FROM (TABLE expected EXCEPT TABLE growth_months) AS e
UNION ALL SELECT 'growth_months', '', 'stored', s::text FROM (TABLE growth_months EXCEPT TABLE expected) AS s
"""


async def growth_differences(connection: Connection) -> list[Difference]:
    """Count the months that are over once more."""
    return [Difference(*row) for row in await connection.fetch(_GROWTH)]
