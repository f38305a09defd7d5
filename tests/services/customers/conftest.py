"""A database with the schema of the archive, copied per test from one that was migrated once."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate

TEMPLATE = "template_customers"


@pytest.fixture(scope="session")
def customers_template(postgres_server: LocalPostgres) -> str:
    asyncio.run(migrate(postgres_server.create_database(TEMPLATE), ["customers"]))
    return TEMPLATE


@pytest.fixture
def customers_dsn(postgres_server: LocalPostgres, customers_template: str) -> Iterator[str]:
    name = f"customers_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name, template=customers_template)
    postgres_server.drop_database(name)


@pytest.fixture
async def database(customers_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(customers_dsn, "customers", 4)
    yield opened
    await opened.close()
