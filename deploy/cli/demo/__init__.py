"""``tallyman demo``: a simulated quarter of a distributor's business, watched while it happens."""

import asyncio
import shutil
import sys
import time
import urllib.request
from datetime import date
from pathlib import Path

from rich.console import Console

from deploy.cli.demo.quarter import live_through
from deploy.cli.demo.screen import screen
from deploy.cli.demo.story import Story
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


def run(*, port: int, seed: int, customers: int, days: int, stay: bool) -> None:
    """Start everything on an empty database, stream the quarter, and say what became of it."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    port = port if port and port_is_free(port) else free_port()
    folder = temporary_folder("demo")
    try:
        with ending_in_order():
            _run(console, folder, port=port, seed=seed, stay=stay, customers=customers, days=days)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    console: Console, folder: Path, *, port: int, seed: int, stay: bool, customers: int, days: int
) -> None:
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
                f"Ready after {time.monotonic() - began:.0f} s. {customers} customers of a distributor order and pay "
                f"for {days} days:"
            )
            story, seconds = _quarter(console, services, seed, customers, days)
            _wait_idle(address)
            print_summary(story, speed_of(_page(address, "metrics")), seconds, console)
            _print_verdict(console)
            if stay:
                _serve_on(console, services, address, folder)


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


def _quarter(
    console: Console, services: ManagedProcess, seed: int, customers: int, days: int
) -> tuple[Story, float]:
    story, began = Story(), time.monotonic()
    with screen(story, console, START, days) as shown:
        asyncio.run(
            live_through(
                story,
                shown,
                target_from(settings()),
                services,
                seed=seed,
                customers=customers,
                start=START,
                days=days,
            )
        )
    return story, time.monotonic() - began


def _wait_idle(address: str) -> None:
    """Wait until the services have applied and published everything, as their metrics say."""
    deadline = time.monotonic() + IDLE_TIMEOUT_S
    while time.monotonic() < deadline:
        waiting = [
            line
            for line in _page(address, "metrics").splitlines()
            if line.startswith(("tallyman_consumer_lag_events{", "tallyman_outbox_backlog_events{"))
            and not line.endswith(" 0.0")
        ]
        if not waiting:
            return
        time.sleep(0.2)
    raise OperatorError(f"the services still have work after {IDLE_TIMEOUT_S:g} s: {'; '.join(waiting)}")


def _print_verdict(console: Console) -> None:
    found = asyncio.run(verify(settings()))
    checked = sum(len(invariants) for invariants in found.values())
    console.print(f"\n{checked} invariants checked over all four services: ", end="")
    report(found, quiet=True)
    if not any(violations for invariants in found.values() for violations in invariants.values()):
        console.print("everything holds.")


def _serve_on(console: Console, services: ManagedProcess, address: str, folder: Path) -> None:
    console.print(
        f"\nThe console, live: {address}console/ (API documentation: {address}). Ctrl-C ends everything."
    )
    console.print(f"In another terminal: tallyman verify --data-dir {folder}", highlight=False)
    while services.running:
        time.sleep(0.5)
    raise OperatorError(str(services.error("ended")))


def _page(address: str, name: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{address}{name}", timeout=30) as answer:
        text: str = answer.read().decode()
    return text
