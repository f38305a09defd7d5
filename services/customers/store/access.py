"""SQL of accounts, sessions, failed logins and the audit of access."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from services.customers.rules.access import ABSOLUTE, FORGOTTEN, IDLE, SEEN_EVERY, Failures, alive, link
from services.kit.database import Connection, Database
from services.kit.http.sessions import Key

_JSON = msgspec.json.Encoder(order="sorted")
_CHAIN = "pg_advisory_xact_lock(hashtext(current_schema() || '.access_audit'))"
SHOWN = ("login", "name", "role", "salesperson_id", "disabled", "must_change", "language", "theme", "email")
"""What is told and audited of an account: never the hash of its password."""

_USUAL = {"language": "zh", "theme": "system", "start_page": "/console/", "list_size": None}
"""How somebody reads who has said nothing."""


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be told of an account."""
    return {name: row.get(name) for name in SHOWN}


async def audit(
    connection: Connection, at: datetime, by: str, action: str, subject: str, before: object, after: object
) -> None:
    """Add an entry to the chain; the transaction holds the chain's lock to its end."""
    await connection.execute(f"SELECT {_CHAIN}")
    last = await connection.fetchrow("SELECT seq, hash FROM access_audit ORDER BY seq DESC LIMIT 1")
    seq, previous = (last["seq"] + 1, last["hash"]) if last else (1, b"")
    texts = (by, action, subject, _JSON.encode(before).decode(), _JSON.encode(after).decode())
    await connection.execute(
        "INSERT INTO access_audit VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        seq, at, *texts, link(previous, seq, at, *texts),
    )  # fmt: skip


async def account(connection: Connection, login: str) -> asyncpg.Record | None:
    """Return an account, locked."""
    return await connection.fetchrow("SELECT * FROM accounts WHERE login = $1 FOR UPDATE", login)


async def write_account(connection: Connection, fields: Mapping[str, Any], at: datetime) -> None:
    """Write an account in full."""
    await connection.execute(
        """INSERT INTO accounts (login, name, role, salesperson_id, disabled, must_change, language, theme,
                                 email, password_hash, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (login) DO UPDATE SET name = $2, role = $3, salesperson_id = $4, disabled = $5,
               must_change = $6, language = $7, theme = $8, email = $9, password_hash = $10, changed_at = $11,
               oidc_subject = CASE WHEN accounts.email IS DISTINCT FROM $9 THEN NULL ELSE accounts.oidc_subject END""",
        *(fields.get(name) for name in SHOWN), fields["password_hash"], at,
    )  # fmt: skip


async def preferences(database: Database, login: str) -> dict[str, Any]:
    """Return how somebody likes to read."""
    row = await database.pool.fetchrow(
        "SELECT language, theme, start_page, list_size FROM accounts WHERE login = $1", login
    )
    return dict(row) if row is not None else dict(_USUAL)


async def write_preferences(database: Database, login: str, said: Mapping[str, Any]) -> None:
    """Keep how somebody likes to read; what is not said stays."""
    wanted = {name: said[name] for name in _USUAL if name in said}
    assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(wanted, 2))
    if assignments:
        await database.pool.execute(
            f"UPDATE accounts SET {assignments} WHERE login = $1",  # noqa: S608 - names of columns from _USUAL
            login,
            *wanted.values(),
        )


async def take_attempt(connection: Connection, subject: str, free: int, now: datetime) -> datetime | None:
    """Count a login as failed before it is looked at, so that many at once are all counted.

    Returns:
        None, or until when this subject is to wait; then nothing is counted.
    """
    await connection.execute(
        "INSERT INTO login_attempts VALUES ($1, 0, $2, $2) ON CONFLICT DO NOTHING", subject, now
    )
    row = await connection.fetchrow("SELECT * FROM login_attempts WHERE subject = $1 FOR UPDATE", subject)
    assert row is not None
    # Without a wait it is blocked until its last failure: who began a moment before that does not wait for it.
    if row["blocked_until"] > max(now, row["last_at"]):
        until: datetime = row["blocked_until"]
        return until
    after = Failures(row["failures"], row["last_at"], row["blocked_until"]).after_one_more(now, free)
    await connection.execute(
        "UPDATE login_attempts SET failures = $2, last_at = $3, blocked_until = $4 WHERE subject = $1",
        subject, after.count, after.last_at, after.blocked_until,
    )  # fmt: skip
    return None


async def forgive(connection: Connection, account: str, address: str, now: datetime) -> None:
    """After a login that succeeded: forget the account's failures, and take back the one counted for the address."""
    await connection.execute("DELETE FROM login_attempts WHERE subject = $1", account)
    await connection.execute(
        """UPDATE login_attempts SET failures = greatest(failures - 1, 0), blocked_until = last_at
           WHERE subject = $1""",
        address,
    )
    await connection.execute("DELETE FROM login_attempts WHERE last_at < $1", now - FORGOTTEN)
    await connection.execute(
        "DELETE FROM sessions WHERE seen_at < $1 OR created_at < $2", now - IDLE, now - ABSOLUTE
    )


async def valid_session(connection: Connection, token_hash: bytes, now: datetime) -> asyncpg.Record | None:
    """Return a session with its account if both are valid now, and note that it was used."""
    row = await connection.fetchrow(
        """SELECT s.session_id, s.created_at, s.seen_at, a.*, a.must_change AND s.via = 'password' AS change_first
           FROM sessions s JOIN accounts a USING (login)
           WHERE token_hash = $1 AND NOT a.disabled""",
        token_hash,
    )
    if row is None or not alive(row["created_at"], row["seen_at"], now):
        return None
    if now - row["seen_at"] >= SEEN_EVERY:
        await connection.execute("UPDATE sessions SET seen_at = $2 WHERE token_hash = $1", token_hash, now)
    return row


async def end_sessions(connection: Connection, login: str, *, keep: str | None = None) -> list[str]:
    """End all sessions of somebody but one; return the ids of those that ended."""
    rows = await connection.fetch(
        "DELETE FROM sessions WHERE login = $1 AND session_id IS DISTINCT FROM $2 RETURNING session_id",
        login,
        keep,
    )
    return sorted(row["session_id"] for row in rows)


async def valid_key(connection: Any, key_hash: bytes, now: datetime) -> Key | None:
    """Return whose key this is if it is valid now, and note that it was used."""
    row = await connection.fetchrow(
        """SELECT * FROM api_keys
           WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)""",
        key_hash,
        now,
    )
    if row is None:
        return None
    if row["last_used_at"] is None or now - row["last_used_at"] >= SEEN_EVERY:
        await connection.execute(
            "UPDATE api_keys SET last_used_at = $2 WHERE key_id = $1", row["key_id"], now
        )
    return Key(row["key_id"], row["name"], row["role"])
