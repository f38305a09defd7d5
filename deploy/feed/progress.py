"""Showing how far a feed is: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from deploy.feed.replay import Report, Summary
from deploy.feed.source import Feed

LINE_EVERY_S = 5.0


@contextmanager
def progress(feed: Feed, console: Console) -> Iterator[Report]:
    """Give a function to report to; days count, because nobody knows the number of events beforehand."""
    days = (feed.last_day - feed.first_day).days + 1 if feed.first_day and feed.last_day else None
    if not console.is_terminal:
        yield _plain(feed, console, days)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[day]}  {task.fields[events]:,} events"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(_title(feed), total=days, day="", events=0)

        def report(events: int, day: date) -> None:
            bar.update(task, completed=_days_done(feed, day), day=str(day), events=events)

        yield report


def _plain(feed: Feed, console: Console, days: int | None) -> Report:
    last = 0.0

    def report(events: int, day: date) -> None:
        nonlocal last
        now = time.monotonic()
        if day != feed.last_day and now - last < LINE_EVERY_S:
            return
        last = now
        share = f", {_days_done(feed, day) / days:.0%}" if days else ""
        console.print(f"{_title(feed)}: {day}, {events:,} events{share}", highlight=False, markup=False)

    return report


def _title(feed: Feed) -> str:
    return feed.name.split("-", 1)[0]


def _days_done(feed: Feed, day: date) -> int:
    return (day - feed.first_day).days + 1 if feed.first_day else 0


def print_summary(summary: Summary, console: Console) -> None:
    """Print what was sent by type, what was left out and what was noted."""
    how = "complete" if summary.finished else "interrupted, run again to go on"
    rate = (summary.events - summary.skipped) / summary.seconds if summary.seconds else 0
    table = Table(title=f"{summary.events:,} events, {how} ({summary.seconds:.1f} s, {rate:,.0f} events/s)")
    table.add_column("what")
    table.add_column("how many", justify="right")
    for name, number in sorted(summary.by_type.items()):
        table.add_row(name, f"{number:,}")
    if summary.skipped:
        table.add_row("of these sent by an earlier run", f"{summary.skipped:,}")
    for title, counts in (("left out", summary.left_out), ("note", summary.notes)):
        for reason, number in sorted(counts.items()):
            if number:
                table.add_row(f"{title}: {reason}", f"{number:,}")
    console.print(table)
