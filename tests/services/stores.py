"""What the tests of a service's store share: its database, what is in it, and the examples it consumes."""

import asyncio
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from deploy.local.postgres import LocalPostgres
from services.kit.database import Database
from services.kit.migrate import migrate


def migrated(postgres: LocalPostgres, service: str) -> str:
    """Make a database with the schema of a service. Returns its address."""
    url = postgres.create_database(f"{service}_tests")
    asyncio.run(migrate(url, [service]))
    return url


@asynccontextmanager
async def emptied(url: str, service: str, metadata: MetaData) -> AsyncIterator[Database]:
    """Open the database of a service with nothing in it."""
    opened = await Database.open(url, service, 4)
    await opened.pool.execute(f"TRUNCATE receipts, outbox, outbox_batches, {', '.join(metadata.tables)}")
    yield opened
    await opened.close()


async def contents(database: Database, metadata: MetaData) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the service, sorted."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table in metadata.tables:
        rows = [tuple(row) for row in await database.pool.fetch(f"SELECT * FROM {table}")]
        found[table] = sorted(rows, key=repr)
    return found


def examples_of(handlers: Container[str]) -> list[Path]:
    """The contract's examples of what a service handles."""
    return [path for path in sorted(Path("contracts/examples").glob("*.json")) if type_of(path) in handlers]


def content_of(example: Path) -> bytes:
    """The bytes of an example, as they are on the broker."""
    return example.read_bytes()


def type_of(example: Path) -> str:
    """The event type of an example."""
    return example.name.partition(".v")[0]
