"""Keeping what a month ended with: classes, groups, tiers, grades and stages of everybody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.windows import month_after
from services.insights.store.segment_history import COUNTS
from services.insights.store.staleness import DAY_REACHED
from services.kit.database import Connection

_CLASSES = ", ".join(f"c.{dimension}_class" for dimension in DIMENSIONS)
_COLUMNS = f"amount_minor, profit_minor, {_CLASSES.replace('c.', '')}, overall, rfm_group, tier, grade, grade_percent"

_KEEP = f"""
INSERT INTO segment_months (month, customer_id, currency, {_COLUMNS})
SELECT $1, v.customer_id, v.currency, v.amount_minor, v.profit_minor, {_CLASSES}, c.overall, c.rfm_group, c.tier,
       c.grade, c.grade_percent
FROM customer_values AS v JOIN customer_classes AS c USING (customer_id, currency)
"""  # noqa: S608

COUNT_GROWTH = f"""
INSERT INTO growth_months (month, gained, lost, revived, active, dormant, prospects)
SELECT $1::date, {COUNTS} FROM (
    SELECT s.stage, p.stage AS before FROM stage_months AS s
    LEFT JOIN stage_months AS p
      ON p.customer_id = s.customer_id AND p.month = ($1::date - interval '1 month')::date
    WHERE s.month = $1
) AS moves HAVING count(*) > 0
"""  # noqa: S608
"""Counts a month that is kept. It stays as it was, and so do its counts."""

_PENDING = """
SELECT EXISTS (SELECT FROM stale_customers WHERE id <= $1) OR EXISTS (SELECT FROM derivations WHERE due_on <= $2)
"""

# While a month is being closed it is still its last day: what happened since waits among all who are due when the next
# one begins. They go first.
_AHEAD = """
INSERT INTO stale_customers (customer_id)
SELECT DISTINCT customer_id FROM customer_months WHERE month = $1 ORDER BY customer_id
"""


@dataclass(slots=True)
class Closing:
    """The month that is about to be closed, and the last change of facts that must have been derived before."""

    month: date | None = None
    last_change: int = 0


async def close_month(connection: Connection, closing: Closing, now: datetime) -> bool:
    """Close the next month if it is over and everybody is derived as of its last day. Tells whether one was closed.

    Whoever was stale when the month was found to be over is waited for; later changes are as late as any that come
    after the close: what is kept stays as it was.
    """
    reached: date | None = await connection.fetchval(f"SELECT {DAY_REACHED}")
    closed: date | None = await connection.fetchval("SELECT max(month) FROM closed_months")
    if reached is None:
        return False
    if closed is None:
        await _note(connection, month_after(reached, -1), now)
        return False
    month = month_after(closed, 1)
    if month_after(reached, 0) <= month:
        return False
    if closing.month != month:
        closing.month = month
        closing.last_change = await connection.fetchval("SELECT coalesce(max(id), 0) FROM stale_customers")
    last_day = month_after(month, 1) - timedelta(days=1)
    if await connection.fetchval(_PENDING, closing.last_change, last_day):
        return False
    await connection.execute(
        "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
    )
    await connection.execute(_KEEP, month)
    await connection.execute(
        "INSERT INTO stage_months (month, customer_id, stage) SELECT $1, customer_id, stage FROM customer_stages",
        month,
    )
    await connection.execute(COUNT_GROWTH, month)
    await _note(connection, month, now)
    await connection.execute(_AHEAD, month_after(month, 1))
    return True


async def _note(connection: Connection, month: date, now: datetime) -> None:
    await connection.execute("INSERT INTO closed_months (month, closed_at) VALUES ($1, $2)", month, now)
