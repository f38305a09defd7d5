"""Forecasts as they were made, stored next to naive baselines of the same moment, and what came true."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.insights.store.order_days import ORDER_DAYS
from services.kit.database import Connection
from services.kit.packing import number_array, text_column, texts_of

# As long as it is the day of the last order, the forecast follows what else comes that day; then it stands. The median
# is that of all own gaps, halves rounded up like those of the mean.
_AWAIT = """
INSERT INTO awaited_orders AS a
    (customer_id, currency, last_order_day, made_on, population, expected_day, earliest, latest, amount, typical_amount,
     mean_gap_day, median_gap_day, mean_amount, last_amount)
SELECT g.customer_id, $3, g.last, $1, $2, g.expected_day, g.earliest, g.latest, g.amount, g.typical_amount,
       CASE WHEN g.days > 1 THEN g.last + floor((g.last - g.first)::numeric / (g.days - 1) + 0.5)::int END,
       g.last + floor(m.gap + 0.5)::int, round(g.total::numeric / g.days)::bigint, m.amount
FROM unnest($4::text[], $5::date[], $6::date[], $7::bigint[], $8::bigint[], $9::date[], $10::date[], $11::date[],
            $12::bigint[], $13::bigint[])
    AS g (customer_id, first, last, days, total, expected_day, earliest, latest, amount, typical_amount)
CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.gap) AS gap,
           coalesce(max(d.amount) FILTER (WHERE d.placed_day = g.last), 0)::bigint AS amount
    FROM (SELECT o.placed_day, sum(o.counted_minor)::bigint AS amount,
                 o.placed_day - lag(o.placed_day) OVER (ORDER BY o.placed_day) AS gap
          FROM orders AS o
          WHERE o.customer_id = g.customer_id AND o.currency = $3 AND o.counts_as = 'order' AND o.placed_day <= g.last
          GROUP BY o.placed_day) AS d
) AS m
WHERE g.last = $1 OR NOT EXISTS (SELECT FROM awaited_orders AS s WHERE s.customer_id = g.customer_id
                                 AND s.currency = $3 AND s.last_order_day = g.last)
ORDER BY g.customer_id
ON CONFLICT (customer_id, currency, last_order_day) DO UPDATE
SET made_on = excluded.made_on, population = excluded.population, expected_day = excluded.expected_day,
    earliest = excluded.earliest, latest = excluded.latest, amount = excluded.amount,
    typical_amount = excluded.typical_amount, mean_gap_day = excluded.mean_gap_day,
    median_gap_day = excluded.median_gap_day, mean_amount = excluded.mean_amount, last_amount = excluded.last_amount
WHERE a.last_order_day = excluded.made_on
"""

# The same month last year says something only if somebody ordered in its first week or before.
_MONTHS = f"""
INSERT INTO forecast_months AS f
    (customer_id, currency, month, made_on, population, orders, median_orders, amount,
     last_orders, last_amount, year_orders, year_amount)
SELECT g.customer_id, $3, $4, $1, $2, g.orders, g.median_orders, g.amount, b.last_orders, b.last_amount,
       CASE WHEN k.known THEN b.year_orders END, CASE WHEN k.known THEN b.year_amount END
FROM unnest({texts_of(5)}, $6::text::float8[], $7::text::int[], $8::text::bigint[])
    AS g (customer_id, orders, median_orders, amount)
CROSS JOIN (SELECT min(first) < ($4::date - interval '1 year' + interval '7 days')::date AS known
            FROM order_forecasts WHERE currency = $3) AS k
CROSS JOIN LATERAL (
    SELECT count(DISTINCT o.placed_day) FILTER (WHERE r.last)::int AS last_orders,
           coalesce(sum(o.counted_minor) FILTER (WHERE r.last), 0)::bigint AS last_amount,
           count(DISTINCT o.placed_day) FILTER (WHERE NOT r.last)::int AS year_orders,
           coalesce(sum(o.counted_minor) FILTER (WHERE NOT r.last), 0)::bigint AS year_amount
    FROM (VALUES (true, ($4::date - interval '1 month')::date, least($4::date - 1, $1)),
                 (false, ($4::date - interval '1 year')::date, ($4::date - interval '11 months')::date - 1))
        AS r (last, since, until)
    JOIN orders AS o ON o.customer_id = g.customer_id AND o.placed_day BETWEEN r.since AND r.until
    WHERE o.currency = $3 AND o.counts_as = 'order'
) AS b
ORDER BY g.customer_id
ON CONFLICT (customer_id, currency, month) DO UPDATE
SET made_on = excluded.made_on, population = excluded.population, orders = excluded.orders,
    median_orders = excluded.median_orders, amount = excluded.amount, last_orders = excluded.last_orders,
    last_amount = excluded.last_amount, year_orders = excluded.year_orders, year_amount = excluded.year_amount
