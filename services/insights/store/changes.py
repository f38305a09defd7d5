"""Changes of classes as they are stored, and who looks after whom."""

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from services.kit.database import Connection

_WRITE = """
INSERT INTO class_changes (customer_id, currency, day, policy_version, previous, current, moved)
SELECT customer_id, currency, $1, $2, previous, current, moved::jsonb
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS n (customer_id, currency, previous, current, moved)
RETURNING id, customer_id
"""

_OWNERS = """
SELECT k.customer_id, (SELECT o.salesperson_id FROM customer_owners AS o
                       WHERE o.customer_id = k.customer_id AND o.from_day <= $1
                       ORDER BY o.from_day DESC LIMIT 1) AS owner_id
FROM unnest($2::text[]) AS k (customer_id)
"""


async def write_changes(connection: Connection, events: Sequence[Any]) -> dict[str, int]:
    """Store bodies of segment.class_changed, all of one day, policy and currency. Returns their numbers by customer."""
    if not events:
        return {}
    rows = await connection.fetch(
        _WRITE,
        events[0].day,
        events[0].policy_version,
        *zip(
            *(
                (
                    e.customer_id,
                    e.currency,
                    e.previous,
                    e.current,
                    json.dumps([m.model_dump() for m in e.moved]),
                )
                for e in events
            ),
            strict=True,
        ),
    )
    return {row["customer_id"]: row["id"] for row in rows}


async def owners_on(
    connection: Connection, day: date, customer_ids: Collection[str]
) -> dict[str, str | None]:
    """Return who looks after these customers on a day; None: nobody."""
    rows = await connection.fetch(_OWNERS, day, list(customer_ids))
    return {row["customer_id"]: row["owner_id"] for row in rows}
