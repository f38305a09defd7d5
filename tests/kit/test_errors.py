"""What is tried again, and what is the event's own fault."""

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
