"""What an admin does with accounts, through the API or the command line; each change ends up in the audit."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.customers.access import hashed
from services.customers.store import access
from services.kit.database import Connection
from services.kit.http.problems import Problem

SHORTEST_PASSWORD = 12
"""NIST SP 800-63B asks for eight at least; there is no rule about kinds of characters."""
_READABLE = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0, 1, i, l and o: they are taken for each other."""


def check_password(password: str, field: str = "password") -> None:
    """Refuse a password that is too short.

    Raises:
        Problem: 422 naming the field.
    """
    if len(password) < SHORTEST_PASSWORD:
        reason = f"must have at least {SHORTEST_PASSWORD} characters"
        raise Problem(422, f"{field} {reason}", errors=[(field, reason)])


async def create(
    connection: Connection, fields: Mapping[str, Any], password: str, by: str, now: datetime
) -> dict[str, Any]:
    """Create an account and return what may be told of it.

    Raises:
        Problem: 409 when the login name or the mail address is taken, 422 for a short password.
    """
    check_password(password)
    login = fields["login"]
    row = dict(fields) | {"password_hash": await hashed(password)}
    # The table before the audit, as whoever locks it in full does: the other way round two could wait for each other.
    await connection.execute("LOCK TABLE accounts IN ROW EXCLUSIVE MODE")
    # Two who create the same name at once: the audit's lock lets one pass, and the other sees it.
    await access.audit(connection, now, by, "account.created", login, None, access.shown(row))
    if await access.account(connection, login) is not None:
        raise Problem(409, f"{login!r} is taken", errors=[("login", "is taken")])
    await _check_email(connection, login, row.get("email"))
    await access.write_account(connection, row, now)
    return access.shown(row)


async def change(
    connection: Connection, login: str, fields: Mapping[str, Any], by: str, now: datetime
) -> dict[str, Any]:
    """Change an account. Another role, and being disabled, end all its sessions.

    Raises:
        Problem: 404; 409 when nobody would be left who is an admin, or for somebody else's mail address.
    """
    await connection.execute("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")
    before = await _known(connection, login)
    after = dict(before) | dict(fields)
    await _check_email(connection, login, after["email"])
    await access.write_account(connection, after, now)
    left = await connection.fetchval("SELECT count(*) FROM accounts WHERE role = 'admin' AND NOT disabled")
    if not left and before["role"] == "admin":
        raise Problem(409, f"{login} is the last admin", errors=[("role", "somebody has to be admin")])
    if after["disabled"] or after["role"] != before["role"]:
        await access.end_sessions(connection, login)
    await access.audit(
        connection, now, by, "account.changed", login, access.shown(before), access.shown(after)
    )
    return access.shown(after)


async def set_password(
    connection: Connection,
    login: str,
    password: str,
    by: str,
    now: datetime,
    *,
    must_change: bool,
    keep: str | None = None,
    field: str = "password",
) -> None:
    """Set a password, end all sessions but ``keep``, and forget the failed logins.

    Raises:
        Problem: 404, or 422 for a short password.
    """
    check_password(password, field)
    password_hash = await hashed(password)
    before = await _known(connection, login)
    after = dict(before) | {"password_hash": password_hash, "must_change": must_change}
    await access.write_account(connection, after, now)
    await connection.execute("DELETE FROM login_attempts WHERE subject = $1", f"account:{login}")
    ended = await access.end_sessions(connection, login, keep=keep)
    told = {"must_change": must_change, "sessions_ended": ended}
    await access.audit(connection, now, by, "password.changed", login, None, told)


async def log_out(connection: Connection, login: str, by: str, now: datetime) -> None:
    """End all sessions of somebody.

    Raises:
        Problem: 404.
    """
    await _known(connection, login)
    ended = await access.end_sessions(connection, login)
    await access.audit(connection, now, by, "sessions.ended", login, {"sessions": ended}, None)


def one_time_password() -> str:
    """Return a first password that can be read out on the phone: 79 random bits."""
    text = "".join(secrets.choice(_READABLE) for _ in range(16))
    return "-".join(text[place : place + 4] for place in range(0, 16, 4))


def unknown(login: str) -> Problem:
    """Return the refusal of a login name that nobody has."""
    return Problem(404, f"there is no account {login!r}", errors=[("path.login", "is not known")])


async def _check_email(connection: Connection, login: str, email: str | None) -> None:
    if email is not None and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM accounts WHERE email = $1 AND login <> $2)", email, login
    ):
        raise Problem(409, f"{email!r} is somebody else's", errors=[("email", "is somebody else's")])


async def _known(connection: Connection, login: str) -> Mapping[str, Any]:
    row = await access.account(connection, login)
    if row is None:
        raise unknown(login)
    return dict(row)
