"""Versions of the policy: drafts, what waits for its day, and what is in force on how many partitions."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, literal, or_, select

from services.credit.store.policies import DELIVERED_VERSION
from services.credit.tables import partition_policies, policies
from services.kit.database import Connection

_turns = partition_policies.alias("turns")
_LATEST = (
    select(partition_policies.c.version)
    .where(
        partition_policies.c.turn
        == select(func.max(_turns.c.turn))
        .where(_turns.c.partition == partition_policies.c.partition)
        .scalar_subquery()
    )
    .subquery()
)


def _in_force_on(partitions: int) -> ColumnElement[int]:
    """On how many partitions a version is in force; on those that have no other it is the delivered one."""
    named = select(func.count()).where(_LATEST.c.version == policies.c.version).scalar_subquery()
    others = literal(partitions) - select(func.count()).select_from(_LATEST).scalar_subquery()
    return named + case((policies.c.version == DELIVERED_VERSION, others), else_=0)


def _status(partitions: int) -> ColumnElement[str]:
    taken = (
        select(partition_policies.c.version)
        .where(
            and_(partition_policies.c.version == policies.c.version, partition_policies.c.turn.is_not(None))
        )
        .exists()
    )
    return case(
        (policies.c.activated_at.is_(None), "draft"),
        (_in_force_on(partitions) > 0, "in_force"),
        (or_(taken, policies.c.version == DELIVERED_VERSION), "replaced"),
        else_="scheduled",
    )


def select_policies(partitions: int, status: str | None = None) -> Select[tuple[object, ...]]:
    """Return every version with its document as text, its status and on how many partitions it is in force."""
    found = _status(partitions).label("status")
    columns = [column for column in policies.c if column is not policies.c.body]
    statement: Select[tuple[object, ...]] = select(
        *columns,
        cast(policies.c.body, Text).label("body"),
        found,
        _in_force_on(partitions).label("in_force_on"),
    )
    return statement if status is None else statement.where(found == status)


async def insert_draft(connection: Connection, body: str, by: str, reason: str, at: datetime) -> int:
    """Store a draft under the next number.

    Raises:
        asyncpg.UniqueViolationError: when another draft took that number at the same moment.
    """
    version: int = await connection.fetchval(
        """INSERT INTO policies (version, body, created_at, created_by, reason)
           SELECT max(version) + 1, $1::jsonb, $4, $2, $3 FROM policies RETURNING version""",
        body,
        by,
        reason,
        at,
    )
    return version


async def lock_draft(connection: Connection, version: int) -> tuple[str, datetime | None] | None:
    """Return a version's document and when it was activated, and keep others from activating it meanwhile."""
    row = await connection.fetchrow(
        "SELECT body, activated_at FROM policies WHERE version = $1 FOR UPDATE", version
    )
    return None if row is None else (row["body"], row["activated_at"])


async def mark_activated(
    connection: Connection, version: int, day: date, at: datetime, by: str, reason: str
) -> None:
    """Note who activated a version, when, why and from which day on."""
    await connection.execute(
        """UPDATE policies SET effective_from = $2, activated_at = $3, activated_by = $4, activation_reason = $5
           WHERE version = $1""",
        version,
        day,
        at,
        by,
        reason,
    )


async def days_reached(connection: Connection) -> dict[int, date]:
    """Return the business day that each partition has reached."""
    rows = await connection.fetch("SELECT partition, day FROM partition_days")
    return {row["partition"]: row["day"] for row in rows}
