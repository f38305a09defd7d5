"""``tallyman accounts``: the first admin, further people, and passwords that were forgotten."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make accounts of people, and reset passwords.")

Login = Annotated[str, typer.Argument(help="Login name: lower-case letters, digits and . _ @ -")]
# Asked for, not an option's value: that would stay in the shell's history and in the list of processes.
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)]
DataDir = Annotated[Path, typer.Option(help="Folder of a local installation.")]


@app.command()
def create(
    login: Login,
    password: Password,
    role: Annotated[str, typer.Option(help="sales, finance, manager, ops or admin.")] = "admin",
    name: Annotated[str, typer.Option(help="As shown; the login name by default.")] = "",
    salesperson: Annotated[str | None, typer.Option(help="The salesperson who this is.")] = None,
    data_dir: DataDir = Path("var"),
) -> None:
    """Create an account, such as the first admin's. Its owner changes the password at the first login."""
    asyncio.run(_write(login, password, data_dir, role, name or login, salesperson))


@app.command()
def password(login: Login, password: Password, data_dir: DataDir = Path("var")) -> None:
    """Give somebody a first password; all their sessions end."""
    asyncio.run(_write(login, password, data_dir))


@app.command()
def setup_token(data_dir: DataDir = Path("var")) -> None:
    """Print a token with which the first admin is made at /console/setup; only while there is nobody."""
    asyncio.run(_token(data_dir))


async def _token(data_dir: Path) -> None:
    from datetime import UTC, datetime

    from deploy.cli.errors import OperatorError
    from deploy.cli.settings import database_url, settings
    from services.customers.setup import VALID_FOR, new_token
    from services.kit.database import Database

    database = await Database.open(database_url(settings(data_dir), "customers"), "customers", 2)
    try:
        async with database.unit_of_work() as unit:
            token = await new_token(unit.connection, datetime.now(UTC))
    finally:
        await database.close()
    if token is None:
        raise OperatorError(
            "there are people already", "An admin adds others; `tallyman accounts password` resets."
        )
    typer.echo(f"valid once, for {VALID_FOR}, at /console/setup: {token}")


async def _write(
    login: str,
    password: str,
    data_dir: Path,
    role: str | None = None,
    name: str = "",
    salesperson: str | None = None,
) -> None:
    from datetime import UTC, datetime

    from pydantic import ValidationError

    from deploy.cli.errors import OperatorError
    from deploy.cli.settings import database_url, settings
    from services.customers import accounts
    from services.customers.api.accounts import AccountIn
    from services.kit.database import Database
    from services.kit.http.problems import Problem

    database = await Database.open(database_url(settings(data_dir), "customers"), "customers", 2)
    now, by = datetime.now(UTC), "command-line"
    try:
        async with database.unit_of_work() as unit:
            if role is None:
                await accounts.set_password(unit.connection, login, password, by, now, must_change=True)
                return
            entry = {"login": login, "password": password, "role": role, "name": name}
            fields = AccountIn.model_validate(entry | {"salesperson_id": salesperson})
            await accounts.create(unit.connection, fields.entry(), password, by, now)
    except Problem as problem:
        raise OperatorError(problem.detail, "") from None
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        raise OperatorError(f"{found['loc'][0]}: {found['msg']}", "") from None
    finally:
        await database.close()
    typer.echo(f"{login} may log in as {role}")
