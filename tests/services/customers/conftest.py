"""One database for the tests of this folder, empty at the start of each."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.customers.tables import metadata
from services.kit.database import Database
from tests.services.stores import emptied, migrated


@pytest.fixture(scope="session")
def customers_dsn(postgres_server: LocalPostgres) -> str:
    return migrated(postgres_server, "customers")


@pytest.fixture
async def database(customers_dsn: str) -> AsyncIterator[Database]:
    async with emptied(customers_dsn, "customers", metadata) as opened:
        yield opened
