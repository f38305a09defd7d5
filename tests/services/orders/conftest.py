"""A database with the schema of the order book, copied per test from one that was migrated once."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate

TEMPLATE = "template_orders"


@pytest.fixture(scope="session")
def orders_template(postgres_server: LocalPostgres) -> str:
    asyncio.run(migrate(postgres_server.create_database(TEMPLATE), ["orders"]))
    return TEMPLATE


@pytest.fixture
def orders_dsn(postgres_server: LocalPostgres, orders_template: str) -> Iterator[str]:
    name = f"orders_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name, template=orders_template)
    postgres_server.drop_database(name)


@pytest.fixture
async def database(orders_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(orders_dsn, "orders", 4)
    yield opened
    await opened.close()
