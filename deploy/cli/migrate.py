"""``tallyman migrate``."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deploy.cli.services import NAMES, require
from deploy.cli.settings import database_url, settings

if TYPE_CHECKING:
    from services.kit.settings import Settings


def run(services: list[str], data_dir: Path) -> None:
    """Migrate ``services``, or all, and say what was done."""
    for name in services:
        require(name)
    tell(migrate_all(settings(data_dir), services))


def tell(revisions_run: dict[str, list[str]]) -> None:
    """Print what was done, service by service."""
    for service, revisions in revisions_run.items():
        typer.echo(f"{service}: {', '.join(revisions) if revisions else 'up to date'}")


def migrate_all(loaded: "Settings", services: list[str] | None = None) -> dict[str, list[str]]:
    """Migrate ``services``, or all; return the revisions that were run by service.

    Raises:
        MigrationError: see :mod:`services.kit.migrate`.
    """
    from services.kit.migrate import migrate

    async def one_after_another() -> dict[str, list[str]]:
        done: dict[str, list[str]] = {}
        for name in services or NAMES:
            done |= await migrate(database_url(loaded, name), [name])
        return done

    return asyncio.run(one_after_another())
