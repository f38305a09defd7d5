"""``tallyman rebuild``: make state anew from the journal it follows from."""

import asyncio
import importlib
import importlib.util
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make state anew from the journal it follows from.")


@app.callback()
def group() -> None:
    """Keep the name of the service a word of its own while there is only one."""


@app.command()
def credit(
    data_dir: Annotated[Path, typer.Option(help="Folder of a local installation.")] = Path("var"),
) -> None:
    """Fold every account's journal from zero and compare with the stored state, or mend it."""
    from deploy.cli.errors import OperatorError
    from deploy.cli.settings import settings

    if importlib.util.find_spec("services.credit.rebuild") is None:
        raise OperatorError("this version of the credit service cannot rebuild")
    rebuild = importlib.import_module("services.credit.rebuild").rebuild
    typer.echo(asyncio.run(rebuild(settings(data_dir))))
