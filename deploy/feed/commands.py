"""What the command line calls: one plain function per source. Each shows progress and returns the summary."""

import asyncio
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from deploy.feed import erp, uci, wwi
from deploy.feed.decisions import CreditDecisions
from deploy.feed.progress import print_summary, progress
from deploy.feed.replay import ReplayOptions, Summary, replay
from deploy.feed.simulator import simulator_feed
from deploy.feed.source import Feed
from deploy.feed.target import Target


def import_uci(
    target: Target,
    *,
    folder: Path | None = None,
    term_days: int = 30,
    limit: str | None = None,
    until: date | None = None,
    ibm_delays: bool = False,
    options: ReplayOptions | None = None,
    console: Console | None = None,
) -> Summary:
    """Import UCI Online Retail from ``folder`` (default: ``TALLYMAN_DATA``). ``limit`` None is unlimited."""
    chosen = uci.UciOptions(term_days, limit, until, ibm_delays, target.partitions)
    return _send(uci.feed(folder, chosen), target, options, console)


def import_wwi(
    target: Target,
    *,
    folder: Path | None = None,
    account: wwi.Account = "bill_to",
    until: date | None = None,
    options: ReplayOptions | None = None,
    console: Console | None = None,
) -> Summary:
    """Import Wide World Importers from ``folder`` (default: ``TALLYMAN_DATA``)."""
    chosen = wwi.WwiOptions(account, until, target.partitions)
    return _send(wwi.feed(folder, chosen), target, options, console)


def import_erp(
    target: Target,
    folder: Path,
    *,
    erp_options: erp.ErpOptions | None = None,
    options: ReplayOptions | None = None,
    console: Console | None = None,
) -> Summary:
    """Import an ERP's export in the layout of ``docs/import-layout.md``; see there for the rejects file."""
    return _send(
        erp.feed(folder, erp_options or erp.ErpOptions(partitions=target.partitions)),
        target,
        options,
        console,
    )


def run_simulator(
    target: Target,
    *,
    seed: int = 1,
    customers: int = 200,
    days: int = 90,
    start: date = date(2026, 1, 5),
    closed_loop: bool = True,
    currency: str = "CNY",
    timezone: str = "Asia/Shanghai",
    options: ReplayOptions | None = None,
    console: Console | None = None,
    decision_timeout_s: float = 120.0,
) -> Summary:
    """Simulate a distributor. In closed loop it ships only what the running credit service approves."""
    return asyncio.run(
        simulate_into(
            target,
            seed=seed,
            customers=customers,
            days=days,
            start=start,
            closed_loop=closed_loop,
            currency=currency,
            timezone=timezone,
            options=options,
            console=console,
            decision_timeout_s=decision_timeout_s,
        )
    )


async def simulate_into(
    target: Target,
    *,
    seed: int,
    customers: int,
    days: int,
    start: date,
    closed_loop: bool = True,
    currency: str = "CNY",
    timezone: str = "Asia/Shanghai",
    options: ReplayOptions | None = None,
    console: Console | None = None,
    decision_timeout_s: float = 120.0,
) -> Summary:
    """:func:`run_simulator` for callers that have an event loop running."""
    options = options or ReplayOptions()
    zone = ZoneInfo(timezone)
    if not closed_loop:
        feed = simulator_feed(
            seed, customers, days, start, partitions=target.partitions, currency=currency, zone=zone
        )
        return await send(feed, target, options, console)
    record = options.state_file.with_suffix(".decisions") if options.state_file else None
    async with CreditDecisions(target, timeout_s=decision_timeout_s, record=record) as decisions:
        feed = simulator_feed(
            seed,
            customers,
            days,
            start,
            decisions=decisions,
            partitions=target.partitions,
            currency=currency,
            zone=zone,
        )
        return await send(feed, target, options, console, decisions)


async def send(
    feed: Feed,
    target: Target,
    options: ReplayOptions | None = None,
    console: Console | None = None,
    decisions: CreditDecisions | None = None,
) -> Summary:
    """Replay a feed with progress and summary on the console."""
    console = console or Console()
    with progress(feed, console) as report:
        summary = await replay(feed, target, options, decisions=decisions, report=report)
    print_summary(summary, console)
    return summary


def _send(feed: Feed, target: Target, options: ReplayOptions | None, console: Console | None) -> Summary:
    return asyncio.run(send(feed, target, options, console))
