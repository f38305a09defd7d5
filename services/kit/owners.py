"""Who looks after a customer: the small read model that says what a salesperson may see.

A service that has no assignments of its own keeps one, fed by ``customer.assigned``: one statement for a batch that
has such an event, none for all others.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Column, Date, DateTime, Index, MetaData, Table, Text

from services.kit.database import Connection
from services.kit.records import Received

Assignment = tuple[str, date, str, datetime]
"""Customer, from which day, who looks after it, when that was said."""

OWNERS_SQL = """
CREATE TABLE customer_owners (
    customer_id    text        NOT NULL,
    from_day       date        NOT NULL,
    salesperson_id text        NOT NULL,
    assigned_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, from_day)
);
COMMENT ON TABLE customer_owners IS 'Who looks after a customer from a day on, until the day of the next row.';
CREATE INDEX customer_owners_by_salesperson ON customer_owners (salesperson_id, customer_id);
"""
"""The table, for a service's migration."""

# Of two words about the same day the later one holds; of two of the same moment the greater id, in any order.
_KEEP = """
INSERT INTO customer_owners AS k (customer_id, from_day, salesperson_id, assigned_at)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::timestamptz[])
ON CONFLICT (customer_id, from_day) DO UPDATE
SET salesperson_id = EXCLUDED.salesperson_id, assigned_at = EXCLUDED.assigned_at
WHERE (EXCLUDED.assigned_at, EXCLUDED.salesperson_id COLLATE "C")
    > (k.assigned_at, k.salesperson_id COLLATE "C")"""


def owners_table(metadata: MetaData) -> Table:
    """Add the table to ``metadata``; :data:`OWNERS_SQL` makes it."""
    return Table(
        "customer_owners",
        metadata,
        Column("customer_id", Text, primary_key=True),
        Column("from_day", Date, primary_key=True),
        Column("salesperson_id", Text, nullable=False),
        Column("assigned_at", DateTime(timezone=True), nullable=False),
        Index("customer_owners_by_salesperson", "salesperson_id", "customer_id"),
    )


def assignments_of(events: Sequence[Received]) -> list[Assignment]:
    """Return what a batch says of who looks after whom."""
    return [
        (r.event.data.customer_id, r.event.data.from_day, r.event.data.salesperson_id, r.event.occurred_at)
        for r in events
        if r.event.type == "customer.assigned"
    ]


async def keep_owners(connection: Connection, assignments: Sequence[Assignment]) -> None:
    """Keep assignments: one statement, none without any. Keeping them again, or in another order, changes nothing."""
    if not assignments:
        return
    latest: dict[tuple[str, date], tuple[datetime, str]] = {}
    for customer_id, from_day, salesperson_id, at in assignments:
        key, word = (customer_id, from_day), (at, salesperson_id)
        latest[key] = max(latest.get(key, word), word)
    rows = sorted((*key, salesperson_id, at) for key, (at, salesperson_id) in latest.items())
    await connection.execute(_KEEP, *(list(column) for column in zip(*rows, strict=True)))
