"""The schema is what the code says, and the journal cannot be rewritten."""

import asyncpg
import pytest

from services.credit.tables_desk import approvals
from services.kit.database import Database
from services.kit.migrate import schema_differences
from tests.services.credit.events import event
from tests.services.credit.live import Live


async def test_the_tables_are_what_the_code_says(credit_dsn: str) -> None:
    assert await schema_differences(credit_dsn, "credit", approvals.metadata) == []


async def test_the_journal_is_append_only(database: Database) -> None:
    await Live(database).apply_events(event("order.placed"))
    for statement in (
        "UPDATE journal SET body = ''",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "TRUNCATE accounts, journal CASCADE",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await database.pool.execute(statement)
    assert await database.pool.fetchval("SELECT count(*) FROM journal") == 1
