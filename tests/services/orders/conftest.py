"""One database for the tests of this folder, empty at the start of each."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.orders.tables import metadata
from tests.services.stores import emptied, migrated


@pytest.fixture(scope="session")
def orders_dsn(postgres_server: LocalPostgres) -> str:
    return migrated(postgres_server, "orders")


@pytest.fixture
async def database(orders_dsn: str) -> AsyncIterator[Database]:
    async with emptied(orders_dsn, "orders", metadata) as opened:
        yield opened
