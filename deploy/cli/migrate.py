"""``tallyman migrate``."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deploy.cli.services import NAMES, require
from deploy.cli.settings import settings

if TYPE_CHECKING:
    from services.kit.settings import Settings


def run(services: list[str], data_dir: Path) -> None:
    """Migrate ``services``, or all, and say what was done."""
    for name in services:
        require(name)
    for service, revisions in migrate_all(settings(data_dir), services).items():
        typer.echo(f"{service}: {', '.join(revisions) if revisions else 'up to date'}")


def migrate_all(loaded: "Settings", services: list[str] | None = None) -> dict[str, list[str]]:
    """Migrate ``services``, or all; return the revisions that were run by service.

    Raises:
        MigrationError: see :mod:`services.kit.migrate`.
    """
    from services.kit.migrate import migrate

    return asyncio.run(migrate(loaded.database_url.get_secret_value(), services or NAMES))
