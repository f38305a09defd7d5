"""Schema migrations: alembic per service, each in its own schema with its own version table.

A service's ``migrations/env.py`` is no more than::

    from services.kit.migrate import run_migrations
    from services.orders.tables import metadata

    run_migrations(metadata, "orders")

and a revision runs SQL with ``run_script(kit_sql("kit_0001"))``. ``op.execute`` takes scripts too, but reads the
``:1`` of a JSON literal as a parameter.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command, context, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, event, make_url, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.kit.errors import FatalError
from services.kit.tables import kit_metadata

log = logging.getLogger(__name__)

SERVICES = Path(__file__).resolve().parents[1]
VERSION_TABLE = "alembic_version"
LOCK = int.from_bytes(b"tallyman")
LOCK_TIMEOUT_S = 300.0
CONNECT_TIMEOUT_S = 10.0


class MigrationError(FatalError):
    """The database could not be brought up to date; the message says what to do."""


class DatabaseUnreachableError(MigrationError):
    """The database does not answer; it may do so later."""


async def migrate(
    database_url: str, service_names: Sequence[str], *, root: Path = SERVICES
) -> dict[str, list[str]]:
    """Bring the schemas of these services up to date. Returns the revisions run per service.

    Several processes may do it at once: one does the work, the others wait and find it done.

    Args:
        root: the folder with ``<service>/migrations``.

    Raises:
        MigrationError: when the database cannot be reached, refuses, or a revision fails.
    """
    done: dict[str, list[str]] = {}
    async with _only_one(database_url) as connection:
        for service in service_names:
            if not _folder(root, service).is_dir():
                raise MigrationError(f"{service!r} has no migrations: {_folder(root, service)} is not there")
            await _ensure_schema(connection, service)
            done[service] = await _upgrade(database_url, service, root)
    return done


async def pending(database_url: str, service: str, *, root: Path = SERVICES) -> list[str]:
    """Return the revisions that have not been run yet, oldest first; none for a service without migrations.

    Raises:
        MigrationError: when the database cannot be reached or refuses.
    """
    if not _folder(root, service).is_dir():
        return []
    scripts = ScriptDirectory.from_config(_config(service, root))
    async with _connected(database_url, service) as connection:
        applied = await connection.run_sync(lambda sync: _applied(sync, service))
    try:
        return _missing(scripts, applied)
    except MigrationError as error:
        # A newer version has been here. It may be rolled out beside this one, so this is not a reason to stop.
        log.warning("%s", error)
        return []


def run_migrations(metadata: MetaData, schema: str) -> None:
    """Run what alembic was asked for in ``schema``; to be called by a service's ``env.py``."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run(connection, metadata, schema)
        return
    # Somebody runs the alembic command itself, for example to write a new revision.
    url = os.environ.get("TALLYMAN_DATABASE_URL")
    if not url:
        raise MigrationError("set TALLYMAN_DATABASE_URL to the address of the database")

    async def connect_and_run() -> None:
        async with _connected(url, schema) as fresh:
            await fresh.run_sync(lambda sync: _run(sync, metadata, schema))

    asyncio.run(connect_and_run())


def run_script(sql: str) -> None:
    """Run SQL with any number of statements, inside the migration's transaction."""
    op.get_bind().exec_driver_sql(sql)


async def schema_differences(database_url: str, schema: str, metadata: MetaData) -> list[str]:
    """Return how tables and columns (type, nullability) in the database differ from ``metadata``, in words.

    The kit's own tables do not count, nor do indexes, constraints and comments: the SQL alone says those.
    """
    not_compared = (set(kit_metadata.tables) | {VERSION_TABLE}) - set(metadata.tables)
    options = {"include_name": lambda name, kind, _: not (kind == "table" and name in not_compared)}

    def compare(sync: Connection) -> list[Any]:
        differences: list[Any] = compare_metadata(MigrationContext.configure(sync, opts=options), metadata)
        return differences

    async with _connected(database_url, schema) as connection:
        found = await connection.run_sync(compare)
    # Changes of one column come as a list, everything else as a tuple that begins with its kind.
    steps = [step for entry in found for step in (entry if isinstance(entry, list) else [entry])]
    return [
        repr(step) for step in steps if not step[0].endswith(("_index", "_constraint", "_comment", "_fk"))
    ]


def _folder(root: Path, service: str) -> Path:
    return root / service / "migrations"


def _config(service: str, root: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder(root, service)).replace("%", "%%"))
    return config


def _run(connection: Connection, metadata: MetaData, schema: str) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        version_table_schema=schema,
        transaction_per_migration=True,
        include_name=lambda name, kind, _: not (kind == "table" and name in kit_metadata.tables),
    )
    with context.begin_transaction():
        context.run_migrations()


