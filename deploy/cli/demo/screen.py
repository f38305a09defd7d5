"""Watching the quarter go by: a live picture on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.status import Status
from rich.table import Table
from rich.text import Text

from deploy.cli.demo.story import Decided, Story

LINE_EVERY_S = 5.0
COLOURS = {"approved": "green", "released": "green", "held": "yellow", "rejected": "red"}


class Screen(Protocol):
    """Shows the story while it unfolds."""

    def decided(self, decision: Decided) -> None:
        """Show a decision."""

    def tick(self) -> None:
        """Show how far it is; called several times a second."""


@contextmanager
def screen(story: Story, console: Console, first: date, days: int) -> Iterator[Screen]:
    """Give the kind of screen that suits the console."""
    if not console.is_terminal:
        yield _Plain(story, console, first, days)
        return
    with _Picture(story, console, first, days) as picture:
        yield picture


@contextmanager
def onward(story: Story, console: Console) -> Iterator[Screen]:
    """Give the screen for when the quarter is over and the business goes on."""
    if not console.is_terminal:
        yield _Onward(story, console)
        return
    with console.status("") as line:
        yield _Line(story, line)


class _Lines:
    def __init__(self, story: Story, console: Console) -> None:
        self._story = story
        self._console = console

    def decided(self, decision: Decided) -> None:
        if decision.outcome == "approved":
            return
        self._console.print(
            f"  {decision.at:%Y-%m-%d}  {decision.outcome:<8}  {money(decision.amount):>12}  "
            f"{self._story.name(decision.customer_id)}: {decision.why}",
            highlight=False,
            markup=False,
        )


class _Plain(_Lines):
    def __init__(self, story: Story, console: Console, first: date, days: int) -> None:
        super().__init__(story, console)
        self._first = first
        self._days = days
        self._last = time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        if now - self._last < LINE_EVERY_S:
            return
        self._last = now
        self._console.print(headline(self._story, self._first, self._days), highlight=False, markup=False)


class _Onward(_Lines):
    """A line a day."""

    def __init__(self, story: Story, console: Console) -> None:
        super().__init__(story, console)
        self._day = story.day

    def tick(self) -> None:
        if self._story.day != self._day:
            self._day = self._story.day
            self._console.print(state_of(self._story), highlight=False, markup=False)


class _Line:
    """One line that changes."""

    def __init__(self, story: Story, line: Status) -> None:
        self._story = story
        self._line = line

    def decided(self, decision: Decided) -> None:
        """The console in the browser shows the orders."""

    def tick(self) -> None:
        self._line.update(escape(state_of(self._story)))


class _Picture:
    def __init__(self, story: Story, console: Console, first: date, days: int) -> None:
        self._story = story
        self._first = first
        self._days = days
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._task = self._bar.add_task("", total=days)
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._draw)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def decided(self, decision: Decided) -> None:
        """The picture draws the last ones by itself."""

    def tick(self) -> None:
        if self._story.day is not None:
            done = (self._story.day - self._first).days + 1
            self._bar.update(self._task, completed=done, description=f"{self._story.day}")

    def _draw(self) -> Group:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in ("day", "customer", "amount", "decision", "why"):
            table.add_column(title, justify="right" if title == "amount" else "left", no_wrap=True)
        for decision in self._story.recent:
            table.add_row(
                f"{decision.at:%m-%d %H:%M}",
                self._story.name(decision.customer_id),
                money(decision.amount),
                Text(decision.outcome, COLOURS.get(decision.outcome, "")),
                decision.why,
            )
        return Group(self._bar, Text(headline(self._story, self._first, self._days)), Text(), table)


def headline(story: Story, first: date, days: int) -> str:
    """Say in a line how far it is and what was decided."""
    done = (story.day - first).days + 1 if story.day else 0
    outcomes = ", ".join(f"{story.outcomes[kind]:,} {kind}" for kind in COLOURS)
    return f"day {done} of {days}: {story.sent:,} events, {story.orders:,} orders: {outcomes}"


def state_of(story: Story) -> str:
    """Say in a line how the business stands."""
    waiting = sum(order.outcome == "held" for order in story.blocked.values())
    day = f"{story.day:%a %Y-%m-%d}: " if story.day else ""
    return f"{day}{story.sent:,} events, {story.orders:,} orders, {waiting:,} on hold"


def money(amount: object) -> str:
    """Print an amount with thousands separators."""
    return f"{amount:,.2f}"
