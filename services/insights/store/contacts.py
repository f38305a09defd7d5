"""Follow-ups, salespeople and write-offs as batches heard of them, put together the same in any order."""

from collections.abc import Collection

from services.insights.rules.customers import Assignment
from services.insights.rules.follow_ups import FollowUp, Salesperson
from services.insights.rules.write_offs import WrittenOff
from services.insights.store.sql import columns_of, row_of, unnested
from services.insights.tables import assignments
from services.insights.tables_commission import write_offs
from services.insights.tables_dormancy import follow_ups, salespeople
from services.kit.database import Connection

_RECORD = ("recorded_at", "salesperson_id", "how", "happened_on", "alert_id")
_EARLIER = "(f.recorded_at IS NULL OR excluded.recorded_at < f.recorded_at)"

_FOLLOW_UPS = f"""
INSERT INTO follow_ups AS f ({", ".join(columns_of(FollowUp))})
SELECT * FROM {unnested(follow_ups)} ORDER BY customer_id, follow_up_id
ON CONFLICT (customer_id, follow_up_id) DO UPDATE
SET {", ".join(f"{c} = CASE WHEN {_EARLIER} THEN excluded.{c} ELSE f.{c} END" for c in _RECORD)},
    completed_on = least(f.completed_on, excluded.completed_on)
"""  # noqa: S608

_SALESPEOPLE = f"""
INSERT INTO salespeople AS s ({", ".join(columns_of(Salesperson))})
SELECT * FROM {unnested(salespeople)} ORDER BY salesperson_id
ON CONFLICT (salesperson_id) DO UPDATE
SET {", ".join(f"{c} = excluded.{c}" for c in columns_of(Salesperson)[1:])}
WHERE (s.revision, s.changed_at) < (excluded.revision, excluded.changed_at)
"""  # noqa: S608


_WRITE_OFFS = f"""
INSERT INTO write_offs AS w ({", ".join(columns_of(WrittenOff))})
SELECT * FROM {unnested(write_offs)} ORDER BY customer_id, write_off_id
ON CONFLICT (customer_id, write_off_id) DO UPDATE
SET {", ".join(f"{c} = excluded.{c}" for c in columns_of(WrittenOff)[2:])}
WHERE excluded.written_off_at < w.written_off_at
"""  # noqa: S608


_ASSIGNMENTS = f"""
INSERT INTO assignments ({", ".join(columns_of(Assignment))})
SELECT {", ".join(columns_of(Assignment))} FROM {unnested(assignments)} ORDER BY 1, 2, 4, 3 ON CONFLICT DO NOTHING
"""  # noqa: S608


async def note_assignments(connection: Connection, heard: Collection[Assignment]) -> None:
    """Note every word about who looks after a customer, so that what follows from them can be checked."""
    if heard:
        await connection.execute(_ASSIGNMENTS, *zip(*map(row_of(Assignment), heard), strict=True))


async def write_write_offs(connection: Connection, found: Collection[WrittenOff]) -> None:
    """Store what was given up of invoices."""
    if found:
        await connection.execute(_WRITE_OFFS, *zip(*map(row_of(WrittenOff), found), strict=True))


async def write_follow_ups(connection: Connection, found: Collection[FollowUp]) -> None:
    """Store what was heard of follow-ups."""
    if found:
        await connection.execute(_FOLLOW_UPS, *zip(*map(row_of(FollowUp), found), strict=True))


async def write_salespeople(connection: Connection, found: Collection[Salesperson]) -> None:
    """Store entries that outrank the stored ones."""
    if found:
        await connection.execute(_SALESPEOPLE, *zip(*map(row_of(Salesperson), found), strict=True))
