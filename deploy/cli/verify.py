"""``tallyman verify``: each service's own check of its invariants, and one verdict."""

import asyncio
import importlib
import importlib.util
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deploy.cli.services import NAMES
from deploy.cli.settings import database_url, settings

if TYPE_CHECKING:
    from services.kit.database import Database
    from services.kit.settings import Settings

Violations = Mapping[str, Sequence[object]]
"""What each invariant says to where it does not hold, printable; to nothing when it holds."""

Check = Callable[["Database"], Awaitable[Violations]]

SHOWN = 20


def run(data_dir: Path, *, quiet: bool = False) -> bool:
    """Check every service that can, print what was found, and return whether everything holds."""
    return report(asyncio.run(verify(settings(data_dir))), quiet=quiet)


async def verify(loaded: "Settings") -> dict[str, Violations]:
    """Check each service: what holds for all, and what ``services.<name>.verify`` adds for one of its own kind."""
    from services.kit import verify as kit
    from services.kit.database import Database

    found: dict[str, Violations] = {}
    for name in NAMES:
        own = _check_of(name)
        database = await Database.open(database_url(loaded, name), name, 2)
        try:
            special = await own(database) if own is not None else {}
            # Some services have the common invariants in their own report.
            common = {} if set(kit.INVARIANTS) <= set(special) else await kit.verify(database)
        finally:
            await database.close()
        found[name] = {**special, **common}
    return found


def report(found: dict[str, Violations], *, quiet: bool = False) -> bool:
    """Print the findings; return whether there is nothing to find."""
    count = 0
    for service, invariants in found.items():
        for invariant, violations in invariants.items():
            count += len(violations)
            if violations:
                typer.echo(f"VIOLATED  {service}: {invariant}")
                for violation in violations[:SHOWN]:
                    typer.echo(f"            {violation}")
                if len(violations) > SHOWN:
                    typer.echo(f"            ... and {len(violations) - SHOWN} more")
            elif not quiet:
                typer.echo(f"holds     {service}: {invariant}")
    if not quiet or count:
        typer.echo(f"{count} violations" if count else "Everything holds.")
    return count == 0


def _check_of(name: str) -> Check | None:
    if importlib.util.find_spec(f"services.{name}.verify") is None:
        return None
    check: Check = importlib.import_module(f"services.{name}.verify").verify
    return check
