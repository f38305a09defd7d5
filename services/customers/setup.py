"""The first admin of an installation: made by whoever can read the log of this service, and never a second time."""

import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.customers import accounts
from services.customers.access import hash_of
from services.customers.rules.access import FREE_OF_ADDRESS
from services.customers.store import access
from services.kit.database import Connection
from services.kit.housekeeping import every
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

VALID_FOR = timedelta(hours=24)
RENEWED_EVERY_S = VALID_FOR.total_seconds() * 0.8
"""With the jitter of the rounds there is always a valid one."""
SETUP_PATH = "/console/setup"
BY = "setup"


async def offer_setup(runtime: Runtime) -> None:
    """Tell in the log how to make the first admin, as long as there is nobody; runs until cancelled."""
    await every(RENEWED_EVERY_S, runtime, _offer)


async def _offer(runtime: Runtime) -> None:
    async with runtime.database.unit_of_work() as unit:
        token = await new_token(unit.connection, runtime.clock.now())
    if token is not None:
        log.warning(
            "nobody can log in yet: open %s and make the first admin with this token, valid once and for %d hours: %s",
            SETUP_PATH, VALID_FOR // timedelta(hours=1), token,
        )  # fmt: skip


async def nobody(connection: Any) -> bool:
    """Say whether nobody could ever log in: disabled people count as people."""
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM accounts)")


async def new_token(connection: Connection, now: datetime) -> str | None:
    """Return a token that makes the first admin; None when there is somebody. Each replica has one of its own."""
    if not await nobody(connection):
        return None
    token = secrets.token_urlsafe(24)
    await connection.execute("DELETE FROM setup_tokens WHERE expires_at <= $1", now)
    await connection.execute("INSERT INTO setup_tokens VALUES ($1, $2)", hash_of(token), now + VALID_FOR)
    return token


async def set_up(
    runtime: Runtime, fields: Mapping[str, Any], password: str, token: str, address: str
) -> dict[str, Any]:
    """Make the first admin, and every token worthless.

    Returns:
        what may be told of the account.

    Raises:
        Problem: 409 when there is somebody already, 422 for a wrong token or a short password, 429 after many.
    """
    now = runtime.clock.now()
    async with runtime.database.unit_of_work() as unit:
        until = await access.take_attempt(unit.connection, f"setup:{address}", FREE_OF_ADDRESS, now)
    if until is not None:
        wait = str(max(1, round((until - now).total_seconds())))
        raise Problem(429, f"too many attempts; try again in {wait} s", headers={"Retry-After": wait})
    async with runtime.database.unit_of_work() as unit:
        # Two at once, with one token or two: the second waits here, and then sees the first's account.
        await unit.connection.execute("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")
        if not await nobody(unit.connection):
            raise Problem(409, "there are people already; log in, or ask an admin for an account")
        known = await unit.connection.fetchval(
            "SELECT EXISTS (SELECT FROM setup_tokens WHERE token_hash = $1 AND expires_at > $2)",
            hash_of(token), now,
        )  # fmt: skip
        if not known:
            reason = "is not valid, or not any more; the log of the customers service has the current one"
            raise Problem(422, f"token {reason}", errors=[("token", reason)])
        made = await accounts.create(unit.connection, fields, password, BY, now)
        await unit.connection.execute("DELETE FROM setup_tokens")
    log.info("%s is the first admin", made["login"])
    return made
