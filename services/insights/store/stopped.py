"""Stopped products: what they follow from, and what is stored of them."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.insights.rules.segment_policy import Stopped
from services.kit.database import Connection

YEAR_DAYS = 365
"""What was bought in the year that the last purchase ends is at stake."""

_NUMBERS = ("purchases", "first_day", "last_day", "stopped_on", "year_minor", "ordered_since")

# A rhythm is of a product in any currency, what it was worth is in each. A purchase is a day; usual is the mean gap, in
# whole numbers without rounding: stopped after more than k * (last - first) / (purchases - 1) days. Orders and their
# lines are found by key, none before the window; it moves with the month, when a first purchase may leave it. What was
# bought goes along in arrays: joined again, one row is expected of it, and every row is compared with every other.
_WRITE = f"""
WITH ordered AS MATERIALIZED (
    SELECT o.customer_id, o.order_id, o.basis, o.currency, o.placed_day,
           dense_rank() OVER (PARTITION BY o.customer_id, o.placed_day > $2::date ORDER BY o.placed_day DESC) - 1
               AS ordered_since
    FROM unnest($1::text[]) AS i (customer_id) JOIN orders AS o USING (customer_id)
    WHERE o.counts_as = 'order' AND o.placed_day >= $3::date
), bought AS MATERIALIZED (
    SELECT o.customer_id, l.product_id, o.currency, o.placed_day, o.ordered_since, sum(l.amount_minor) AS amount_minor
    FROM ordered AS o JOIN lines AS l
      ON l.customer_id = o.customer_id AND l.document_id = o.order_id AND l.kind = o.basis
    WHERE o.placed_day <= $2 GROUP BY 1, 2, 3, 4, 5
), usual AS MATERIALIZED (
    SELECT *, last_day + $6::int * (last_day - first_day) / (purchases - 1) + 1 AS stopped_on
    FROM (SELECT customer_id, product_id, count(DISTINCT placed_day)::int AS purchases, min(placed_day) AS first_day,
                 max(placed_day) AS last_day, min(ordered_since)::int AS ordered_since,
                 array_agg(currency) AS currencies, array_agg(placed_day) AS days, array_agg(amount_minor) AS amounts
          FROM bought GROUP BY 1, 2) AS b
    WHERE purchases >= $5::int
), found AS MATERIALIZED (
    SELECT u.customer_id, u.product_id, b.currency, u.purchases, u.first_day, u.last_day, u.stopped_on,
           sum(b.amount_minor)::bigint AS year_minor, u.ordered_since
    FROM usual AS u
    CROSS JOIN LATERAL unnest(u.currencies, u.days, u.amounts) AS b (currency, placed_day, amount_minor)
    WHERE u.stopped_on <= $2 AND b.placed_day > u.last_day - {YEAR_DAYS} GROUP BY 1, 2, 3, 4, 5, 6, 7, 9
), gone AS (
    DELETE FROM stopped_products AS s WHERE s.customer_id = ANY($1::text[]) AND NOT EXISTS (
        SELECT FROM found AS f WHERE (f.customer_id, f.product_id, f.currency)
            = (s.customer_id, s.product_id, s.currency))
), written AS (
    INSERT INTO stopped_products AS s (customer_id, product_id, currency, {", ".join(_NUMBERS)})
    SELECT customer_id, product_id, currency, {", ".join(_NUMBERS)} FROM found ORDER BY 1, 2, 3
    ON CONFLICT (customer_id, product_id, currency)
    DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in _NUMBERS)}
    WHERE ({", ".join(f"s.{n}" for n in _NUMBERS)}) IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in _NUMBERS)})
)
SELECT customer_id, min(due_on) AS due_on FROM (
    SELECT customer_id, stopped_on AS due_on FROM usual WHERE stopped_on > $2
    UNION ALL
    SELECT customer_id, (date_trunc('month', first_day) + make_interval(months => $4))::date FROM usual
    UNION ALL
    SELECT customer_id, placed_day FROM ordered WHERE placed_day > $2
) AS turns GROUP BY customer_id
"""  # noqa: S608


async def write_stopped(
    connection: Connection, customer_ids: Sequence[str], day: date, first: date, rule: Stopped
) -> Mapping[str, date]:
    """Store the stopped products of these customers; return when something may differ because time passed."""
    rows = await connection.fetch(
        _WRITE, customer_ids, day, first, rule.window_months, rule.least_purchases, rule.gaps
    )
    return {row["customer_id"]: row["due_on"] for row in rows}
