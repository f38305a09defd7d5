"""One database for the tests of this folder, empty at the start of each."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.customers.tables import metadata
from services.kit.database import Database
from services.kit.migrate import migrate


@pytest.fixture(scope="session")
def customers_dsn(postgres_server: LocalPostgres) -> str:
    url = postgres_server.create_database("customers_tests")
    asyncio.run(migrate(url, ["customers"]))
    return url


@pytest.fixture
async def database(customers_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(customers_dsn, "customers", 4)
    await opened.pool.execute(f"TRUNCATE receipts, {', '.join(metadata.tables)}")
    yield opened
    await opened.close()
