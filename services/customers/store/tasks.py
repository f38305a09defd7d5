"""The policy of follow-ups that plan themselves, in its versions. The highest one is in force."""

from datetime import datetime

import msgspec

from services.customers.rules.tasks import TaskPolicy
from services.kit.database import Connection

_LOCK = "SELECT pg_advisory_xact_lock($1::bigint # hashtext(current_schema())::bigint)"
_TASKS_LOCK = 7_301_004_519


async def tasks_in_force(connection: Connection, *, to_replace: bool = False) -> tuple[int, TaskPolicy]:
    """Return the policy in force with its version, and as delivered where none is stored.

    Args:
        to_replace: keeps others from replacing it until the transaction ends.
    """
    if to_replace:
        await connection.execute(_LOCK, _TASKS_LOCK)
    row = await connection.fetchrow("SELECT version, body FROM task_policies ORDER BY version DESC LIMIT 1")
    if row is None:
        return 0, TaskPolicy()
    return row["version"], msgspec.json.decode(row["body"], type=TaskPolicy)


async def write_tasks(
    connection: Connection, version: int, policy: TaskPolicy, at: datetime, by: str, reason: str
) -> None:
    """Add a version of the policy; it is in force from then on."""
    await connection.execute(
        "INSERT INTO task_policies (version, body, at, by, reason) VALUES ($1, $2, $3, $4, $5)",
        *(version, msgspec.json.encode(policy).decode(), at, by, reason),
    )
