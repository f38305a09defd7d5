"""A migrated insights database, emptied before each test, and a consumer's worth of processing on it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate
from tests.services.insights.processing import Processing, empty


@pytest.fixture(scope="session")
def insights_dsn(postgres_server: LocalPostgres) -> Iterator[str]:
    """Address of a database with the schema of insights."""
    name = f"insights_{uuid.uuid4().hex}"
    dsn = postgres_server.create_database(name)
    asyncio.run(migrate(dsn, ["insights"]))
    yield dsn
    postgres_server.drop_database(name)


@pytest.fixture
async def database(insights_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(insights_dsn, "insights", 4)
    await empty(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def processing(database: Database) -> Processing:
    return await Processing.on(database)
