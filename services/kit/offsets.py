"""The fence: where each partition's next record is, kept with the state it led to, in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.database import Connection
from services.kit.errors import FatalError
from services.kit.records import Record, fingerprint

Place = tuple[str, int]
"""Topic (without prefix) and partition."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch's places, locked for this transaction.

    Attributes:
        fresh: the records that nobody has applied yet.
        fenced: how many somebody has.
        days: the business day each partition has reached; partitions before their first day are not in it.
    """

    fresh: list[Record]
    fenced: int
    days: dict[int, date]


async def claim(connection: Connection, log_id: str, records: Sequence[Record]) -> Claim:
    """Lock the offset rows of ``records`` in a fixed order, move them behind the records, and say which are fresh.

    Raises:
        FatalError: when rows are gone.
    """
    last = {(r.topic, r.partition): r for r in records}
    rows = await connection.fetch(
        _CLAIM,
        log_id,
        [topic for topic, _ in last],
        [partition for _, partition in last],
        [r.offset + 1 for r in last.values()],
        [fingerprint(r.key, r.value, r.timestamp_ms) for r in last.values()],
    )
    if len(rows) < len(last):
        raise FatalError(
            f"offsets of {len(last) - len(rows)} partitions are gone from the database while it was in use: was it "
            "restored from a backup? Start the service again; it goes on from what the database knows."
        )
    stored: dict[Place, int] = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    fresh = [r for r in records if r.offset >= stored[r.topic, r.partition]]
    fenced = len(records) - len(fresh)
    if fenced and fresh:
        # Somebody was here while this statement waited for the rows, and it has not seen what they did to the days.
        days = await _partition_days(connection, fresh)
    else:
        days = {row["partition"]: row["day"] for row in rows if row["day"] is not None}
    return Claim(fresh, fenced, days)


# Locks first and in order, so that two owners cannot wait for each other; the rows it then moves are its own.
_CLAIM = """
WITH batch AS (
    SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[])
        AS n (topic, partition, next_offset, fingerprint)
), locked AS MATERIALIZED (
    SELECT topic, partition, next_offset, fingerprint FROM consumer_offsets
    WHERE log_id = $1 AND (topic, partition) IN (SELECT topic, partition FROM batch)
    ORDER BY topic, partition FOR UPDATE
)
UPDATE consumer_offsets AS o SET
    next_offset = greatest(l.next_offset, n.next_offset),
    fingerprint = CASE WHEN n.next_offset > l.next_offset THEN n.fingerprint ELSE l.fingerprint END
FROM locked AS l JOIN batch AS n USING (topic, partition)
WHERE o.log_id = $1 AND o.topic = l.topic AND o.partition = l.partition
RETURNING o.topic, o.partition, l.next_offset,
    (SELECT d.day FROM partition_days AS d WHERE d.partition = o.partition) AS day"""


async def _partition_days(connection: Connection, fresh: Sequence[Record]) -> dict[int, date]:
    rows = await connection.fetch(
        "SELECT partition, day FROM partition_days WHERE partition = ANY($1::int[])",
        list({r.partition for r in fresh}),
    )
    return {row["partition"]: row["day"] for row in rows}


async def store_days(connection: Connection, days: dict[int, date], fresh: Sequence[Record]) -> None:
    """Store the days that ticks among ``fresh`` have begun."""
    ticked = {r.partition for r in fresh if r.event is not None and r.event.type == "clock.day_started"}
    if not ticked:
        return
    partitions = sorted(ticked)
    await connection.execute(
        """INSERT INTO partition_days (partition, day) SELECT * FROM unnest($1::int[], $2::date[])
           ON CONFLICT (partition) DO UPDATE SET day = greatest(partition_days.day, excluded.day)""",
        partitions,
        [days[p] for p in partitions],
    )
