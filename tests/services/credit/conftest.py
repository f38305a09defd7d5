"""A database with the schema of credit, copied per test from one that was migrated once."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate


@pytest.fixture(scope="session")
def credit_template(postgres_server: LocalPostgres) -> str:
    name = f"template_{uuid.uuid4().hex}"
    asyncio.run(migrate(postgres_server.create_database(name), ["credit"]))
    return name


@pytest.fixture
def credit_dsn(postgres_server: LocalPostgres, credit_template: str) -> Iterator[str]:
    name = f"credit_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name, template=credit_template)
    postgres_server.drop_database(name)


@pytest.fixture
async def database(credit_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(credit_dsn, "credit", 6)
    yield opened
    await opened.close()


@pytest.fixture
async def databases(postgres_server: LocalPostgres, credit_template: str) -> AsyncIterator[list[Database]]:
    """Three databases that know nothing of each other."""
    names = [f"credit_{uuid.uuid4().hex}" for _ in range(3)]
    opened = [
        await Database.open(postgres_server.create_database(name, template=credit_template), "credit", 2)
        for name in names
    ]
    yield opened
    for name, database in zip(names, opened, strict=True):
        await database.close()
        postgres_server.drop_database(name)
