"""What each customer did in the rolling window, per currency: the values that customers are ranked by."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.rules.windows import window_of
from services.insights.store.policies import policy_in_force

NUMBERS = (
    "orders",
    "amount_minor",
    "products",
    "profit_minor",
    "margin_ppm",
    "quantity_milli",
    "collections_minor",
    "last_order_day",
    "total_minor",
    "recent_minor",
    "before_minor",
    "standing_points",
    "prospects_points",
)

_NET = "m.amount_minor - m.returned_minor"
_PROFIT = "m.costed_minor - m.cost_minor - m.returned_costed_minor + m.returned_cost_minor"

# Every step reaches its rows by key, whatever the planner thinks of how many there are. Rows of zeros are not kept;
# what is stored is among the keys, so that a row goes when the last of its months does.
_WRITE = f"""
WITH ids AS MATERIALIZED (
    SELECT * FROM unnest($1::text[]) AS i (customer_id)
), keys AS MATERIALIZED (
    SELECT m.customer_id, m.currency FROM ids JOIN customer_months AS m USING (customer_id) WHERE m.month <= $3::date
    UNION
    SELECT v.customer_id, v.currency FROM ids JOIN customer_values AS v USING (customer_id)
), found AS MATERIALIZED (
    SELECT k.customer_id, k.currency, s.orders::bigint, s.amount_minor::bigint, b.products,
           CASE WHEN costed THEN profit::bigint END AS profit_minor,
           CASE WHEN costed AND sales > 0 THEN floor(profit * 1000000 / sales)::bigint END AS margin_ppm,
           s.quantity_milli::bigint, s.collections_minor::bigint,
           (SELECT max(o.placed_day) FROM orders AS o WHERE o.customer_id = k.customer_id
            AND o.counts_as = 'order' AND o.placed_day <= $4) AS last_order_day,
           s.total_minor::bigint, s.recent_minor::bigint, s.before_minor::bigint,
           (SELECT CASE WHEN r.blacklisted OR r.on_hold OR r.overdue_days > $5 THEN 0
                        WHEN r.overdue_minor > 0 THEN 50 ELSE 100 END
            FROM receivables AS r WHERE r.customer_id = k.customer_id) AS standing_points,
           CASE WHEN recent_minor <= 0 AND before_minor <= 0 THEN NULL
                WHEN recent_minor > before_minor
                 AND (recent_minor - before_minor) * 100 >= $6::int * greatest(before_minor, 0) THEN 100
                WHEN recent_minor < before_minor
                 AND (before_minor - recent_minor) * 100 >= $6::int * greatest(before_minor, 0) THEN 0
                ELSE 50 END AS prospects_points,
           s.orders <> 0 OR s.amount_minor <> 0 OR s.quantity_milli <> 0 OR s.collections_minor <> 0
               OR s.profit <> 0 OR b.products <> 0 AS kept
    FROM keys AS k
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(m.orders) FILTER (WHERE m.month >= $2::date), 0) AS orders,
               coalesce(sum({_NET}) FILTER (WHERE m.month >= $2::date), 0) AS amount_minor,
               bool_or(m.costed_minor <> 0 OR m.cost_minor <> 0 OR m.returned_costed_minor <> 0
                       OR m.returned_cost_minor <> 0) FILTER (WHERE m.month >= $2::date) AS costed,
               sum(m.costed_minor - m.returned_costed_minor) FILTER (WHERE m.month >= $2::date) AS sales,
               coalesce(sum({_PROFIT}) FILTER (WHERE m.month >= $2::date), 0) AS profit,
               coalesce(sum(m.quantity_milli - m.returned_quantity_milli)
                        FILTER (WHERE m.month >= $2::date), 0) AS quantity_milli,
               coalesce(sum(m.collected_minor - m.reversed_minor)
                        FILTER (WHERE m.month >= $2::date), 0) AS collections_minor,
               coalesce(sum({_NET}), 0) AS total_minor,
               coalesce(sum({_NET}) FILTER (WHERE m.month BETWEEN
                   $3::date - interval '3 months' AND $3::date - interval '1 month'), 0) AS recent_minor,
               coalesce(sum({_NET}) FILTER (WHERE m.month BETWEEN
                   $3::date - interval '6 months' AND $3::date - interval '4 months'), 0) AS before_minor
        FROM customer_months AS m
        WHERE m.customer_id = k.customer_id AND m.currency = k.currency AND m.month <= $3::date
    ) AS s
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT p.product_id) AS products FROM product_months AS p
        WHERE p.customer_id = k.customer_id AND p.currency = k.currency AND p.orders > 0
          AND p.month BETWEEN $2::date AND $3::date
    ) AS b
), gone AS (
    DELETE FROM customer_values AS v USING found AS f
    WHERE v.customer_id = f.customer_id AND v.currency = f.currency AND NOT f.kept
    RETURNING v.customer_id, v.currency
), written AS (
    INSERT INTO customer_values AS v (customer_id, currency, {", ".join(NUMBERS)})
    SELECT customer_id, currency, {", ".join(NUMBERS)} FROM found WHERE kept
    ON CONFLICT (customer_id, currency) DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in NUMBERS)}
    WHERE ({", ".join(f"v.{n}" for n in NUMBERS)})
        IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in NUMBERS)})
    RETURNING v.customer_id, v.currency
)
INSERT INTO unranked_currencies (customer_id, currency) SELECT * FROM gone UNION ALL SELECT * FROM written
"""  # noqa: S608

# The window moves when a month begins. Something differs when the customer's earliest month in it leaves, when one of
# the months that prospects follow from moves, or when a month enters that has not begun: documents may be ahead of the
# day, in their month and on their day.
_DUE = """
SELECT m.customer_id,
       least(min(m.month) FILTER (WHERE m.month BETWEEN $2::date AND $3::date) + make_interval(months => $4),
             CASE WHEN bool_or(m.month BETWEEN $3::date - interval '6 months' AND $3::date)
                  THEN $3::date + interval '1 month' END,
             min(m.month) FILTER (WHERE m.month > $3::date),
             (SELECT min(o.placed_day) FROM orders AS o WHERE o.customer_id = m.customer_id
              AND o.counts_as = 'order' AND o.placed_day > $5))::date AS due_on
FROM customer_months AS m WHERE m.customer_id = ANY($1::text[]) GROUP BY m.customer_id
"""


async def derive_values(deriving: Deriving) -> Mapping[str, date]:
    """Add up the window of each customer; whoever differs is ranked anew, among all of its currency."""
    connection, day = deriving.unit.connection, deriving.day
    _, policy = await policy_in_force(connection)
    first, last = window_of(day, policy.window_months)
    rule = policy.grading
    await connection.execute(
        _WRITE, deriving.customer_ids, first, last, day, rule.long_overdue_days, rule.trend_percent
    )
    rows = await connection.fetch(_DUE, deriving.customer_ids, first, last, policy.window_months, day)
    return {row["customer_id"]: row["due_on"] for row in rows if row["due_on"] is not None}
