"""``tallyman replay``: fill the system from files, or from a simulated distributor."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.errors import OperatorError

if TYPE_CHECKING:
    from deploy.feed.replay import ReplayOptions
    from deploy.feed.target import Target

app = typer.Typer(
    no_args_is_help=True,
    help="Fill the system from files, or from a simulated distributor. Days come from the events, so run the"
    " services with TALLYMAN_CLOCK=events (`tallyman up --clock events`).",
)

Speed = Annotated[float, typer.Option(min=0, help="Simulated days per second; 0 is as fast as possible.")]
State = Annotated[
    Path | None, typer.Option(help="File that keeps the position: an interrupted replay goes on from there.")
]
Most = Annotated[int | None, typer.Option(min=1, help="Stop after so many events, to be continued later.")]
DataDir = Annotated[Path, typer.Option(help="Folder of a local installation.")]
Folder = Annotated[Path | None, typer.Option(help="Where the files are; TALLYMAN_DATA by default.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day taken.")]


@app.command()
def uci(
    folder: Folder = None,
    term_days: Annotated[int, typer.Option(min=0, help="Term every customer gets.")] = 30,
    limit: Annotated[
        str | None, typer.Option(help="Credit limit every customer gets; unlimited if not given.")
    ] = None,
    until: Until = None,
    ibm_delays: Annotated[
        bool, typer.Option(help="Invent payments, with delays as in the IBM receivables file.")
    ] = False,
    speed: Speed = 0,
    state: State = None,
    max_events: Most = None,
    data_dir: DataDir = Path("var"),
) -> None:
    """Import UCI Online Retail: a British wholesaler's invoices, December 2009 to June 2011."""
    from deploy.feed.commands import import_uci

    import_uci(
        _target(data_dir),
        folder=folder,
        term_days=term_days,
        limit=limit,
        until=_day(until),
        ibm_delays=ibm_delays,
        options=_options(speed, state, max_events),
    )


@app.command()
def wwi(
    folder: Folder = None,
    account: Annotated[
        str, typer.Option(help="Who owes: bill_to (the group that is billed) or customer.")
    ] = "bill_to",
    until: Until = None,
    speed: Speed = 0,
    state: State = None,
    max_events: Most = None,
    data_dir: DataDir = Path("var"),
) -> None:
    """Import Wide World Importers: 73,595 orders of a wholesaler, with invoices and payments."""
    from typing import get_args

    from deploy.feed.commands import import_wwi
    from deploy.feed.wwi import Account

    if account not in get_args(Account):
        raise OperatorError(f"there is no account {account!r}", f"There are: {', '.join(get_args(Account))}.")
    import_wwi(
        _target(data_dir),
        folder=folder,
        account=account,  # type: ignore[arg-type]
        until=_day(until),
        options=_options(speed, state, max_events),
    )


@app.command()
def erp(
    folder: Annotated[
        Path, typer.Argument(help="Folder with customers, products, orders, lines, invoices, payments.")
    ],
    currency: Annotated[str, typer.Option(help="Of amounts without one.")] = "CNY",
    timezone: Annotated[str, typer.Option(help="Of times without an offset.")] = "Asia/Shanghai",
    encoding: Annotated[str, typer.Option(help="Of CSV files, for example gb18030.")] = "utf-8-sig",
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused rows go; rejects.csv in the folder.")
    ] = None,
    speed: Speed = 0,
    state: State = None,
    max_events: Most = None,
    data_dir: DataDir = Path("var"),
) -> None:
    """Import any ERP's export: CSV or parquet in the layout of docs/import-layout.md."""
    from deploy.feed.commands import import_erp
    from deploy.feed.erp import ErpOptions

    target = _target(data_dir)
    chosen = ErpOptions(currency, timezone, encoding, rejects, target.partitions)
    import_erp(target, folder, erp_options=chosen, options=_options(speed, state, max_events))


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(help="Another seed is another distributor.")] = 1,
    customers: Annotated[int, typer.Option(min=1)] = 200,
    days: Annotated[int, typer.Option(min=1)] = 90,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])] = datetime(2026, 1, 5),  # noqa: DTZ001 - a day
    closed_loop: Annotated[
        bool, typer.Option(help="Ship only what the running credit service approves.")
    ] = True,
    speed: Speed = 0,
    state: State = None,
    max_events: Most = None,
    data_dir: DataDir = Path("var"),
) -> None:
    """Simulate a distributor, with the rhythm, basket sizes and payment delays measured on public data."""
    from deploy.cli.settings import broker_settings
    from deploy.feed.commands import run_simulator

    target, loaded = _target(data_dir), broker_settings(data_dir)
    run_simulator(
        target,
        seed=seed,
        customers=customers,
        days=days,
        start=start.date(),
        closed_loop=closed_loop,
        currency=loaded.currency,
        timezone=loaded.timezone,
        options=_options(speed, state, max_events),
    )


def _target(data_dir: Path) -> "Target":
    from deploy.cli.settings import broker_settings
    from deploy.feed.target import target_from

    return target_from(broker_settings(data_dir))


def _options(speed: float, state: Path | None, max_events: int | None) -> "ReplayOptions":
    from deploy.feed.replay import ReplayOptions

    return ReplayOptions(speed_days_per_s=speed, state_file=state, max_events=max_events)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
