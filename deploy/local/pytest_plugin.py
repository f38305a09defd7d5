"""Fixtures with the real servers, started once per test run; load with `pytest_plugins` in a top conftest."""

import uuid
from collections.abc import Iterator

import pytest

from deploy.local.broker import Broker
from deploy.local.kafka import ApacheKafka, why_unavailable
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that `--strict-markers` accepts it."""
    config.addinivalue_line("markers", "kafka: needs a real Apache Kafka (Java 17 and Maven)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalPostgres]:
    """One PostgreSQL for all tests, as durable as in production. Tests that crash it start their own."""
    with LocalPostgres() as server:
        yield server


@pytest.fixture
def database_dsn(postgres_server: LocalPostgres) -> Iterator[str]:
    """Connection URL of a fresh database, dropped after the test whatever is still connected."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def tansu_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TansuBroker]:
    """One embedded broker for all tests: name topics and groups freshly."""
    with TansuBroker(log_path=tmp_path_factory.mktemp("tansu") / "tansu.log") as broker:
        yield broker


@pytest.fixture(scope="session")
def apache_kafka_server() -> Iterator[ApacheKafka]:
    """One Apache Kafka for all tests; skips, saying what is missing, where it cannot run."""
    reason = why_unavailable()
    if reason is not None:
        pytest.skip(reason)
    with ApacheKafka() as broker:
        yield broker


@pytest.fixture(params=["tansu", pytest.param("kafka", marks=pytest.mark.kafka)])
def any_broker(request: pytest.FixtureRequest) -> Broker:
    """Runs the test once per kind of broker."""
    fixture = "tansu_server" if request.param == "tansu" else "apache_kafka_server"
    broker: Broker = request.getfixturevalue(fixture)
    return broker
