"""One database for the tests of this folder, empty at the start of each."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate
from services.orders.tables import metadata


@pytest.fixture(scope="session")
def orders_dsn(postgres_server: LocalPostgres) -> str:
    url = postgres_server.create_database("orders_tests")
    asyncio.run(migrate(url, ["orders"]))
    return url


@pytest.fixture
async def database(orders_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(orders_dsn, "orders", 4)
    await opened.pool.execute(f"TRUNCATE receipts, {', '.join(metadata.tables)}")
    yield opened
    await opened.close()
