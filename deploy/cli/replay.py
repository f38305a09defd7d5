"""``tallyman replay``: fill the system from files, or from a simulated distributor."""

import typer

app = typer.Typer(no_args_is_help=True, help="Fill the system from files, or from a simulated distributor.")
