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

# Sums of bigint are numeric; nothing here needs the range. Rows of zeros are not kept.
_WRITE = f"""
WITH ids AS MATERIALIZED (
    SELECT * FROM unnest($1::text[]) AS i (customer_id)
), sums AS MATERIALIZED (
    SELECT m.customer_id, m.currency,
           sum(m.orders) FILTER (WHERE w.counts) AS orders,
           sum(m.amount_minor - m.returned_minor) FILTER (WHERE w.counts) AS amount_minor,
           bool_or(m.costed_minor <> 0 OR m.cost_minor <> 0 OR m.returned_costed_minor <> 0
                   OR m.returned_cost_minor <> 0) FILTER (WHERE w.counts) AS costed,
           sum(m.costed_minor - m.returned_costed_minor) FILTER (WHERE w.counts) AS sales,
           sum(m.costed_minor - m.cost_minor - m.returned_costed_minor + m.returned_cost_minor)
               FILTER (WHERE w.counts) AS profit,
           sum(m.quantity_milli - m.returned_quantity_milli) FILTER (WHERE w.counts) AS quantity_milli,
           sum(m.collected_minor - m.reversed_minor) FILTER (WHERE w.counts) AS collections_minor,
           sum(m.amount_minor - m.returned_minor) AS total_minor,
           coalesce(sum(m.amount_minor - m.returned_minor) FILTER (WHERE m.month BETWEEN
               ($3::date - interval '3 months') AND ($3::date - interval '1 month')), 0) AS recent_minor,
           coalesce(sum(m.amount_minor - m.returned_minor) FILTER (WHERE m.month BETWEEN
               ($3::date - interval '6 months') AND ($3::date - interval '4 months')), 0) AS before_minor
    FROM ids JOIN customer_months AS m USING (customer_id)
    CROSS JOIN LATERAL (SELECT m.month >= $2::date AS counts) AS w
    WHERE m.month <= $3::date
    GROUP BY m.customer_id, m.currency
), bought AS MATERIALIZED (
    SELECT p.customer_id, p.currency, count(DISTINCT p.product_id) AS products
    FROM ids JOIN product_months AS p USING (customer_id)
    WHERE p.month BETWEEN $2::date AND $3::date AND p.orders > 0
    GROUP BY p.customer_id, p.currency
), wanted AS MATERIALIZED (
    SELECT customer_id, currency, orders::bigint, amount_minor::bigint, coalesce(products, 0) AS products,
           CASE WHEN costed THEN profit::bigint END AS profit_minor,
           CASE WHEN costed AND sales > 0 THEN floor(profit * 1000000 / sales)::bigint END AS margin_ppm,
           quantity_milli::bigint, collections_minor::bigint,
           (SELECT max(o.placed_day) FROM orders AS o WHERE o.customer_id = sums.customer_id
            AND o.counts_as = 'order' AND o.placed_day <= $4) AS last_order_day,
           total_minor::bigint, recent_minor::bigint, before_minor::bigint,
           (SELECT CASE WHEN r.blacklisted OR r.on_hold OR r.overdue_days > $5 THEN 0
                        WHEN r.overdue_minor > 0 THEN 50 ELSE 100 END
            FROM receivables AS r WHERE r.customer_id = sums.customer_id) AS standing_points,
           CASE WHEN recent_minor <= 0 AND before_minor <= 0 THEN NULL
                WHEN recent_minor > before_minor
                 AND (recent_minor - before_minor) * 100 >= $6::int * greatest(before_minor, 0) THEN 100
                WHEN recent_minor < before_minor
                 AND (before_minor - recent_minor) * 100 >= $6::int * greatest(before_minor, 0) THEN 0
                ELSE 50 END AS prospects_points
    FROM sums LEFT JOIN bought USING (customer_id, currency)
    WHERE orders <> 0 OR amount_minor <> 0 OR quantity_milli <> 0 OR collections_minor <> 0
       OR profit <> 0 OR coalesce(products, 0) <> 0
), gone AS (
    DELETE FROM customer_values AS v USING ids
    WHERE v.customer_id = ids.customer_id
      AND (v.customer_id, v.currency) NOT IN (SELECT customer_id, currency FROM wanted)
    RETURNING v.currency
), written AS (
    INSERT INTO customer_values AS v (customer_id, currency, {", ".join(NUMBERS)})
    SELECT customer_id, currency, {", ".join(NUMBERS)} FROM wanted
    ON CONFLICT (customer_id, currency) DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in NUMBERS)}
    WHERE ({", ".join(f"v.{n}" for n in NUMBERS)})
        IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in NUMBERS)})
    RETURNING v.currency
)
INSERT INTO unranked_currencies (currency) SELECT currency FROM gone UNION SELECT currency FROM written
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
    """Add up the window of each customer; a currency in which anything differs is ranked anew."""
    connection, day = deriving.unit.connection, deriving.day
    _, policy = await policy_in_force(connection)
    first, last = window_of(day, policy.window_months)
    rule = policy.grading
    await connection.execute(
        _WRITE, deriving.customer_ids, first, last, day, rule.long_overdue_days, rule.trend_percent
    )
    rows = await connection.fetch(_DUE, deriving.customer_ids, first, last, policy.window_months, day)
    return {row["customer_id"]: row["due_on"] for row in rows if row["due_on"] is not None}