WHERE f.month > excluded.made_on
"""  # noqa: S608

_TRUTH = """
SELECT count(DISTINCT o.placed_day)::int AS orders, coalesce(sum(o.counted_minor), 0)::bigint AS amount
FROM orders AS o
WHERE o.customer_id = f.customer_id AND o.currency = f.currency AND o.counts_as = 'order'
  AND o.placed_day >= f.month AND o.placed_day < (f.month + interval '1 month')::date
"""

_SETTLE = f"""
WITH due AS MATERIALIZED (
    SELECT customer_id, currency, month FROM forecast_months
    WHERE came_orders IS NULL AND month < date_trunc('month', $1::date)::date
    ORDER BY month, customer_id, currency LIMIT $2 FOR UPDATE SKIP LOCKED
), truth AS MATERIALIZED (SELECT f.*, t.* FROM due AS f CROSS JOIN LATERAL ({_TRUTH}) AS t)
UPDATE forecast_months AS m SET came_orders = t.orders, came_amount = t.amount FROM truth AS t
WHERE m.customer_id = t.customer_id AND m.currency = t.currency AND m.month = t.month
RETURNING 1
"""  # noqa: S608

_CORRECT_MONTHS = f"""
WITH truth AS MATERIALIZED (
    SELECT f.customer_id, f.currency, f.month, t.*
    FROM forecast_months AS f CROSS JOIN LATERAL ({_TRUTH}) AS t
    WHERE f.customer_id = ANY($1::text[]) AND f.came_orders IS NOT NULL
)
UPDATE forecast_months AS m SET came_orders = t.orders, came_amount = t.amount FROM truth AS t
WHERE m.customer_id = t.customer_id AND m.currency = t.currency AND m.month = t.month
  AND (m.came_orders, m.came_amount) IS DISTINCT FROM (t.orders, t.amount)
"""  # noqa: S608

# A forecast after a day that turned out to be no order day was about nothing.
_CORRECT_AWAITED = f"""
WITH days AS MATERIALIZED (
    SELECT customer_id, currency, placed_day, lead(placed_day) OVER w AS came_on, lead(amount) OVER w AS came_amount
    FROM ({ORDER_DAYS}) AS o WINDOW w AS (PARTITION BY customer_id, currency ORDER BY placed_day)
), gone AS (
    DELETE FROM awaited_orders AS a WHERE a.customer_id = ANY($1::text[]) AND NOT EXISTS (
        SELECT FROM days AS d
        WHERE d.customer_id = a.customer_id AND d.currency = a.currency AND d.placed_day = a.last_order_day)
)
UPDATE awaited_orders AS a SET came_on = d.came_on, came_amount = d.came_amount FROM days AS d
WHERE a.customer_id = d.customer_id AND a.currency = d.currency AND a.last_order_day = d.placed_day
  AND (a.came_on, a.came_amount) IS DISTINCT FROM (d.came_on, d.came_amount)
"""  # noqa: S608

_PURGE = (
    "DELETE FROM awaited_orders WHERE last_order_day < $1::date",
    "DELETE FROM forecast_months WHERE month < $1::date",
)


async def keep_awaited(
    connection: Connection, day: date, version: int, currency: str, columns: Sequence[Sequence[Any]]
) -> None:
    """Store forecasts of the next order, one per order day.

    Columns: customer, first and last order day, order days, their amount, expected, earliest and latest day, mean and
    typical amount.
    """
    await connection.execute(_AWAIT, day, version, currency, *columns)


async def keep_months(
    connection: Connection,
    day: date,
    version: int,
    currency: str,
    month: date,
    customer_ids: Sequence[str],
    numbers: Sequence[Sequence[float]],
) -> None:
    """Store forecasts of a month, one per customer. Numbers are columns: orders, median of orders, amount."""
    packed = text_column(customer_ids), *map(number_array, numbers)
    await connection.execute(_MONTHS, day, version, currency, month, *packed)


async def settle_months(connection: Connection, day: date, most: int) -> int:
    """Say of some forecasts of months that are over what came true. Returns of how many."""
    return len(await connection.fetch(_SETTLE, day, most))


async def correct_truths(connection: Connection, customer_ids: Sequence[str], day: date) -> None:
    """Say what came true of these customers' forecasts, as of what is known now."""
    await connection.execute(_CORRECT_AWAITED, customer_ids, day)
    await connection.execute(_CORRECT_MONTHS, customer_ids)


async def purge_forecasts(connection: Connection, before: date) -> None:
    """Delete what was forecast of orders after days, and of months, before a day."""
    for statement in _PURGE:
        await connection.execute(statement, before)
