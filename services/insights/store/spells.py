"""Dormant spells: what they follow from, and what is stored of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.insights.rules.revival import Contact, Spell
from services.kit.database import Connection

Row = tuple[str, Spell, str | None]
"""Customer, spell, and the contact that is credited."""

_DAYS = """
SELECT o.customer_id, array_agg(DISTINCT o.placed_day ORDER BY o.placed_day) AS days FROM orders AS o
WHERE o.customer_id = ANY($1::text[]) AND o.counts_as = 'order' AND o.placed_day <= $2 GROUP BY o.customer_id
"""

_CONTACTS = """
SELECT customer_id, follow_up_id, coalesce(happened_on, completed_on) AS done_on FROM follow_ups
WHERE customer_id = ANY($1::text[]) AND recorded_at IS NOT NULL AND coalesce(happened_on, completed_on) IS NOT NULL
"""

_STORED = """
SELECT customer_id, last_order_day, days_on, rhythm_on, revived_on FROM dormant_spells
WHERE customer_id = ANY($1::text[])
"""

# Who looks after the customer on the day it comes back is credited, as of what is known of assignments now.
_WRITE = """
WITH given AS MATERIALIZED (
    SELECT g.*, coalesce((SELECT o.salesperson_id FROM customer_owners AS o
                          WHERE o.customer_id = g.customer_id AND o.from_day <= g.revived_on
                          ORDER BY o.from_day DESC LIMIT 1), '') AS credited_to
    FROM unnest($2::text[], $3::date[], $4::date[], $5::date[], $6::date[], $7::text[])
        AS g (customer_id, last_order_day, days_on, rhythm_on, revived_on, follow_up_id)
), gone AS (
    DELETE FROM dormant_spells AS s WHERE s.customer_id = ANY($1::text[]) AND NOT EXISTS (
        SELECT FROM given AS g WHERE g.customer_id = s.customer_id AND g.last_order_day = s.last_order_day)
)
INSERT INTO dormant_spells AS s
    (customer_id, last_order_day, days_on, rhythm_on, revived_on, follow_up_id, credited_to)
SELECT * FROM given ORDER BY customer_id, last_order_day
ON CONFLICT (customer_id, last_order_day) DO UPDATE
SET days_on = excluded.days_on, rhythm_on = excluded.rhythm_on, revived_on = excluded.revived_on,
    follow_up_id = excluded.follow_up_id, credited_to = excluded.credited_to
WHERE (s.days_on, s.rhythm_on, s.revived_on, s.follow_up_id, s.credited_to) IS DISTINCT FROM
    (excluded.days_on, excluded.rhythm_on, excluded.revived_on, excluded.follow_up_id, excluded.credited_to)
"""


async def days_of(connection: Connection, customer_ids: Sequence[str], day: date) -> dict[str, list[date]]:
    """Return the days up to ``day`` on which customers ordered, in any currency."""
    return {row["customer_id"]: row["days"] for row in await connection.fetch(_DAYS, customer_ids, day)}


async def contacts_of(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[Contact]]:
    """Return the follow-ups on customers that took place."""
    found: dict[str, list[Contact]] = {}
    for row in await connection.fetch(_CONTACTS, customer_ids):
        found.setdefault(row["customer_id"], []).append(Contact(row["done_on"], row["follow_up_id"]))
    return found


async def stored_spells(
    connection: Connection, customer_ids: Sequence[str]
) -> Mapping[tuple[str, date], Spell]:
    """Return what is stored, by customer and last order day."""
    rows: list[Any] = await connection.fetch(_STORED, customer_ids)
    return {(row[0], row[1]): Spell(*row[1:]) for row in rows}


async def write_spells(connection: Connection, customer_ids: Sequence[str], rows: Sequence[Row]) -> None:
    """Store all spells of these customers."""
    columns = [
        [customer_id for customer_id, _, _ in rows],
        *(
            [getattr(s, n) for _, s, _ in rows]
            for n in ("last_order_day", "days_on", "rhythm_on", "revived_on")
        ),
        [follow_up_id for _, _, follow_up_id in rows],
    ]
    await connection.execute(_WRITE, customer_ids, *columns)
