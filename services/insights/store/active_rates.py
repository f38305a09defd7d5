"""Active rates counted from orders and assignments, and what was said about them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from services.insights.rules.performance import Counted
from services.insights.rules.windows import month_after
from services.kit.database import Connection

KIND = "active_rate_low"

_MARK = """
INSERT INTO stale_salespeople (salesperson_id)
SELECT DISTINCT salesperson_id FROM customer_owners
WHERE customer_id = ANY($1::text[]) AND salesperson_id <> '' ORDER BY 1
"""

_TAKE = """
WITH taken AS MATERIALIZED (SELECT id FROM stale_salespeople ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM stale_salespeople AS s USING taken WHERE s.id = taken.id RETURNING s.salesperson_id
"""

_EVERYBODY = """
SELECT DISTINCT salesperson_id FROM customer_owners WHERE salesperson_id <> ''
UNION SELECT customer_id FROM alert_signals WHERE kind = $1 AND facts IS NOT NULL
"""

COUNTS = """
SELECT w.salesperson_id, count(*)::int AS assigned, count(f.customer_id)::int AS active
FROM (
    SELECT DISTINCT ON (o.customer_id) o.customer_id, o.salesperson_id FROM customer_owners AS o
    WHERE o.from_day <= $2 AND o.customer_id IN (
        SELECT customer_id FROM customer_owners WHERE salesperson_id = ANY($1::text[]) AND from_day <= $2)
    ORDER BY o.customer_id, o.from_day DESC
) AS w
LEFT JOIN (SELECT DISTINCT customer_id FROM customer_months WHERE month = $3 AND orders > 0) AS f USING (customer_id)
WHERE w.salesperson_id = ANY($1::text[]) GROUP BY w.salesperson_id
"""

_SAID = """
SELECT customer_id, facts::text FROM alert_signals
WHERE customer_id = ANY($1::text[]) AND kind = $2 AND facts IS NOT NULL AND until >= $3
"""


async def mark_owners_of(connection: Connection, customer_ids: Sequence[str]) -> None:
    """Have everybody counted who looks after these customers, or did."""
    await connection.execute(_MARK, customer_ids)


async def take_stale_salespeople(connection: Connection, most: int) -> list[str]:
    """Take those to count, so that no other replica takes the same words."""
    rows = await connection.fetch(_TAKE, most)
    return sorted({row["salesperson_id"] for row in rows})


async def all_salespeople(connection: Connection) -> list[str]:
    """Return whoever customers were ever assigned to."""
    return sorted(row["salesperson_id"] for row in await connection.fetch(_EVERYBODY, KIND))


async def counted(connection: Connection, salesperson_ids: Sequence[str], day: date) -> dict[str, Counted]:
    """Count the customers of salespeople as of a day, and those with an order in its month."""
    # For a few of them customer by customer, for all of them the month as a whole.
    await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_hashjoin = on")
    rows = await connection.fetch(COUNTS, salesperson_ids, day, month_after(day, 0))
    return {row["salesperson_id"]: Counted(row["assigned"], row["active"]) for row in rows}


async def said(
    connection: Connection, salesperson_ids: Sequence[str], day: date
) -> Mapping[str, Mapping[str, Any]]:
    """Return what still holds of what was said, by salesperson."""
    rows = await connection.fetch(_SAID, salesperson_ids, KIND, day)
    return {row["customer_id"]: msgspec.json.decode(row["facts"]) for row in rows}
