"""The commands and their options. What they do is imported when they are called: help and mistakes answer at once."""

import logging
import sys
import traceback
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli import accounts, dead_letters, rebuild, replay, topics
from deploy.cli.errors import explain

app = typer.Typer(
    name="tallyman",
    help="Keeps the tally of what every trade customer buys, owes and is about to do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(topics.app, name="topics")
app.add_typer(accounts.app, name="accounts")
app.add_typer(replay.app, name="replay")
app.add_typer(rebuild.app, name="rebuild")
app.add_typer(dead_letters.app, name="dead-letters")

DataDir = Annotated[Path, typer.Option(help="Where the database of a local installation lives.")]
Port = Annotated[int, typer.Option(help="HTTP port.", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every network of this machine.")]


class Clock(StrEnum):
    """Where business days come from."""

    real = "real"
    events = "events"


@app.command()
def up(
    data_dir: DataDir = Path("var"),
    port: Port = 8000,
    broker_port: Annotated[int, typer.Option(help="Port of the embedded broker.", min=0, max=65535)] = 9092,
    clock: Annotated[
        Clock, typer.Option(help="Who says when a day begins: this machine, or the events of a replay.")
    ] = Clock.real,
) -> None:
    """Run everything on this machine: PostgreSQL, a broker and the four services on one port."""
    from deploy.cli.up import run

    run(data_dir, port, broker_port, clock.value)


@app.command()
def demo(
    port: Port = 8000,
    seed: Annotated[int, typer.Option(help="Another seed is another distributor.")] = 1,
    customers: Annotated[int, typer.Option(min=1, help="How many it has.")] = 200,
    days: Annotated[int, typer.Option(min=1, help="How many days are simulated.")] = 90,
    stay: Annotated[
        bool | None,
        typer.Option("--stay/--leave", help="Go on afterwards; by default only with a terminal."),
    ] = None,
    day_seconds: Annotated[
        float,
        typer.Option(min=0, help="How long a business day takes afterwards, at most; 0: it stands still."),
    ] = 60.0,
) -> None:
    """Show a simulated quarter of a distributor's business, from an empty database, in about a minute.

    With a terminal it then goes on, a business day in about a minute, under a console that moves with it.
    """
    from deploy.cli.demo import run

    run(
        port=port,
        seed=seed,
        customers=customers,
        days=days,
        stay=sys.stdin.isatty() and sys.stdout.isatty() if stay is None else stay,
        day_s=day_seconds,
    )


@app.command()
def serve(
    service: Annotated[
        str, typer.Argument(help="customers, orders, credit, insights, or all in one process.")
    ],
    host: Annotated[
        str, typer.Option(envvar="TALLYMAN_HTTP_HOST", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="TALLYMAN_HTTP_PORT", help="HTTP port.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Run one service, or all in one process, against the PostgreSQL and Kafka of the TALLYMAN_ variables."""
    from deploy.cli.serve import run

    run(service, host, port)


@app.command()
def migrate(
    services: Annotated[
        list[str] | None, typer.Argument(help="Which services; all of them by default.")
    ] = None,
    data_dir: DataDir = Path("var"),
) -> None:
    """Bring the database schemas up to date. Safe to run again, and from several machines at once."""
    from deploy.cli.migrate import run

    run(services or [], data_dir)


@app.command()
def setup(
    replication_factor: Annotated[
        int, typer.Option(envvar="TALLYMAN_REPLICATION_FACTOR", min=1, help="Copies of each partition.")
    ] = 1,
) -> None:
    """Prepare a broker and a database for the services: `topics create` and `migrate`. Safe to run again."""
    from deploy.cli import migrate as migrations
    from deploy.cli.settings import settings

    loaded = settings()
    topics.tell(topics.create_topics(loaded, replication_factor))
    migrations.tell(migrations.migrate_all(loaded))


@app.command()
def verify(
    data_dir: DataDir = Path("var"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only violations.")] = False,
) -> None:
    """Check every invariant against the stored state: balances, journals, decisions, outbox. Changes nothing."""
    from deploy.cli.verify import run

    raise typer.Exit(0 if run(data_dir, quiet=quiet) else 1)


@app.command("back-test")
def back_test(
    policy: Annotated[
        Path, typer.Argument(help="A JSON file with a policy, as POST /credit/policies takes it.")
    ],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First business day, included.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last business day, included.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="How many customers to list.")] = 20,
    data_dir: DataDir = Path("var"),
) -> None:
    """Try a credit policy on the journal: decisions flipped, sales blocked, overdue avoided. Changes nothing."""
    from deploy.cli.back_test import run

    run(policy, first.date() if first else None, last.date() if last else None, data_dir, show)


def main() -> None:
    """Run the command line; mistakes of an operator end in one sentence, status 1, and no traceback."""
    # What the client library has to say about a broker that is away, our own sentence says better. A service, which
    # sets up logging, still logs it.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        explained = explain(error)
        if explained is None:
            traceback.print_exc()
            sys.stderr.write("\ntallyman: this is a bug; please report it with the lines above.\n")
            sys.exit(70)
        sys.stderr.write(f"tallyman: {explained}\n")
        if explained.remedy:
            sys.stderr.write(f"  {explained.remedy}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
