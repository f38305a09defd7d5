"""Whose derived data is behind: because a batch changed their facts, or because time has passed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.database import Connection

# Of the days that ticks have begun the latest; without a clock, the latest day of an order or a payment.
DAY_REACHED = """coalesce((SELECT max(day) FROM partition_days), (SELECT day FROM document_day))"""
"""The day that events have reached, as an SQL expression; null before anything has happened."""

# What a month ends with is kept before the next one begins: until then it is the last day of that month.
_MONTH_END = "(SELECT (max(month) + interval '2 months - 1 day')::date FROM closed_months)"
COMPANY_DAY = f"least({DAY_REACHED}, {_MONTH_END})"
"""The day as of which everything is derived, as an SQL expression; null before anything has happened."""

# Half of them are the newest changes: whoever has just changed does not wait behind a policy that made everybody stale,
# nor behind thousands of late documents, and those get on meanwhile. All changes of whoever is taken are taken, so that
# a customer that changes all the time is derived once for all of them.
_TAKE_STALE = """
WITH oldest AS MATERIALIZED (
    SELECT customer_id FROM stale_customers ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
), newest AS MATERIALIZED (
    SELECT customer_id FROM stale_customers ORDER BY id DESC LIMIT $2 FOR UPDATE SKIP LOCKED
), taken AS MATERIALIZED (
    SELECT s.id FROM (SELECT customer_id FROM oldest UNION SELECT customer_id FROM newest) AS c
    JOIN stale_customers AS s USING (customer_id) FOR UPDATE OF s SKIP LOCKED
)
DELETE FROM stale_customers AS s USING taken WHERE s.id = taken.id RETURNING s.customer_id, s.since
"""

# In the order of the ids, so that two replicas that have taken different changes of one customer take turns. Locking is
# a statement of its own: it sees rows that another replica has made since this one began.
_MAKE = """
INSERT INTO derivations (customer_id) SELECT * FROM unnest($1::text[]) AS n (customer_id) ORDER BY customer_id
ON CONFLICT DO NOTHING
"""
_LOCK = "SELECT FROM derivations WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE"

_NOTE_DAY = """
INSERT INTO document_day (day)
SELECT greatest(max(last_order_day), max(last_payment_day)) FROM customers WHERE customer_id = ANY($1::text[])
HAVING greatest(max(last_order_day), max(last_payment_day))
    > coalesce((SELECT day FROM document_day), '-infinity')
ON CONFLICT (id) DO UPDATE SET day = excluded.day WHERE document_day.day < excluded.day
"""

_TAKE_DUE = """
SELECT customer_id FROM derivations WHERE due_on <= $1 ORDER BY due_on LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_NOTE_DERIVED = """
UPDATE derivations AS d SET derived_on = $1, due_on = n.due_on
FROM unnest($2::text[], $3::date[]) AS n (customer_id, due_on) WHERE d.customer_id = n.customer_id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Customers to derive, locked until the end of the transaction.

    Attributes:
        customer_ids: in order, each once.
        behind_s: seconds since the oldest of the changes.
    """

    customer_ids: list[str]
    behind_s: float = 0.0


async def take_stale(connection: Connection, most: int) -> Taken:
    """Take the customers of the oldest and of the newest changes, so that no other replica takes the same changes.

    What a batch commits from here on is another change; what it committed before is seen by later statements.

    Args:
        most: changes by which customers are found, one half of each; fewer customers, and perhaps more changes.
    """
    newest = most // 2
    rows = await connection.fetch(_TAKE_STALE, most - newest, newest)
    if not rows:
        return Taken([])
    ids = sorted({row["customer_id"] for row in rows})
    await connection.execute(_MAKE, ids)
    await connection.fetch(_LOCK, ids)
    await connection.execute(_NOTE_DAY, ids)
    return Taken(ids, time.time() - min(row["since"] for row in rows).timestamp())


async def take_due(connection: Connection, day: date, most: int) -> Taken:
    """Take customers of whom something may have changed because time passed, those of no other replica."""
    rows = await connection.fetch(_TAKE_DUE, day, most)
    return Taken(sorted(row["customer_id"] for row in rows))


async def company_day(connection: Connection) -> date | None:
    """Return the day it is for the company; None before anything has happened."""
    day: date | None = await connection.fetchval(f"SELECT {COMPANY_DAY}")
    return day


async def note_derived(
    connection: Connection, day: date, customer_ids: Sequence[str], due: Mapping[str, date]
) -> None:
    """Note as of which day customers are derived, and when they are due again."""
    await connection.execute(_NOTE_DERIVED, day, customer_ids, [due.get(id_) for id_ in customer_ids])


async def wait_for_a_day(connection: Connection, customer_ids: Sequence[str]) -> None:
    """Have customers derived as soon as it is any day at all."""
    await connection.execute(_NOTE_DERIVED, None, customer_ids, [date.min] * len(customer_ids))


async def mark_everybody(connection: Connection) -> None:
    """Have everything derived anew, for example because rules have changed; salespeople and prospects, too."""
    await connection.execute(
        """INSERT INTO stale_customers (customer_id)
           SELECT customer_id FROM customers UNION SELECT customer_id FROM derivations ORDER BY customer_id"""
    )
