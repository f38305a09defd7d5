"""Logging people in: passwords, sessions and the throttling of guesses. Argon2id as OWASP recommends."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from math import ceil
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.customers.rules.access import FREE_OF_ACCOUNT, FREE_OF_ADDRESS
from services.customers.store import access
from services.kit import metrics
from services.kit.database import Connection
from services.kit.http.problems import Problem
from services.kit.http.sessions import Key, Session
from services.kit.runtime import Runtime

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""19 MiB, two passes, one lane: OWASP's Password Storage Cheat Sheet."""
_NOBODY = HASHER.hash(secrets.token_urlsafe(16))
_HASHING = asyncio.Semaphore(4)
"""Each takes 19 MiB; a crowd waits for its turn."""


def hash_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return sha256(token.encode()).digest()


async def hashed(password: str) -> str:
    """Return the password's hash, computed beside the event loop."""
    async with _HASHING:
        return await asyncio.to_thread(HASHER.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; it takes as long when there is no such account."""
    async with _HASHING:
        return await asyncio.to_thread(_matches, password_hash, password)


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody who wants in."""

    login: str
    password: str
    address: str
    agent: str


class LocalSessions:
    """The sessions and keys of this service's own schema."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def verify(self, token: str) -> Session | None:
        """Return the session of this token, None when it is not valid now.

        Raises:
            Problem: 503 while the service starts.
        """
        async with self._connection() as connection:
            row = await access.valid_session(connection, hash_of(token), self._runtime.clock.now())
        if row is None:
            return None
        return Session(
            row["session_id"], row["login"], row["role"], row["salesperson_id"], row["change_first"]
        )

    async def verify_key(self, key: str) -> Key | None:
        """Return whose API key this is, None when it is not valid now.

        Raises:
            Problem: 503 while the service starts.
        """
        async with self._connection() as connection:
            return await access.valid_key(connection, hash_of(key), self._runtime.clock.now())

    async def keep_preferences(self, login: str, said: Mapping[str, str]) -> None:
        """Keep a language, or a theme: auto, light or dark."""
        kept = {name: "system" if value == "auto" else value for name, value in said.items()}
        await access.write_preferences(self._runtime.database, login, kept)

    def _connection(self) -> AbstractAsyncContextManager[Any]:
        if not self._runtime.started:
            raise Problem(503, "starting; try again", headers={"Retry-After": "2"})
        return self._runtime.database.pool.acquire()


async def log_in(runtime: Runtime, guess: Guess, replaces: str | None) -> tuple[str, Session]:
    """Return the token of a new session; one that the browser had before is ended.

    Raises:
        Problem: 401 for an unknown name, a wrong password and a disabled person alike; 429 with Retry-After.
    """
    now = runtime.clock.now()
    await _take_attempts(runtime, guess, now)
    async with runtime.database.pool.acquire() as connection:
        known = await connection.fetchval("SELECT password_hash FROM accounts WHERE login = $1", guess.login)
    right = await matches(known, guess.password)
    again = await hashed(guess.password) if right and HASHER.check_needs_rehash(known) else None
    async with runtime.database.unit_of_work() as unit:
        row = await access.account(unit.connection, guess.login)
        # Read again under the lock: it may have been disabled, or its password changed, while we computed.
        if right and row is not None and not row["disabled"] and row["password_hash"] == known:
            if again is not None:
                await access.write_account(unit.connection, dict(row) | {"password_hash": again}, now)
            await access.forgive(unit.connection, f"account:{guess.login}", f"address:{guess.address}", now)
            token, session_id = await _begin(unit.connection, guess, now, replaces)
            metrics.LOGINS.labels("succeeded").inc()
            return token, Session(
                session_id, row["login"], row["role"], row["salesperson_id"], row["must_change"]
            )
        after = {"address": guess.address}
        await access.audit(unit.connection, now, guess.login, "login.failed", guess.login, None, after)
    metrics.LOGINS.labels("failed").inc()
    raise Problem(401, "this login name and password do not belong together")


async def log_in_as(runtime: Runtime, guess: Guess, replaces: str | None) -> tuple[str, Session]:
    """Return the token of a new session of somebody for whom an OpenID provider vouches; no password is asked for.

    Raises:
        Problem: 401 for a disabled person.
    """
    now = runtime.clock.now()
    async with runtime.database.unit_of_work() as unit:
        row = await access.account(unit.connection, guess.login)
        if row is None or row["disabled"]:
            raise Problem(401, f"{guess.login} is disabled")
        token, session_id = await _begin(unit.connection, guess, now, replaces, "oidc")
    metrics.LOGINS.labels("succeeded").inc()
    return token, Session(session_id, row["login"], row["role"], row["salesperson_id"], False)


async def _take_attempts(runtime: Runtime, guess: Guess, now: datetime) -> None:
    async with runtime.database.unit_of_work() as unit:
        for subject, free in (
            (f"account:{guess.login}", FREE_OF_ACCOUNT),
            (f"address:{guess.address}", FREE_OF_ADDRESS),
        ):
            until = await access.take_attempt(unit.connection, subject, free, now)
            if until is not None:
                metrics.LOGINS.labels("throttled").inc()
                wait = str(max(1, ceil((until - now).total_seconds())))
                raise Problem(
                    429, f"too many failed logins; try again in {wait} s", headers={"Retry-After": wait}
                )


async def _begin(
    connection: Connection, guess: Guess, now: datetime, replaces: str | None, via: str = "password"
) -> tuple[str, str]:
    if replaces is not None:
        await connection.execute("DELETE FROM sessions WHERE token_hash = $1", hash_of(replaces))
    token, session_id = secrets.token_urlsafe(32), secrets.token_hex(8)
    await connection.execute(
        "INSERT INTO sessions VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
        hash_of(token), session_id, guess.login, now, guess.address, guess.agent, via,
    )  # fmt: skip
    after = {"session_id": session_id, "address": guess.address} | ({"via": via} if via != "password" else {})
    await access.audit(connection, now, guess.login, "login.succeeded", guess.login, None, after)
    return token, session_id
