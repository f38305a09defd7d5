"""One database for all labs; each has a schema of its own in it."""

import uuid

import pytest

from deploy.local.postgres import LocalPostgres


@pytest.fixture(scope="session")
def lab_url(postgres_server: LocalPostgres) -> str:
    return postgres_server.create_database(f"labs_{uuid.uuid4().hex[:12]}")
