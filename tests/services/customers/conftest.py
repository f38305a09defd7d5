"""One database for the tests of this folder, empty at the start of each; one running service per module that asks."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.customers.app import service
from services.customers.tables import metadata
from services.kit.database import Database
from tests.services.harness import Installation, installation
from tests.services.stores import emptied, migrated


@pytest.fixture(scope="session")
def customers_dsn(postgres_server: LocalPostgres) -> str:
    return migrated(postgres_server, "customers")


@pytest.fixture
async def database(customers_dsn: str) -> AsyncIterator[Database]:
    async with emptied(customers_dsn, "customers", metadata) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    async with installation(service, postgres_server, tansu_server) as started:
        yield started
