"""What is tried again, and what is the event's own fault."""

import asyncio

import asyncpg
import pytest

from services.kit.database import Database
from services.kit.errors import FatalError, passes_by_itself


async def test_a_value_no_column_can_hold_is_not_tried_again(database_dsn: str) -> None:
    database = await Database.open(database_dsn, "public", 2)
    attempts = 0

    async def write() -> None:
        nonlocal attempts
        attempts += 1
        await database.pool.fetchval("SELECT $1::bigint", 2**70)

    try:
        with pytest.raises(asyncpg.DataError, match="out of") as caught:
            await database.retrying("writing", write, 5)
    finally:
        await database.close()
    assert attempts == 1
    assert not passes_by_itself(caught.value)


async def test_a_cut_connection_is_tried_again_within_a_bound(database_dsn: str) -> None:
    database = await Database.open(database_dsn, "public", 2)
    attempts = 0

    async def cut() -> None:
        nonlocal attempts
        attempts += 1
        async with database.pool.acquire() as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    try:
        with pytest.raises(FatalError, match="still failing after 3 attempts"):
            await database.retrying("cutting", cut, 3)
    finally:
        await database.close()
    assert attempts == 3
    assert passes_by_itself(asyncpg.ConnectionDoesNotExistError("cut"))


async def test_a_connection_that_is_just_being_cut_counts_as_cut(database_dsn: str) -> None:
    """In the moment between the server's farewell and the closed socket, asyncpg speaks of an internal error."""
    database = await Database.open(database_dsn, "public", 1)
    other = await asyncpg.connect(database_dsn)

    async def read() -> None:
        await database.pool.fetchval("SELECT 1")

    seen: set[str] = set()
    try:
        for turns in range(60):
            pid = await database.retrying("pid", lambda: database.pool.fetchval("SELECT pg_backend_pid()"), 5)
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            for _ in range(turns % 6):
                await asyncio.sleep(0)
            found = await asyncio.gather(read(), return_exceptions=True)
            errors = [error for error in found if error is not None]
            seen |= {type(error).__name__ for error in errors}
            assert all(map(passes_by_itself, errors)), errors
            await database.retrying("reading", read, 5)
    finally:
        await other.close()
        await database.close()
    assert seen, "no connection was cut in use"
