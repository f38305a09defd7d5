"""Servers that may be hurt: none of them is shared with other tests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.broker import Broker
from deploy.local.kafka import ApacheKafka, why_unavailable
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.migrate import migrate
from tests.faults.standing import Standing, standing_down, standing_up
from tests.faults.world import World

SERVICES = ("customers", "orders", "credit", "insights")


@pytest.fixture(scope="session")
def fault_postgres() -> Iterator[LocalPostgres]:
    with LocalPostgres(settings={"max_connections": "300"}) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(fault_postgres: LocalPostgres) -> str:
    """Name of a database with all schemas, to be copied."""
    dsn = fault_postgres.create_database("migrated")
    asyncio.run(migrate(dsn, SERVICES))
    return "migrated"


@pytest.fixture(scope="session")
def fault_tansu() -> Iterator[Broker]:
    with TansuBroker() as broker:
        yield broker


@pytest.fixture(scope="session")
def fault_kafka() -> Iterator[ApacheKafka]:
    reason = why_unavailable()
    if reason is not None:
        pytest.skip(reason)
    with ApacheKafka() as broker:
        yield broker


@pytest.fixture(scope="session")
def log_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing(
    fault_postgres: LocalPostgres, migrated: str, fault_tansu: Broker, log_folder: Path
) -> AsyncIterator[Standing]:
    """Two credit replicas and an order book, for all tests that leave it whole."""
    world = await World(fault_postgres, fault_tansu, log_folder).prepare(migrated)
    standing = await standing_up(world, seed=50)
    yield standing
    await standing_down(standing)
