"""The script that makes the roles, run against a real PostgreSQL: each owns its schema and sees no other."""

import asyncio
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.local.postgres import LocalPostgres
from deploy.local.postgres_cluster import programs
from services.kit.migrate import migrate
from tests.deploy.compose import ROOT, SERVICES

SCRIPT = ROOT / "deploy/docker/postgres/10-roles.sh"


@dataclass(frozen=True)
class Database:
    """A database as the image makes it, with the address for each role."""

    urls: dict[str, str]

    def run(self, role: str, statement: str) -> None:
        """Run a statement as a role."""

        async def execute() -> None:
            connection = await asyncpg.connect(self.urls[role])
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(execute())


def make_roles(url: str, passwords: dict[str, str]) -> dict[str, str]:
    """Run the script as the image's entry point does; return the address of each role."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    parts = urlsplit(url)
    environment = {
        **os.environ,
        "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(parts.hostname),
        "PGPORT": str(parts.port),
        "PGPASSWORD": str(parts.password),
        "POSTGRES_DB": parts.path.lstrip("/"),
        **{f"POSTGRES_{name.upper()}_PASSWORD": password for name, password in passwords.items()},
    }
    done = subprocess.run([bash, str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    place = f"{parts.hostname}:{parts.port}"
    return {
        name: urlunsplit(parts._replace(netloc=f"{name}:{password}@{place}"))
        for name, password in passwords.items()
    }


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A server of its own: roles belong to the whole server."""
    with LocalPostgres() as server:
        passwords = {name: uuid.uuid4().hex for name in SERVICES}
        yield Database(make_roles(server.create_database("tallyman"), passwords))


def test_each_role_migrates_its_own_schema(database: Database) -> None:
    for name in SERVICES:
        assert asyncio.run(migrate(database.urls[name], [name]))[name]
        assert asyncio.run(migrate(database.urls[name], [name]))[name] == []


@pytest.mark.parametrize("role", SERVICES)
def test_no_role_sees_another_schema(database: Database, role: str) -> None:
    for other in set(SERVICES) - {role}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            database.run(role, f"SELECT * FROM {other}.outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            database.run(role, f"CREATE TABLE {other}.mine (x int)")


@pytest.mark.parametrize("role", SERVICES)
def test_no_role_may_do_more_than_its_work(database: Database, role: str) -> None:
    for statement in (
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "CREATE TABLE public.mine (x int)",
        "ALTER SYSTEM SET fsync = off",
        "SET ROLE postgres",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            database.run(role, statement)


def test_only_credit_may_make_a_schema_for_its_rebuild(database: Database) -> None:
    database.run("credit", "CREATE SCHEMA credit_rebuilt")
    for role in set(SERVICES) - {"credit"}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            database.run(role, f"CREATE SCHEMA {role}_rebuilt")