async def _upgrade(url: str, service: str, root: Path) -> list[str]:
    config = _config(service, root)
    scripts = ScriptDirectory.from_config(config)
    async with _connected(url, service) as connection:
        missing = _missing(scripts, await connection.run_sync(lambda sync: _applied(sync, service)))
        # Alembic commits its own transactions only where none is open yet.
        await connection.rollback()
        if not missing:
            return []
        log.info("%s: running %s", service, ", ".join(missing))

        def upgrade(sync: Connection) -> None:
            config.attributes["connection"] = sync
            command.upgrade(config, "heads")

        try:
            await connection.run_sync(upgrade)
        except (DBAPIError, asyncpg.PostgresError, CommandError) as error:
            cause = _postgres_error(error) or error
            raise MigrationError(f"{service}: a revision of {', '.join(missing)} failed: {cause}") from error
    return missing


def _applied(connection: Connection, schema: str) -> tuple[str, ...]:
    options = {"version_table": VERSION_TABLE, "version_table_schema": schema}
    return MigrationContext.configure(connection, opts=options).get_current_heads()


def _missing(scripts: ScriptDirectory, applied: tuple[str, ...]) -> list[str]:
    try:
        revisions = list(scripts.iterate_revisions("heads", applied or "base"))
    except (ResolutionError, CommandError) as error:
        raise MigrationError(
            f"{scripts.dir} does not know revision {', '.join(applied)} that the database is at: "
            "a newer version of the program has migrated it; run that version"
        ) from error
    return [script.revision for script in reversed(revisions)]


async def _ensure_schema(connection: "asyncpg.Connection[Any]", schema: str) -> None:
    if await connection.fetchval("SELECT true FROM pg_namespace WHERE nspname = $1", schema):
        return
    try:
        await connection.execute(f'CREATE SCHEMA "{schema}"')
    except asyncpg.InsufficientPrivilegeError as error:
        row = await connection.fetchrow("SELECT current_user AS role, current_database() AS name")
        assert row is not None
        raise MigrationError(
            f'role {row["role"]!r} may not create schema {schema!r}: GRANT CREATE ON DATABASE "{row["name"]}" TO '
            f'"{row["role"]}", or create the schema with that role as its owner'
        ) from error


@asynccontextmanager
async def _only_one(url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """Hold the lock of migrations. It belongs to the connection, so a process that dies lets go of it."""
    connection: asyncpg.Connection[Any] = await _reaching(
        url, lambda: asyncpg.connect(_plain(url), timeout=CONNECT_TIMEOUT_S)
    )
    try:
        await _lock(connection)
        yield connection
    finally:
        await connection.close()


async def _lock(connection: "asyncpg.Connection[Any]") -> None:
    # Trying instead of waiting inside PostgreSQL: a waiting statement holds a snapshot, for which a
    # CREATE INDEX CONCURRENTLY of the process that has the lock would wait in turn.
    for attempt in range(int(LOCK_TIMEOUT_S / 0.1)):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            return
        if attempt == 10:
            log.info("waiting for another process that is migrating")
        await asyncio.sleep(0.1)
    raise MigrationError(
        f"another process has been migrating for {LOCK_TIMEOUT_S:.0f} s: see pg_locks, locktype advisory"
    )


@asynccontextmanager
async def _connected(url: str, schema: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=pool.NullPool,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "server_settings": {"search_path": schema, "application_name": "tallyman-migrate"},
        },
    )
    event.listen(engine.sync_engine, "do_execute", _run_several_statements)
    connection: AsyncConnection = await _reaching(url, engine.connect().start)
    try:
        yield connection
    finally:
        await connection.close()
        await engine.dispose()


def _run_several_statements(cursor: Any, statement: str, parameters: Any, _: Any) -> bool:
    """Send a script as it is: SQLAlchemy would prepare it, and PostgreSQL prepares only single statements."""
    if parameters or ";" not in statement.rstrip("; \n"):
        return False
    cursor._adapt_connection.run_async(lambda connection: connection.execute(statement))
    return True


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def _reaching(url: str, connect: Callable[[], Any]) -> Any:
    try:
        return await connect()
    except (OSError, TimeoutError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        address = make_url(url)
        place = f"{address.host}:{address.port or 5432}/{address.database}"
        cause = _postgres_error(error)
        if cause is None or isinstance(
            cause, asyncpg.CannotConnectNowError | asyncpg.TooManyConnectionsError
        ):
            raise DatabaseUnreachableError(
                f"the database at {place} cannot be reached: {cause or error!r}"
            ) from error
        raise MigrationError(
            f"PostgreSQL at {place} refuses {address.username!r}: {cause}; check TALLYMAN_DATABASE_URL"
        ) from error


def _postgres_error(error: BaseException) -> asyncpg.PostgresError | None:
    """Return what PostgreSQL itself said, from under SQLAlchemy's wrapping."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, asyncpg.PostgresError):
            return seen
        seen = seen.__cause__
    return None
