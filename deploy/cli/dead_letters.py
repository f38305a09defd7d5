"""``tallyman dead-letters``: records that could not be applied, and what people do about them."""

import asyncio
import getpass
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.errors import OperatorError

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

    from services.kit.database import Database
    from services.kit.dead_letter_admin import Detail, Retried, Summary
    from services.kit.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Records that could not be applied, and what to do about them.")

DataDir = Annotated[Path, typer.Option(help="Folder of a local installation.")]
Letters = Annotated[list[str], typer.Argument(help="As `list` shows them, for example credit/17.")]
Service = Annotated[str | None, typer.Option(help="Only of this service.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list")
def list_(
    service: Service = None,
    state: Annotated[str, typer.Option(help="open, retried, discarded or all.")] = "open",
    topic: Annotated[str | None, typer.Option(help="Only from this topic.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only set aside since.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many of each service.")] = 100,
    as_json: AsJson = False,
    data_dir: DataDir = Path("var"),
) -> None:
    """List dead letters, oldest first: where each lay and why it was set aside."""
    from deploy.cli.services import NAMES, require
    from deploy.cli.settings import settings
    from services.kit.dead_letter_admin import Filter, list_dead_letters

    if state not in ("open", "retried", "discarded", "all"):
        raise OperatorError(f"there is no state {state!r}", "There are: open, retried, discarded, all.")
    if service is not None:
        require(service)
    wanted = Filter(None if state == "all" else state, topic, since.astimezone() if since else None)  # type: ignore[arg-type]
    loaded = settings(data_dir)

    async def collect() -> list[tuple[str, "Summary"]]:
        found: list[tuple[str, Summary]] = []
        for name in [service] if service else NAMES:
            async with _database(loaded, name) as database:
                found += [(name, letter) for letter in await list_dead_letters(database, wanted, limit=limit)]
        return found

    letters = asyncio.run(collect())
    _print_json(letters) if as_json else _print_table(letters)


@app.command()
def show(letter: Annotated[str, typer.Argument(help="credit/17")], data_dir: DataDir = Path("var")) -> None:
    """Show one dead letter with its headers, its event and what would happen on a retry."""
    from deploy.cli.settings import settings
    from services.kit.dead_letter_admin import show_dead_letter

    service, letter_id = _parse(letter)

    async def look() -> "Detail":
        async with _database(settings(data_dir), service) as database:
            return await show_dead_letter(database, letter_id)

    _print_detail(letter, asyncio.run(look()))


@app.command()
def retry(
    letters: Annotated[
        list[str] | None, typer.Argument(help="As `list` shows them, for example credit/17.")
    ] = None,
    value: Annotated[
        Path | None, typer.Option(help="File with the repaired event, in place of the recorded bytes.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Publish although it would be refused again.")] = False,
    all_of: Annotated[str | None, typer.Option("--all", help="All open ones of this service.")] = None,
    topic: Annotated[str | None, typer.Option(help="With --all: only from this topic.")] = None,
    by: Annotated[str, typer.Option(help="Who does it.")] = "",
    data_dir: DataDir = Path("var"),
) -> None:
    """Publish dead letters to their topic again, for example after a producer or a handler was mended."""
    from deploy.cli.services import require
    from deploy.cli.settings import settings
    from services.kit.dead_letter_admin import retry_dead_letter

    if bool(letters) == bool(all_of):
        raise OperatorError("name the dead letters to retry, or a service with --all")
    if value is not None and len(letters or ()) != 1:
        raise OperatorError("--value repairs one dead letter at a time")
    body = value.read_bytes() if value else None
    loaded, by = settings(data_dir), by or getpass.getuser()
    if all_of:
        require(all_of)
        _retry_all(loaded, all_of, topic, by)
        return

    async def publish(database: "Database", letter_id: int) -> None:
        async with _producer(loaded) as producer:
            await retry_dead_letter(database, producer, loaded, letter_id, by=by, value=body, force=force)

    _each(letters or [], loaded, publish, "published again")


@app.command()
def discard(
    letters: Letters,
    by: Annotated[str, typer.Option(help="Who does it.")] = "",
    data_dir: DataDir = Path("var"),
) -> None:
    """Mark dead letters as not to be retried. Their bytes stay."""
    from deploy.cli.settings import settings
    from services.kit.dead_letter_admin import discard_dead_letter

    async def give_up(database: "Database", letter_id: int) -> None:
        await discard_dead_letter(database, letter_id, by=by or getpass.getuser())

    _each(letters, settings(data_dir), give_up, "discarded")


def _each(
    letters: list[str], loaded: "Settings", act: Callable[["Database", int], Awaitable[None]], done: str
) -> None:
    """Do something to each; what was done before a mistake is reported and stays done."""
    parsed = [(letter, *_parse(letter)) for letter in letters]

    async def work() -> None:
        for letter, service, letter_id in parsed:
            async with _database(loaded, service) as database:
                await act(database, letter_id)
            typer.echo(f"{letter} {done}")

    asyncio.run(work())


def _retry_all(loaded: "Settings", service: str, topic: str | None, by: str) -> None:
    """Retry all open ones of a service; end with status 1 if some would be refused still."""
    from services.kit.dead_letter_admin import Filter, retry_dead_letters

    async def work() -> "Retried":
        async with _database(loaded, service) as database, _producer(loaded) as producer:
            return await retry_dead_letters(database, producer, loaded, Filter("open", topic), by=by)

    result = asyncio.run(work())
    typer.echo(f"{len(result.retried)} published again")
    for letter_id, reason in result.refused.items():
        typer.echo(f"{service}/{letter_id} would be refused still: {reason}")
    if result.refused:
        raise typer.Exit(1)


@asynccontextmanager
async def _producer(loaded: "Settings") -> AsyncIterator["AIOKafkaProducer"]:
    from services.kit.kafka import kafka_producer

    producer = kafka_producer(loaded, "dead-letters")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _database(loaded: "Settings", service: str) -> AsyncIterator["Database"]:
    from deploy.cli.settings import database_url
    from services.kit.database import Database

    database = await Database.open(database_url(loaded, service), service, 2)
    try:
        yield database
    finally:
        await database.close()


def _parse(letter: str) -> tuple[str, int]:
    from deploy.cli.services import require

    service, _, number = letter.partition("/")
    if not (number.isascii() and number.isdigit()):
        raise OperatorError(f"{letter!r} is no dead letter", "Name it as `list` does, for example credit/17.")
    require(service)
    return service, int(number)


def _print_table(letters: list[tuple[str, "Summary"]]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not letters:
        typer.echo("no dead letters")
        return
    table = Table("letter", "set aside", "from", "key", "field", "reason", "state")
    for service, letter in letters:
        place = f"{letter.topic}-{letter.partition}@{letter.offset}"
        row = (f"{letter.recorded_at:%Y-%m-%d %H:%M}", place, letter.key or "", letter.field, letter.reason)
        table.add_row(f"{service}/{letter.id}", *row, letter.state)
    Console().print(table, markup=False)


def _print_json(letters: list[tuple[str, "Summary"]]) -> None:
    for service, letter in letters:
        fields = {"letter": f"{service}/{letter.id}", "service": service, **asdict(letter)}
        typer.echo(json.dumps(fields, default=str, ensure_ascii=False))


def _print_detail(name: str, detail: "Detail") -> None:
    letter = detail.summary
    facts: dict[str, Any] = {
        "letter": name,
        "from": f"{letter.topic} partition {letter.partition} offset {letter.offset}",
        "set aside": f"{letter.recorded_at:%Y-%m-%d %H:%M:%S %Z}",
        "field": letter.field or "(the whole record)",
        "reason": letter.reason,
        "state": letter.state + (f" by {letter.resolved_by}" if letter.resolved_by else ""),
        "key": letter.key,
        "headers": ", ".join(f"{key}={value}" for key, value in detail.headers),
        "a retry": "would be refused: " + detail.problem if detail.problem else "would be taken",
    }
    for label, fact in facts.items():
        typer.echo(f"{label + ':':<12}{fact}")
    if detail.event is not None:
        typer.echo(json.dumps(detail.event, indent=2, ensure_ascii=False))
    else:
        typer.echo(detail.text or "(no value)")
