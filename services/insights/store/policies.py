"""The policy of segments that is in force."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from services.insights.rules.segment_policy import SegmentPolicy
from services.insights.store.staleness import mark_everybody
from services.kit.database import Connection

DEFAULT = SegmentPolicy()


class InForce(NamedTuple):
    """A policy and its version; 0 is the one the service came with."""

    version: int
    policy: SegmentPolicy


async def policy_in_force(connection: Connection) -> InForce:
    """Return the highest version."""
    row = await connection.fetchrow(
        "SELECT version, body::text FROM segment_policies ORDER BY version DESC LIMIT 1"
    )
    if row is None:
        return InForce(0, DEFAULT)
    return InForce(row["version"], read_policy(row["body"]))


def read_policy(body: str) -> SegmentPolicy:
    """Read a stored policy; what it leaves out is as this version of the service has it."""
    return msgspec.json.decode(body, type=SegmentPolicy)


async def insert_policy(
    connection: Connection, version: int, policy: SegmentPolicy, by: str, reason: str, at: datetime
) -> None:
    """Store a version, which is in force from here on: everybody is derived and ranked anew.

    Raises:
        asyncpg.UniqueViolationError: when somebody else has stored this version.
    """
    await connection.execute(
        "INSERT INTO segment_policies (version, body, by, reason, at) VALUES ($1, $2::jsonb, $3, $4, $5)",
        version,
        msgspec.json.encode(policy).decode(),
        by,
        reason,
        at,
    )
    await mark_everybody(connection)
    await connection.execute(
        "INSERT INTO unranked_currencies (currency) SELECT DISTINCT currency FROM customer_values"
    )
