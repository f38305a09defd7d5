"""Policies that hold from a day on: of those that began, the highest version holds."""

from datetime import date, datetime
from typing import Literal, NamedTuple, TypeVar

import msgspec

from services.kit.database import Connection

Kind = Literal["performance", "tiers"]
PolicyT = TypeVar("PolicyT", bound=msgspec.Struct)


class InForce(NamedTuple):
    """A stored policy; version 0 is the one the service came with."""

    version: int
    body: str


async def in_force(connection: Connection, kind: Kind, day: date) -> InForce:
    """Return the policy that holds on a day."""
    row = await connection.fetchrow(
        """SELECT version, body::text FROM dated_policies WHERE kind = $1 AND from_day <= $2
           ORDER BY version DESC LIMIT 1""",
        kind,
        day,
    )
    return InForce(0, "{}") if row is None else InForce(row["version"], row["body"])


async def add_policy(
    connection: Connection, kind: Kind, from_day: date, body: str, *, by: str, reason: str, at: datetime
) -> int:
    """Store the next version and return its number. Two managers at the same moment take turns."""
    await connection.execute("LOCK TABLE dated_policies IN SHARE ROW EXCLUSIVE MODE")
    version: int = await connection.fetchval(
        """INSERT INTO dated_policies (kind, version, from_day, body, by, reason, at)
           SELECT $1, coalesce(max(version), 0) + 1, $2, $3::jsonb, $4, $5, $6
           FROM dated_policies WHERE kind = $1 RETURNING version""",
        *(kind, from_day, body, by, reason, at),
    )
    return version
