"""API keys of systems: made, shown once, and revoked."""

import secrets
from datetime import datetime

from services.customers.access import hash_of
from services.customers.store import access
from services.kit.database import Connection
from services.kit.http.problems import Problem
from services.kit.http.sessions import KEY_PREFIX


async def create(
    connection: Connection, name: str, role: str, expires_at: datetime | None, by: str, now: datetime
) -> tuple[str, str]:
    """Make a key.

    Returns:
        its id, which is its beginning, and the key in full, which is not kept.

    Raises:
        Problem: 409 when somebody has the name, 422 when it would have expired already.
    """
    if expires_at is not None and expires_at <= now:
        raise _refused(422, "expires_at", "has passed")
    key_id = f"{KEY_PREFIX}{secrets.token_hex(4)}"
    key = f"{key_id}_{secrets.token_urlsafe(32)}"
    told = {"name": name, "role": role, "expires_at": expires_at}
    # Two who take a name at once: the audit's lock lets one pass, and the other sees it.
    await access.audit(connection, now, by, "key.created", key_id, None, told)
    if await connection.fetchval("SELECT EXISTS (SELECT FROM accounts WHERE login = $1)", name):
        raise _refused(409, "name", "is a person's login name; the audits could not tell them apart")
    if await connection.fetchval(
        "SELECT EXISTS (SELECT FROM api_keys WHERE name = $1 AND revoked_at IS NULL)", name
    ):
        raise _refused(409, "name", "is taken; revoke the key that has it, or choose another")
    await connection.execute(
        "INSERT INTO api_keys VALUES ($1, $2, $3, $4, $5, $6, $7)",
        key_id, hash_of(key), name, role, now, by, expires_at,
    )  # fmt: skip
    return key_id, key


async def revoke(connection: Connection, key_id: str, by: str, now: datetime) -> None:
    """Make a key worthless; one that is stays so.

    Raises:
        Problem: 404.
    """
    row = await connection.fetchrow("SELECT * FROM api_keys WHERE key_id = $1 FOR UPDATE", key_id)
    if row is None:
        raise Problem(404, f"there is no key {key_id!r}", errors=[("path.key_id", "is not known")])
    if row["revoked_at"] is None:
        await connection.execute("UPDATE api_keys SET revoked_at = $2 WHERE key_id = $1", key_id, now)
        told = {"name": row["name"], "role": row["role"]}
        await access.audit(connection, now, by, "key.revoked", key_id, told, None)


def _refused(status: int, field: str, reason: str) -> Problem:
    return Problem(status, f"{field} {reason}", errors=[(field, reason)])
