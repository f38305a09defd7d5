"""Loading and saving of people and relations. They change by hand, so a statement per row does no harm."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from contracts.codec import encode, new_event
from services.customers.rules.archive import Archive, Outgoing
from services.customers.rules.follow_ups import FollowUp
from services.customers.rules.grading import GradingPolicy, decode_policy, encode_policy
from services.customers.rules.prospects import Prospect
from services.customers.rules.staff import Salesperson
from services.customers.rules.tasks import TASK_TYPES, task_id
from services.customers.store.columns import CHANGES, FOLLOW_UPS, PROSPECTS, SATISFACTIONS, STAFF
from services.customers.store.tasks import tasks_in_force
from services.kit.database import Connection
from services.kit.outbox import OutboxRow
from services.kit.records import Received

PRODUCER = "customers"


def _quoted(columns: Iterable[str]) -> str:
    # Two columns have the names of keywords.
    return ", ".join(f'"{column}"' for column in columns)


def _locking(table: str, columns: Sequence[str]) -> str:
    return f"""SELECT {_quoted(columns)} FROM {table}
               WHERE {columns[0]} = ANY($1::text[]) ORDER BY {columns[0]} FOR UPDATE"""  # noqa: S608


_STAFF = _locking("staff", STAFF)
_FOLLOW_UPS = _locking("follow_ups", FOLLOW_UPS)
_PROSPECTS = _locking("prospects", PROSPECTS)
# In one order, so that two partitions whose days begin at once do not wait for each other in a ring.
_DUE = f"""
    SELECT {_quoted(FOLLOW_UPS)} FROM follow_ups
    JOIN unnest($1::int[], $2::date[]) AS d (partition, day) USING (partition)
    WHERE open AND due_told_on IS DISTINCT FROM remind_on AND remind_on <= d.day
    ORDER BY follow_up_id FOR UPDATE OF follow_ups"""  # noqa: S608


async def load_people(connection: Connection, archive: Archive, events: Sequence[Received]) -> None:
    """Load salespeople, follow-ups, satisfaction and prospects that the events touch, and what a day finds due."""
    staff: set[str] = set()
    follow_ups: set[str] = set()
    scores: set[str] = set()
    prospects: set[str] = set()
    days: dict[int, Any] = {}
    graded = False
    for received in events:
        type_, data = received.event.type, received.event.data
        if type_.startswith("staff."):
            staff.add(data.salesperson_id)
        elif type_.startswith(("follow_up.", "prospect.follow_up")):
            follow_ups.add(data.follow_up_id)
        elif type_ in TASK_TYPES:
            follow_ups.add(task_id(received.event))
            archive.tasks = archive.tasks or (await tasks_in_force(connection))[1]
        elif type_ == "satisfaction.recorded":
            scores.add(data.satisfaction_id)
        elif type_.startswith("prospect."):
            prospects.add(data.prospect_id)
            graded = graded or type_ in ("prospect.entered", "prospect.changed")
        elif type_ == "clock.day_started":
            partition = received.record.partition
            days[partition] = max(data.day, days.get(partition, data.day))
    if staff:
        for row in await connection.fetch(_STAFF, list(staff)):
            archive.staff[row[0]] = _stored(Salesperson(*row))
    if follow_ups:
        for row in await connection.fetch(_FOLLOW_UPS, list(follow_ups)):
            archive.follow_ups[row[0]] = _stored(FollowUp(*row))
    if days:
        for row in await connection.fetch(_DUE, list(days), list(days.values())):
            archive.follow_ups.setdefault(row[0], _stored(FollowUp(*row)))
    if scores:
        known = "SELECT satisfaction_id, digest FROM satisfactions WHERE satisfaction_id = ANY($1::text[])"
        archive.satisfaction_digests = {row[0]: row[1] for row in await connection.fetch(known, list(scores))}
    if graded:
        archive.policy = await policy_in_force(connection)
    if prospects:
        for row in await connection.fetch(_PROSPECTS, list(prospects)):
            archive.prospects[row[0]] = _stored(Prospect(*row))


async def write_policy(
    connection: Connection, version: int, policy: GradingPolicy, at: datetime, by: str, reason: str
) -> None:
    """Add a version of the grading policy; it is in force from then on."""
    await connection.execute(
        "INSERT INTO grading_policies (version, body, at, by, reason) VALUES ($1, $2, $3, $4, $5)",
        version,
        encode_policy(policy),
        at,
        by,
        reason,
    )


async def load_prospects(connection: Connection, archive: Archive) -> None:
    """Load every prospect that has a card, locked until the transaction ends."""
    rows = await connection.fetch(
        f"SELECT {_quoted(PROSPECTS)} FROM prospects WHERE revision > 0 ORDER BY prospect_id FOR UPDATE"  # noqa: S608
    )
    for row in rows:
        archive.prospects[row[0]] = _stored(Prospect(*row))


async def open_follow_ups(connection: Connection, prospect_id: str) -> int:
    """Return how many follow-ups on a prospect have something left to do."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM follow_ups WHERE prospect_id = $1 AND open", prospect_id
    )
    return count


