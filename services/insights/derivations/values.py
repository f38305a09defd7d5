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
)

# Sums of bigint are numeric; nothing here needs the range. Rows of zeros are not kept.
_WRITE = f"""
WITH ids AS MATERIALIZED (
    SELECT * FROM unnest($1::text[]) AS i (customer_id)
), sums AS MATERIALIZED (
    SELECT m.customer_id, m.currency,
           sum(m.orders)::bigint AS orders,
           sum(m.amount_minor - m.returned_minor)::bigint AS amount_minor,
           bool_or(m.costed_minor <> 0 OR m.cost_minor <> 0
                   OR m.returned_costed_minor <> 0 OR m.returned_cost_minor <> 0) AS costed,
           sum(m.costed_minor - m.returned_costed_minor)::bigint AS sales,
           sum(m.costed_minor - m.cost_minor - m.returned_costed_minor + m.returned_cost_minor)::bigint AS profit,
           sum(m.quantity_milli - m.returned_quantity_milli)::bigint AS quantity_milli,
           sum(m.collected_minor - m.reversed_minor)::bigint AS collections_minor
    FROM ids JOIN customer_months AS m USING (customer_id)
    WHERE m.month BETWEEN $2 AND $3
    GROUP BY m.customer_id, m.currency
), bought AS MATERIALIZED (
    SELECT p.customer_id, p.currency, count(DISTINCT p.product_id) AS products
    FROM ids JOIN product_months AS p USING (customer_id)
    WHERE p.month BETWEEN $2 AND $3 AND p.orders > 0
    GROUP BY p.customer_id, p.currency
), wanted AS MATERIALIZED (
    SELECT customer_id, currency, orders, amount_minor, coalesce(products, 0) AS products,
           CASE WHEN costed THEN profit END AS profit_minor,
           CASE WHEN costed AND sales > 0 THEN floor(profit::numeric * 1000000 / sales)::bigint END AS margin_ppm,
           quantity_milli, collections_minor
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

# The window moves when a month begins. Something differs when the customer's earliest month in it leaves, or when a
# month that has not begun enters: documents may be ahead of the day.
_DUE = """
SELECT customer_id,
       least(min(month) FILTER (WHERE month <= $3) + make_interval(months => $4),
             min(month) FILTER (WHERE month > $3))::date AS due_on
FROM customer_months WHERE customer_id = ANY($1::text[]) AND month >= $2 GROUP BY customer_id
"""


async def derive_values(deriving: Deriving) -> Mapping[str, date]:
    """Add up the window of each customer; a currency in which anything differs is ranked anew."""
    connection = deriving.unit.connection
    _, policy = await policy_in_force(connection)
    first, last = window_of(deriving.day, policy.window_months)
    await connection.execute(_WRITE, deriving.customer_ids, first, last)
    rows = await connection.fetch(_DUE, deriving.customer_ids, first, last, policy.window_months)
    return {row["customer_id"]: row["due_on"] for row in rows}
