"""Writing how people are told, and their channels."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.insights.delivery.channels import Address
from services.kit.database import Connection, Database

_FIELDS = (
    *("language", "timezone", "quiet_from", "quiet_until"),
    *("breaks_through", "digest_minutes", "digest_count"),
)
_SET = f"""
INSERT INTO recipients (scope, name, {", ".join(_FIELDS)}, set_by, set_at)
VALUES ($1, $2, {", ".join(f"${n}" for n in range(3, 12))})
ON CONFLICT (scope, name) DO UPDATE
SET {", ".join(f"{f} = excluded.{f}" for f in (*_FIELDS, "set_by", "set_at"))}
"""  # noqa: S608


async def set_recipient(
    connection: Connection, scope: str, name: str, values: Mapping[str, Any], by: str, at: datetime
) -> None:
    """Write how somebody is told. What was put off by quiet hours or for a digest is looked at anew."""
    await connection.execute(_SET, scope, name, *(values[field] for field in _FIELDS), by, at)
    await connection.execute(
        """UPDATE deliveries AS d SET not_before = $3 FROM channels AS c
           WHERE c.scope = $1 AND c.name = $2 AND d.channel_id = c.channel_id AND d.state = 'pending'
             AND d.not_before > $3""",
        scope,
        name,
        at,
    )


async def has_recipient(connection: Connection, scope: str, name: str) -> bool:
    """Return whether anything is set for somebody."""
    found = await connection.fetchval(
        "SELECT true FROM recipients WHERE scope = $1 AND name = $2", scope, name
    )
    return found is True


async def add_channel(
    connection: Connection,
    channel_id: str,
    scope: str,
    name: str,
    address: Address,
    min_rank: int,
    by: str,
    at: datetime,
) -> Any:
    """Write a channel, and return its row."""
    return await connection.fetchrow(
        """INSERT INTO channels (channel_id, scope, name, kind, address, secret, place, fingerprint, min_rank, active,
                                 enabled, set_by, set_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, true, $10, $11) RETURNING *""",
        channel_id,
        scope,
        name,
        address.kind,
        address.address,
        address.secret,
        address.place,
        address.fingerprint,
        min_rank,
        by,
        at,
    )


async def lock_channel(connection: Connection, channel_id: str) -> Any:
    """Return a channel that is in use, and lock it; None: there is none."""
    return await connection.fetchrow(
        "SELECT * FROM channels WHERE channel_id = $1 AND active FOR UPDATE", channel_id
    )


async def channel_in_use(database: Database, channel_id: str) -> Any:
    """Return a channel that is in use, with the language of its recipient; None: there is none."""
    return await database.pool.fetchrow(
        """SELECT c.*, r.language FROM channels AS c LEFT JOIN recipients AS r USING (scope, name)
           WHERE c.channel_id = $1 AND c.active""",
        channel_id,
    )


async def change_channel(
    connection: Connection,
    channel_id: str,
    address: Address,
    *,
    min_rank: int,
    enabled: bool,
    afresh: bool,
    by: str,
    at: datetime,
) -> Any:
    """Write what is different of a channel, and return its row.

    Args:
        afresh: forget how often it failed, and do not wait any longer.
    """
    row = await connection.fetchrow(
        """UPDATE channels SET address = $2, secret = $3, place = $4, fingerprint = $5, min_rank = $6, enabled = $7,
               failures = CASE WHEN $8 THEN 0 ELSE failures END,
               paused_until = CASE WHEN $8 THEN $10 ELSE paused_until END, set_by = $9, set_at = $10
           WHERE channel_id = $1 RETURNING *""",
        channel_id,
        address.address,
        address.secret,
        address.place,
        address.fingerprint,
        min_rank,
        enabled,
        afresh,
        by,
        at,
    )
    if not enabled:
        await _give_up(connection, channel_id, "the channel is switched off", at)
    return row


async def remove_channel(connection: Connection, channel_id: str, at: datetime) -> None:
    """Put a channel out of use, and forget where it led."""
    await connection.execute(
        "UPDATE channels SET active = false, address = '', secret = '' WHERE channel_id = $1", channel_id
    )
    await _give_up(connection, channel_id, "the channel was removed", at)


async def _give_up(connection: Connection, channel_id: str, why: str, at: datetime) -> None:
    await connection.execute(
        """UPDATE deliveries SET state = 'failed', done_at = $2, last_error = $3
           WHERE channel_id = $1 AND state = 'pending'""",
        channel_id,
        at,
        why,
    )


async def retry_failed(connection: Connection, channel_id: str, at: datetime) -> int:
    """Have what was given up sent again, and the channel not rest any longer. Returns how many."""
    status = await connection.execute(
        """UPDATE deliveries SET state = 'pending', attempts = 0, not_before = $2, done_at = NULL
           WHERE channel_id = $1 AND state = 'failed'""",
        channel_id,
        at,
    )
    await connection.execute(
        "UPDATE channels SET failures = 0, paused_until = $2 WHERE channel_id = $1", channel_id, at
    )
    return int(status.rpartition(" ")[2])