async def salesperson(connection: Connection, salesperson_id: str) -> Salesperson | None:
    """Return a salesperson, not locked; None: nothing is known of them."""
    row = await connection.fetchrow(
        f"SELECT {_quoted(STAFF)} FROM staff WHERE salesperson_id = $1",  # noqa: S608
        salesperson_id,
    )
    return Salesperson(*row) if row else None


async def lock_salesperson(connection: Connection, salesperson_id: str) -> Salesperson | None:
    """Return a salesperson, locked until the transaction ends."""
    row = await connection.fetchrow(_STAFF, [salesperson_id])
    return Salesperson(*row) if row else None


async def lock_follow_up(connection: Connection, follow_up_id: str) -> FollowUp | None:
    """Return a follow-up, locked until the transaction ends."""
    row = await connection.fetchrow(_FOLLOW_UPS, [follow_up_id])
    return FollowUp(*row) if row else None


async def lock_prospect(connection: Connection, prospect_id: str) -> Prospect | None:
    """Return a prospect, locked until the transaction ends."""
    row = await connection.fetchrow(_PROSPECTS, [prospect_id])
    return Prospect(*row) if row else None


def _stored(row: Any) -> Any:
    row.stored = True
    return row


# The two kinds of lock keep a card from being graded by a policy that is being replaced. The second number keeps the
# services of one database apart: advisory locks know no schema.
_GRADING = "$1::bigint # hashtext(current_schema())::bigint"
_GRADING_LOCK = 7_301_004_518


async def policy_in_force(
    connection: Connection, *, to_replace: bool = False
) -> tuple[int, GradingPolicy] | None:
    """Return the grading policy with its version, kept from being replaced until the transaction ends.

    Args:
        to_replace: waits for those who grade by it, and keeps others from grading.
    """
    lock = "pg_advisory_xact_lock" if to_replace else "pg_advisory_xact_lock_shared"
    await connection.execute(f"SELECT {lock}({_GRADING})", _GRADING_LOCK)
    row = await connection.fetchrow(
        "SELECT version, body FROM grading_policies ORDER BY version DESC LIMIT 1"
    )
    return (row["version"], decode_policy(row["body"])) if row else None


async def save_people(connection: Connection, archive: Archive) -> None:
    """Write what changed."""
    await _save(connection, "staff", STAFF, archive.staff)
    await _save(connection, "follow_ups", FOLLOW_UPS, archive.follow_ups)
    await _save(connection, "prospects", PROSPECTS, archive.prospects)
    if archive.satisfactions:
        await _copy(connection, "satisfactions", SATISFACTIONS, archive.satisfactions)
    if archive.mentioned:
        await connection.execute(
            """INSERT INTO staff (salesperson_id, revision, name, team, region, email, chat)
               SELECT id, 0, '', '', '', '', '' FROM unnest($1::text[]) AS n (id)
               WHERE NOT EXISTS (SELECT FROM staff WHERE salesperson_id = id) ON CONFLICT DO NOTHING""",
            sorted(archive.mentioned),
        )
    if archive.changes:
        await connection.executemany(
            _CHANGES, [attrgetter(*CHANGES)(row) for row in archive.changes.values()]
        )


_CHANGES = f"""INSERT INTO changes ({_quoted(CHANGES)})
               VALUES ({", ".join(f"${number}" for number in range(1, len(CHANGES) + 1))})
               ON CONFLICT DO NOTHING"""  # noqa: S608


async def _save(connection: Connection, table: str, columns: Sequence[str], rows: Mapping[str, Any]) -> None:
    new = [row for row in rows.values() if not row.stored]
    if new:
        await _copy(connection, table, columns, new)
    changed = [row for row in rows.values() if row.stored and row.changed]
    if changed:
        sets = ", ".join(f'"{name}" = ${number}' for number, name in enumerate(columns, 1) if number > 1)
        await connection.executemany(
            f"UPDATE {table} SET {sets} WHERE {columns[0]} = $1",  # noqa: S608
            [attrgetter(*columns)(row) for row in changed],
        )


async def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[object]) -> None:
    records = list(map(attrgetter(*columns), rows))
    await connection.copy_records_to_table(table, records=records, columns=columns)


def outbox_rows(outgoing: Sequence[Outgoing]) -> list[OutboxRow]:
    """Return what publishes the events that followed."""
    return [
        OutboxRow(
            told.data.TOPIC,
            told.key.encode(),
            told.event_id,
            encode(
                new_event(told.data, id=told.event_id, occurred_at=told.at, key=told.key, producer=PRODUCER)
            ),
        )
        for told in outgoing
    ]
