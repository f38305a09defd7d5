"""What a list of silent customers is ranked by, kept beside the forecasts that it follows from."""

from collections.abc import Sequence
from datetime import date

from services.insights.rules.windows import month_after
from services.kit.database import Connection

PRIORS = """
SELECT version, (body -> 'gaps' ->> 'mean')::float8 AS mean, (body -> 'gaps' ->> 'worth')::float8 AS worth
FROM order_populations
"""
"""What each population says of gaps before a customer has any of its own; a body is large, so name the versions."""

USUAL_GAP = "exp((p.worth * p.mean + f.log_gaps) / (p.worth + f.days - 1))"
"""Days, of ``order_forecasts AS f`` and ``PRIORS AS p``."""

BOUGHT = """
(SELECT coalesce(sum(c.amount_minor), 0)::bigint FROM customer_months AS c
 WHERE c.customer_id = f.customer_id AND c.currency = f.currency AND c.month BETWEEN {first} AND {last})
"""
"""Minor units that a customer of ``order_forecasts AS f`` ordered in the months from ``first`` to ``last``."""

_KEPT = ("silent_since", "usual_gap", "stake_month", "at_stake")
_NOTE = f"""
WITH found AS MATERIALIZED (
    SELECT f.customer_id, f.currency, max(f.last) OVER (PARTITION BY f.customer_id) AS silent_since,
           {USUAL_GAP} AS usual_gap, CASE WHEN f.active IS NOT NULL THEN $2::date END AS stake_month,
           round({BOUGHT.format(first="$3", last="$4")} * f.active)::bigint AS at_stake
    FROM order_forecasts AS f LEFT JOIN (
        {PRIORS} WHERE version IN (SELECT population FROM order_forecasts WHERE customer_id = ANY($1::text[])) OFFSET 0
    ) AS p ON p.version = f.population
    WHERE f.customer_id = ANY($1::text[])
)
UPDATE order_forecasts AS f SET {", ".join(f"{n} = g.{n}" for n in _KEPT)} FROM found AS g
WHERE f.customer_id = g.customer_id AND f.currency = g.currency
  AND ({", ".join(f"f.{n}" for n in _KEPT)}) IS DISTINCT FROM ({", ".join(f"g.{n}" for n in _KEPT)})
"""  # noqa: S608


async def note_silence(connection: Connection, customer_ids: Sequence[str], day: date) -> None:
    """Store since when these customers are silent, how long they usually are, and what is at stake.

    Forecasts are made without being derived anew, and store their part by themselves (``order_days.py``).
    """
    month = day.replace(day=1)
    await connection.execute(_NOTE, customer_ids, month, month_after(day, -12), month_after(day, -1))
