"""How far kept forecasts were from what came true, next to the baselines of the same moment."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from services.insights.forecasting.renewal import WITHIN
from services.kit.database import Connection

About = Literal["next_order_day", "next_order_amount", "month_orders", "month_amount"]
Method = Literal[
    "forecast",
    "forecast_median",
    "forecast_typical",
    "own_mean_gap",
    "own_median_gap",
    "own_mean",
    "last_order",
    "last_month",
    "same_month_last_year",
]

# The day is forecast if the order comes within the horizon of the model; what comes later is not scored, but counted.
_GUESSES = f"""
SELECT a.currency, date_trunc('month', a.came_on)::date AS month, g.about, g.method, g.guess, g.actual, g.ours,
       CASE WHEN g.about = 'next_order_day' AND g.method = 'forecast'
            THEN (a.came_on BETWEEN a.earliest AND a.latest)::int END AS inside
FROM awaited_orders AS a CROSS JOIN LATERAL (
    SELECT a.came_on - a.last_order_day AS gap, a.expected_day - a.last_order_day AS expected
) AS d CROSS JOIN LATERAL (VALUES
    ('next_order_day', 'forecast', d.expected::numeric, d.gap::numeric, d.expected::numeric),
    ('next_order_day', 'own_mean_gap', a.mean_gap_day - a.last_order_day, d.gap, d.expected),
    ('next_order_day', 'own_median_gap', a.median_gap_day - a.last_order_day, d.gap, d.expected),
    ('next_order_amount', 'forecast', a.amount, a.came_amount, a.amount),
    ('next_order_amount', 'forecast_typical', a.typical_amount, a.came_amount, a.amount),
    ('next_order_amount', 'own_mean', a.mean_amount, a.came_amount, a.amount),
    ('next_order_amount', 'last_order', a.last_amount, a.came_amount, a.amount)
) AS g (about, method, guess, actual, ours)
WHERE a.came_on BETWEEN $1 AND $2 AND d.gap <= {WITHIN}
UNION ALL
SELECT f.currency, f.month, g.about, g.method, g.guess, g.actual, g.ours, NULL
FROM forecast_months AS f CROSS JOIN LATERAL (VALUES
    ('month_orders', 'forecast', f.orders::numeric, f.came_orders::numeric, f.orders::numeric),
    ('month_orders', 'forecast_median', f.median_orders, f.came_orders, f.median_orders),
    ('month_orders', 'last_month', f.last_orders, f.came_orders, f.orders::numeric),
    ('month_orders', 'same_month_last_year', f.year_orders, f.came_orders, f.orders::numeric),
    ('month_amount', 'forecast', f.amount, f.came_amount, f.amount),
    ('month_amount', 'last_month', f.last_amount, f.came_amount, f.amount),
    ('month_amount', 'same_month_last_year', f.year_amount, f.came_amount, f.amount)
) AS g (about, method, guess, actual, ours)
WHERE f.month BETWEEN date_trunc('month', $1::date)::date AND $2 AND f.came_orders IS NOT NULL
"""  # noqa: S608

_MEASURES = """
count(*) AS n, avg(abs(guess - actual)) AS mae,
percentile_disc(0.5) WITHIN GROUP (ORDER BY abs(guess - actual)) AS median,
sqrt(avg((guess - actual) ^ 2)) AS rmse, avg(guess - actual) AS bias,
sum(guess - actual) / nullif(sum(actual), 0) AS bias_share,
sum(abs(guess - actual)) / nullif(sum(actual), 0) AS error_share,
avg(abs(ours - actual)) AS ours_mae, avg(inside) AS coverage
"""

_BY_MONTH = f"""
SELECT month, about, method, {_MEASURES} FROM ({_GUESSES}) AS g
WHERE guess IS NOT NULL AND currency = $3 GROUP BY month, about, method
"""  # noqa: S608

_IN_ALL = f"""
SELECT currency, about, method, {_MEASURES} FROM ({_GUESSES}) AS g
WHERE guess IS NOT NULL GROUP BY currency, about, method
"""  # noqa: S608


async def accuracy_by_month(connection: Connection, since: date, until: date, currency: str) -> Sequence[Any]:
    """Return measures per month in which the truth became known, what was forecast, and method."""
    rows: Sequence[Any] = await connection.fetch(_BY_MONTH, since, until, currency)
    return rows


async def accuracy_between(connection: Connection, since: date, until: date) -> Sequence[Any]:
    """Return measures of all orders that came between two days, and of all months that lie in those days' months."""
    rows: Sequence[Any] = await connection.fetch(_IN_ALL, since, until)
    return rows
