"""The policy of segments that is in force."""

from typing import NamedTuple

import msgspec

from services.insights.rules.segment_policy import SegmentPolicy
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
