"""``make bench-insights``: one insights process with everything switched on, beside its broker and PostgreSQL.

- **Events per second**: a full log is drained, with all derivations beside; and until all of them are done.
- **Cost per event**: CPU time of the process and of PostgreSQL at a steady pace, with all that follows from the events,
  for more and more customers and months of history. What CPU time says is hardly spoiled by a machine that is busy.
- **Visible**: from an event to the segment and to the alert that follow, at a steady pace, while a month is closed and
  everybody is derived anew, and after a file with thousands of late orders.
- **Rebuild**: the UCI history from zero, if ``TALLYMAN_DATA`` has it.

The whole curve takes long: ``ARGS="--customers 1000 5000 20000 50000 200000 --months 3 6 12 24"``.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.feed.data_folder import UCI, data_folder
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.load.insights.measure import (
    LATE_DAYS,
    Delays,
    Drained,
    Pace,
    drained,
    grown,
    lay,
    paced,
    rebuilt,
    report,
    warmed,
)
from tests.load.insights.service import InsightsRound
from tests.load.insights.stream import Stream

BASE = 500
"""Customers who are lived through; more of them are copies, row by row."""
EVENTS_PER_S = 5_000
VISIBLE_S = 5.0
FLAT = 1.5
"""Cost per event at the end of a curve over that at its beginning: for 200 times the customers, 24 times the months."""


@dataclass(slots=True)
class Results:
    """What was measured, by what was there."""

    drained: dict[str, Drained] = field(default_factory=dict)
    customers: dict[int, Delays] = field(default_factory=dict)
    months: dict[int, Delays] = field(default_factory=dict)
    visible: dict[str, Delays] = field(default_factory=dict)
    rebuild: dict[str, float] = field(default_factory=dict)


async def run(options: argparse.Namespace) -> Results:
    """Measure everything that is asked for."""
    results, sizes = Results(), sorted(options.customers)
    histories = [(1, sizes), *((months, sizes[:1]) for months in options.months)] if sizes else []
    with LocalPostgres() as postgres, TansuBroker() as broker:
        for number, (months, asked) in enumerate(histories, 1):
            round_ = InsightsRound(number, postgres, broker.bootstrap, options.batch)
            stream = Stream(number, [f"C-{n:04}" for n in range(BASE)])
            report(f"{BASE} customers live through {months} months")
            await lay(round_, stream, months)
            for size in asked:
                await grown(round_, stream, max(1, size // len(stream.customers)))
                await measured(round_, stream, size, months, options, results)
        if options.rebuild and (data_folder() / f"{UCI}.parquet").is_file():
            report("rebuild of the UCI history")
            last = InsightsRound(0, postgres, broker.bootstrap, options.batch, "Europe/London")
            results.rebuild = await rebuilt(last, data_folder())
    return results


async def measured(
    round_: InsightsRound,
    stream: Stream,
    customers: int,
    months: int,
    options: argparse.Namespace,
    results: Results,
) -> None:
    """Measure with as many customers as there are: those asked for, and some of the measurements before."""
    what = f"{customers:,} customers, {months} months"
    pace = Pace(options.pace, options.seconds)
    async with round_.database() as connection:
        with round_.served() as process:
            report(f"{what}: warming up")
            await warmed(round_, process, connection, stream)
            results.drained[what] = await drained(
                round_, process, connection, list(stream.events(options.events))
            )
            report(f"{what}: {results.drained[what]}")
            delays = await paced(round_, process, connection, stream, pace)
            report(f"{what}: {delays}")
            if months == 1:
                results.customers[customers] = delays
            results.months |= {months: delays} if customers == min(options.customers) else {}
            if months != 1 or customers != max(options.customers):
                return
            results.visible["at a steady pace"] = delays
            late = list(stream.late(options.late, LATE_DAYS))
            results.visible[f"after {options.late:,} late orders"] = await paced(
                round_, process, connection, stream, pace, *late
            )
            report(str(results.visible))
            stream.now += timedelta(days=1)
            results.visible["while a month is closed"] = await paced(
                round_, process, connection, stream, pace, *stream.ticks(), wait=False
            )


def ratio(curve: dict[int, Delays]) -> float:
    """Return what an event costs at the end of a curve over what it costs at its beginning."""
    return curve[max(curve)].cost.us / curve[min(curve)].cost.us


def lines(results: Results) -> list[tuple[str, str, str, bool]]:
    """Return what is asked for, what was measured, its limit, and whether it is kept."""
    found = []
    if results.drained:
        slowest = min(d.events_per_s for d in results.drained.values())
        good = slowest >= EVENTS_PER_S
        found.append(
            ("events/s, one process, everything on", f"{slowest:,.0f}", f">= {EVENTS_PER_S:,}", good)
        )
    for when, delays in results.visible.items():
        for what, p99 in (("segment", delays.segment_p99_s), ("alert", delays.alert_p99_s)):
            good = p99 < VISIBLE_S and not delays.missed
            found.append(
                (f"event to visible {what}, p99, {when}", f"{p99:.2f} s", f"< {VISIBLE_S:.0f} s", good)
            )
    for what, curve in (("customers", results.customers), ("months", results.months)):
        if len(curve) > 1:
            text = f"CPU per event, {min(curve):,} to {max(curve):,} {what}"
            found.append((text, f"x {ratio(curve):.2f}", f"<= {FLAT:.1f}", ratio(curve) <= FLAT))
    if results.rebuild:
        r = results.rebuild
        what = f"rebuild of the UCI history, {r['events']:,} events, {r['customers']:,} customers"
        found.append((what, f"{r['applied_s']:.0f} s, derived {r['derived_s']:.0f} s", "timed", True))
    return found


def tables(results: Results) -> list[Table]:
    """Return everything as tables."""
    drain = Table("history", "events/s", "... all derived", "CPU/event", title="A full log")
    for what, d in results.drained.items():
        cost = f"{d.cost.service_us:,.0f} + {d.cost.database_us:,.0f} us"
        drain.add_row(what, f"{d.events_per_s:,.0f}", f"{d.derived_per_s:,.0f}", cost)
    curve = Table("", "process", "PostgreSQL", "together", title="CPU per event at a steady pace")
    for name, of in (("customers", results.customers), ("months", results.months)):
        for size, one in sorted(of.items()):
            costs = (f"{us:,.0f} us" for us in (one.cost.service_us, one.cost.database_us, one.cost.us))
            curve.add_row(f"{size:,} {name}", *costs)
    seen = Table("", "segment p50", "p99", "alert p50", "p99", "never", title="From event to visible")
    for when, v in results.visible.items():
        times = (v.segment_p50_s, v.segment_p99_s, v.alert_p50_s, v.alert_p99_s)
        seen.add_row(when, *(f"{s:.2f} s" for s in times), str(v.missed))
    asked = Table("what is asked for", "measured", "limit", "", title="Insights, one process")
    for what, figure, limit, good in lines(results):
        asked.add_row(what, figure, limit, "kept" if good else "MISSED")
    return [drain, curve, seen, asked]


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=20_000, help="in the log that is drained")
    parser.add_argument(
        "--customers", type=int, nargs="*", default=[1_000, 200_000], help="none: the rebuild alone"
    )
    parser.add_argument(
        "--months", type=int, nargs="*", default=[24], help="beside 1, for the fewest customers"
    )
    parser.add_argument("--batch", type=int, default=2_000)
    parser.add_argument("--pace", type=float, default=300, help="events/s when it is steady")
    parser.add_argument("--seconds", type=float, default=15, help="for which it is")
    parser.add_argument("--late", type=int, default=10_000, help="orders that come in at once, late")
    parser.add_argument("--no-rebuild", dest="rebuild", action="store_false")
    return parser.parse_args(given)


def main() -> None:
    """Measure, print, and keep the figures in var/bench/insights.json."""
    options, began = arguments(), time.monotonic()
    results = uvloop.run(run(options))
    console = Console(width=130)
    for table in tables(results):
        console.print(table)
    console.print(f"{time.monotonic() - began:.0f} s in all")
    folder = Path("var/bench")
    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = asdict(results)
    (folder / "insights.json").write_text(json.dumps(kept, indent=2))


if __name__ == "__main__":
    main()
