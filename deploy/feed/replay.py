"""The driver: publishes a feed to Kafka at a chosen speed, in order, resumable."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from math import inf
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from contracts.envelope import Event
from deploy.feed.decisions import CreditDecisions
from deploy.feed.position import Position, load_position
from deploy.feed.sender import Sender
from deploy.feed.source import Feed
from deploy.feed.target import Target

SECONDS_PER_DAY = 86_400
SAVE_EVERY_S = 1.0
SAVE_EVERY_EVENTS = 5_000

Report = Callable[[int, date], None]


class ReplayInterrupted(RuntimeError):
    """The broker could not be reached or refused; what was acknowledged is saved."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to send.

    Attributes:
        speed_days_per_s: simulated days per second; 0 is as fast as possible.
        longest_pause_s: a wait between two events is cut to so long, such as a night or a Sunday; None never.
        max_unacknowledged: records under way at any time.
        state_file: where to keep the position; None starts over every time.
        max_events: stop after so many, to be continued later; None is all.
    """

    speed_days_per_s: float = 0.0
    longest_pause_s: float | None = None
    max_unacknowledged: int = 5_000
    state_file: Path | None = None
    max_events: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What was sent, earlier runs of the same state file included, and what was left out of the source."""

    feed: str
    events: int
    by_type: Counter[str]
    skipped: int
    finished: bool
    seconds: float
    left_out: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


async def replay(
    feed: Feed,
    target: Target,
    options: ReplayOptions | None = None,
    *,
    decisions: CreditDecisions | None = None,
    report: Report | None = None,
) -> Summary:
    """Publish a feed.

    Args:
        decisions: waited for between days, for sources that ask it what was decided.
        report: told the number of events sent and their day, about once a second and at the end.

    Raises:
        ReplayInterrupted: the broker failed for longer than its client tries; call again to go on.
        WrongPosition: the state file belongs to another feed.
    """
    options = options or ReplayOptions()
    position = load_position(options.state_file, feed.name)
    began = time.monotonic()
    skipped = position.events
    if not position.finished:
        producer = target.producer()
        await producer.start()
        try:
            sender = Sender(producer, target, options.max_unacknowledged)
            await _Replay(feed, sender, options, position, decisions, report).run()
        except KafkaError as error:
            raise ReplayInterrupted(
                f"the broker at {target.bootstrap} failed after {position.events} events: {error!r}"
            ) from error
        finally:
            await producer.stop()
    return Summary(
        feed=feed.name,
        events=position.events,
        by_type=position.by_type,
        skipped=skipped,
        finished=position.finished,
        seconds=time.monotonic() - began,
        left_out=feed.left_out,
        notes=feed.notes,
    )


class _Replay:
    def __init__(
        self,
        feed: Feed,
        sender: Sender,
        options: ReplayOptions,
        position: Position,
        decisions: CreditDecisions | None,
        report: Report | None,
    ) -> None:
        self._feed = feed
        self._sender = sender
        self._options = options
        self._position = position
        self._decisions = decisions
        self._report = report
        self._sent: Counter[str] = Counter()
        self._saved_at = time.monotonic()
        self._pace: _Pace | None = None

    async def run(self) -> None:
        to_skip, number, day = self._position.events, 0, None
        for event in self._feed.events:
            number += 1
            today = _day(event)
            if today != day:
                await self._next_day(day)
                day = today
            if self._decisions is not None and event.type == "order.placed":
                self._decisions.expect(event.data.order_id)
            if number <= to_skip:
                continue
            await self._wait_for(event.occurred_at)
            await self._sender.send(event)
            self._sent[event.type] += 1
            if self._is_time_to_save():
                await self._save(today)
            if number - to_skip == self._options.max_events:
                await self._save(today)
                return
        self._position.finished = True
        if day is not None:
            await self._save(day)

    async def _next_day(self, day: date | None) -> None:
        await self._sender.acknowledged()
        if self._decisions is not None and day is not None:
            await self._decisions.settled()

    async def _wait_for(self, moment: datetime) -> None:
        """Keep to the chosen speed."""
        if not self._options.speed_days_per_s:
            return
        if self._pace is None:
            self._pace = _Pace(moment, self._options.speed_days_per_s, self._options.longest_pause_s)
        ahead_s = self._pace.ahead_s(moment)
        if ahead_s > 0.005:
            await self._sender.acknowledged()
            await asyncio.sleep(ahead_s)

    def _is_time_to_save(self) -> bool:
        if self._sent.total() >= SAVE_EVERY_EVENTS:
            return True
        return self._sent.total() % 64 == 0 and time.monotonic() - self._saved_at > SAVE_EVERY_S

    async def _save(self, day: date) -> None:
        await self._sender.acknowledged()
        self._position.events += self._sent.total()
        self._position.by_type += self._sent
        self._sent.clear()
        self._saved_at = time.monotonic()
        if self._options.state_file is not None:
            self._position.save(self._options.state_file)
        if self._report is not None:
            self._report(self._position.events, day)


class _Pace:
    def __init__(self, first: datetime, days_per_s: float, longest_pause_s: float | None) -> None:
        self._last = first
        self._days_per_s = days_per_s
        self._longest_s = inf if longest_pause_s is None else longest_pause_s
        self._due = time.monotonic()

    def ahead_s(self, moment: datetime) -> float:
        """How many seconds too early ``moment`` would be sent now; moments come in order."""
        days = (moment - self._last).total_seconds() / SECONDS_PER_DAY
        self._due += min(days / self._days_per_s, self._longest_s)
        self._last = moment
        return self._due - time.monotonic()


def _day(event: Event[Any]) -> date:
    return event.occurred_at.date()
