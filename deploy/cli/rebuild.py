"""``tallyman rebuild``: make state anew from the journal it follows from."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make state anew from the journal it follows from.")


@app.callback()
def group() -> None:
    """Keep the name of the service a word of its own while there is only one."""


@app.command()
def credit(
    into: Annotated[
        str | None, typer.Option(help="Schema to make and fill; without it, only the comparison is made.")
    ] = None,
    data_dir: Annotated[Path, typer.Option(help="Folder of a local installation.")] = Path("var"),
) -> None:
    """Fold every account's journal from zero and compare with the stored state. Runs beside live processing."""
    from deploy.cli.settings import database_url, settings
    from services.credit.rebuild import rebuild

    rebuilt = asyncio.run(rebuild(database_url(settings(data_dir), "credit"), into))
    typer.echo(str(rebuilt))
    raise typer.Exit(0 if rebuilt.identical else 1)
