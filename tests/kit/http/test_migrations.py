"""Migrations against a real PostgreSQL."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text

from deploy.local.ports import free_port
from deploy.local.postgres import LocalPostgres
from services.kit.migrate import (
    DatabaseUnreachableError,
    MigrationError,
    migrate,
    pending,
    schema_differences,
)
from services.kit.tables import kit_metadata

ROOT = Path(__file__).parent / "services"
BROKEN = """
from services.kit.migrate import run_script
revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_script("CREATE TABLE left_over (id int); SELECT 1/0;")
"""


def with_revision(folder: Path, text: str) -> Path:
    """Return a root with the demo service and one further revision."""
    copy = folder / "services"
    for file in (ROOT / "demo").rglob("*.py"):
        target = copy / "demo" / file.relative_to(ROOT / "demo")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text())
    (copy / "demo/migrations/versions/0002_next.py").write_text(text)
    return copy


def demo_tables() -> MetaData:
    metadata = MetaData()
    Table(
        "things",
        metadata,
        Column("thing_id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("size", Integer, nullable=False),
    )
    return metadata


async def test_processes_that_migrate_at_once_do_it_once(database_dsn: str) -> None:
    assert await pending(database_dsn, "demo", root=ROOT) == ["0001"]
    done = await asyncio.gather(*(migrate(database_dsn, ["demo"], root=ROOT) for _ in range(4)))
    assert sorted(result["demo"] for result in done) == [[], [], [], ["0001"]]
    assert await pending(database_dsn, "demo", root=ROOT) == []


async def test_everything_is_in_the_schema_of_the_service(database_dsn: str) -> None:
    await migrate(database_dsn, ["demo"], root=ROOT)
    connection = await asyncpg.connect(database_dsn)
    rows = await connection.fetch(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
    )
    await connection.close()
    assert {row["schemaname"] for row in rows} == {"demo"}
    assert {row["tablename"] for row in rows} == {*kit_metadata.tables, "things", "alembic_version"}


async def test_kit_tables_match_the_sql_that_makes_them(database_dsn: str) -> None:
    await migrate(database_dsn, ["demo"], root=ROOT)
    both = MetaData()
    for table in [*kit_metadata.tables.values(), *demo_tables().tables.values()]:
        table.to_metadata(both)
    assert await schema_differences(database_dsn, "demo", both) == []


async def test_differences_are_found(database_dsn: str) -> None:
    await migrate(database_dsn, ["demo"], root=ROOT)
    assert await schema_differences(database_dsn, "demo", demo_tables()) == []
    wrong = MetaData()
    Table(
        "things", wrong, Column("thing_id", Text, primary_key=True), Column("name", Integer, nullable=False)
    )
    found = " ".join(await schema_differences(database_dsn, "demo", wrong))
    assert "'modify_type', None, 'things', 'name'" in found
    assert "'remove_column', None, 'things'" in found


async def test_a_failing_revision_leaves_nothing_and_says_why(database_dsn: str, tmp_path: Path) -> None:
    await migrate(database_dsn, ["demo"], root=ROOT)
    root = with_revision(tmp_path, BROKEN)
    with pytest.raises(MigrationError, match=r"demo: a revision of 0002 failed: division by zero"):
        await migrate(database_dsn, ["demo"], root=root)
    connection = await asyncpg.connect(database_dsn)
    assert await connection.fetchval("SELECT to_regclass('demo.left_over')") is None
    await connection.close()
    assert await pending(database_dsn, "demo", root=root) == ["0002"]


async def test_a_database_of_a_newer_version(database_dsn: str, tmp_path: Path) -> None:
    root = with_revision(tmp_path, BROKEN.replace("SELECT 1/0;", ""))
    await migrate(database_dsn, ["demo"], root=root)
    # An older process may go on running beside the newer one, but must not migrate.
    assert await pending(database_dsn, "demo", root=ROOT) == []
    with pytest.raises(MigrationError, match="newer version of the program"):
        await migrate(database_dsn, ["demo"], root=ROOT)


async def test_unreachable_and_refused_are_told_apart(
    database_dsn: str, postgres_server: LocalPostgres
) -> None:
    nowhere = database_dsn.replace(f":{postgres_server.port}/", f":{free_port()}/")
    for work in (migrate(nowhere, ["demo"], root=ROOT), pending(nowhere, "demo", root=ROOT)):
        with pytest.raises(DatabaseUnreachableError, match=r"127\.0\.0\.1:\d+/test_\w+ cannot be reached"):
            await work
    user, _, rest = database_dsn.rpartition("@")
    wrong = f"{user.rpartition(':')[0]}:wrong-password@{rest}"
    with pytest.raises(MigrationError, match="refuses 'postgres': password authentication failed") as refused:
        await migrate(wrong, ["demo"], root=ROOT)
    assert not isinstance(refused.value, DatabaseUnreachableError)
    assert "wrong-password" not in str(refused.value)
    with pytest.raises(MigrationError, match="does not exist"):
        await migrate(postgres_server.dsn_for("no_such_database"), ["demo"], root=ROOT)


async def test_a_role_that_may_not_create_schemas(database_dsn: str, postgres_server: LocalPostgres) -> None:
    role = "r_" + database_dsn.rpartition("/")[2]
    postgres_server.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret-enough'")
    _, _, place = database_dsn.rpartition("@")
    weak = f"postgresql://{role}:secret-enough@{place}"
    with pytest.raises(
        MigrationError, match=f"role '{role}' may not create schema 'demo': GRANT CREATE ON DATABASE"
    ):
        await migrate(weak, ["demo"], root=ROOT)
    database = database_dsn.rpartition("/")[2]
    postgres_server.execute(f"CREATE SCHEMA demo AUTHORIZATION {role}", database)
    assert await migrate(weak, ["demo"], root=ROOT) == {"demo": ["0001"]}


async def test_a_service_without_migrations(database_dsn: str) -> None:
    assert await pending(database_dsn, "nobody", root=ROOT) == []
    with pytest.raises(MigrationError, match="'nobody' has no migrations"):
        await migrate(database_dsn, ["nobody"], root=ROOT)
