"""Schema migrations: alembic per service, each in its own schema with its own version table.

A service's ``migrations/env.py`` is no more than::

    from services.kit.migrate import run_migrations
    from services.orders.tables import metadata

    run_migrations(metadata, "orders")

and a revision runs SQL files with ``run_script(kit_sql("kit_0001"))``, because ``op.execute`` takes one statement only.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import MetaData

SERVICES = Path(__file__).resolve().parents[1]


class MigrationError(RuntimeError):
    """The database could not be brought up to date; the message says what to do."""


async def migrate(database_url: str, service_names: Sequence[str], *, root: Path = SERVICES) -> dict[str, list[str]]:
    """Bring the schemas of these services up to date. Returns the revisions run per service.

    Several processes may do it at once: one does the work, the others wait and find it done.

    Args:
        root: the folder with ``<service>/migrations``.

    Raises:
        MigrationError: when the database cannot be reached, refuses, or a revision fails.
    """
    raise NotImplementedError


async def pending(database_url: str, service: str, *, root: Path = SERVICES) -> list[str]:
    """Return the revisions that have not been run yet, oldest first.

    Raises:
        MigrationError: when the database cannot be reached or refuses.
    """
    raise NotImplementedError


def run_migrations(metadata: MetaData, schema: str) -> None:
    """Run what alembic was asked for in ``schema``; to be called by a service's ``env.py``."""
    raise NotImplementedError


def run_script(sql: str) -> None:
    """Run SQL with any number of statements, inside the migration's transaction."""
    raise NotImplementedError


async def schema_differences(database_url: str, schema: str, metadata: MetaData) -> list[str]:
    """Return how the tables in the database differ from ``metadata``, in words; the kit's own tables do not count."""
    raise NotImplementedError
