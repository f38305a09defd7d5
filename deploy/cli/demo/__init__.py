"""``tallyman demo``: a simulated quarter of a distributor's business, watched while it happens."""

import asyncio
import shutil
import sys
import time
import urllib.request
from datetime import date
from pathlib import Path

from rich.console import Console

from deploy.cli.demo.agreements import agree
from deploy.cli.demo.quarter import Plan, opened
from deploy.cli.demo.screen import onward, screen
from deploy.cli.demo.summary import print_summary, speed_of
from deploy.cli.errors import OperatorError, ending_in_order
from deploy.cli.local import local_infrastructure
from deploy.cli.settings import remember_running, settings
from deploy.cli.verify import report, verify
from deploy.feed.target import target_from
from deploy.local.ports import free_port, port_is_free
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec, running
from deploy.local.temporary import temporary_folder

START = date(2026, 1, 5)
READY_TIMEOUT_S = 120.0
IDLE_TIMEOUT_S = 60.0


def run(*, port: int, seed: int, customers: int, days: int, stay: bool, day_s: float) -> None:
    """Start everything on an empty database, stream the quarter, and say what became of it.

    Args:
        stay: keep serving afterwards, until Ctrl-C.
        day_s: how long a business day takes from then on; 0: the business stands still.
    """
    console = Console(width=None if sys.stdout.isatty() else 120)
    port = port if port and port_is_free(port) else free_port()
    folder = temporary_folder("demo")
    try:
        with ending_in_order():
            plan = Plan(seed, customers, days, START)
            _run(console, folder, plan, port=port, stay=stay, day_s=day_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(console: Console, folder: Path, plan: Plan, *, port: int, stay: bool, day_s: float) -> None:
    began = time.monotonic()
    console.print("Starting an empty PostgreSQL, a broker and the four services ...")
    with local_infrastructure(
        folder,
        TALLYMAN_CLOCK="events",
        TALLYMAN_ALLOW_ANONYMOUS="true",
        TALLYMAN_LOG_LEVEL="WARNING",
    ) as environment:
        remember_running(folder, environment)
        address = f"http://127.0.0.1:{port}/"
        with running(_services(folder, port, address)) as services:
            console.print(
                f"Ready after {time.monotonic() - began:.0f} s. {plan.customers} customers of a distributor order "
                f"and pay for {plan.days} days:"
            )
            asyncio.run(_show(console, services, plan, address, folder if stay else None, day_s))


async def _show(
    console: Console,
    services: ManagedProcess,
    plan: Plan,
    address: str,
    stay_in: Path | None,
    day_s: float,
) -> None:
    async with opened(plan, target_from(settings()), services) as shop:
        await agree(address, shop.categories, plan.start)
        began = time.monotonic()
        with screen(shop.story, console, plan.start, plan.days) as shown:
            await shop.live_through(shown)
        seconds = time.monotonic() - began
        await _wait_idle(address)
        print_summary(shop.story, speed_of(await _page(address, "metrics")), seconds, console)
        await _print_verdict(console)
        if stay_in is None:
            return
        _print_where(console, address, stay_in, day_s)
        if not day_s:
            await shop.stand_still()
        with onward(shop.story, console) as shown:
            await shop.go_on(shown, day_s)


def _services(folder: Path, port: int, address: str) -> ProcessSpec:
    """The four services in one process of their own, so that this one can draw and feed."""
    command = [sys.executable, "-m", "deploy.cli", "serve", "all", "--port", str(port)]
    return ProcessSpec(
        name="services",
        argv=command,
        log_path=folder / "services.log",
        ready=http_ready(f"{address}ready"),
        ready_timeout_s=READY_TIMEOUT_S,
    )


async def _wait_idle(address: str) -> None:
    """Wait until the services have applied and published everything, as their metrics say."""
    deadline = time.monotonic() + IDLE_TIMEOUT_S
    while time.monotonic() < deadline:
        waiting = [
            line
            for line in (await _page(address, "metrics")).splitlines()
            if line.startswith(("tallyman_consumer_lag_events{", "tallyman_outbox_backlog_events{"))
            and not line.endswith(" 0.0")
        ]
        if not waiting:
            return
        await asyncio.sleep(0.2)
    raise OperatorError(f"the services still have work after {IDLE_TIMEOUT_S:g} s: {'; '.join(waiting)}")


async def _print_verdict(console: Console) -> None:
    found = await verify(settings())
    checked = sum(len(invariants) for invariants in found.values())
    console.print(f"\n{checked} invariants checked over all four services: ", end="")
    report(found, quiet=True)
    if not any(violations for invariants in found.values() for violations in invariants.values()):
        console.print("everything holds.")


def _print_where(console: Console, address: str, folder: Path, day_s: float) -> None:
    console.print(
        f"\nThe console, live: {address}console/ (API documentation: {address}). Ctrl-C ends everything."
    )
    if day_s:
        console.print(f"The business goes on: a day takes {day_s:g} s at most.", highlight=False)
    console.print(f"In another terminal: tallyman verify --data-dir {folder}", highlight=False)


async def _page(address: str, name: str) -> str:
    return await asyncio.to_thread(_read, f"{address}{name}")


def _read(address: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=30) as answer:
        text: str = answer.read().decode()
    return text
