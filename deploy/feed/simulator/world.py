"""What the parts of the simulation share: the agenda, the strictly growing time, and the making of events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from contracts.envelope import Event
from contracts.events import EventData
from contracts.money import decimal_string
from deploy.feed.parameters import Distributor
from deploy.feed.simulator.calendar import Calendar
from deploy.feed.simulator.catalogue import Catalogue
from deploy.feed.simulator.customers import Customer
from deploy.feed.simulator.feedback import Answer, Decisions
from deploy.feed.source import Events, make

Action = Callable[[datetime], None]

_STEP = timedelta(milliseconds=1)
PRODUCER = "simulator"


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are planned together: holds, calls, visits, who joins. The first one begins when the business does.

    Attributes:
        number: 0, 1, 2 ...
        first: its first business day.
        days: how many there are.
    """

    number: int
    first: date
    days: int

    def name(self, subject: str) -> str:
        """Tell apart what happens to the same subject in several periods."""
        return f"{subject}-{self.number + 1}" if self.number else subject

    def next(self) -> "Period":
        """Return the one that follows."""
        return Period(self.number + 1, self.first + timedelta(days=self.days), self.days)


class World:
    """The simulated business.

    Actions are run in order of time; what they :meth:`emit` is handed out before the next one runs. Before ``start``
    events are not handed out: that is the warm-up, in which every order counts as approved.
    """

    def __init__(
        self,
        *,
        seed: int,
        parameters: Distributor,
        calendar: Calendar,
        catalogue: Catalogue,
        start: datetime,
        decisions: Decisions,
        currency: str,
        prefix: str,
    ) -> None:
        self.seed = seed
        self.parameters = parameters
        self.calendar = calendar
        self.catalogue = catalogue
        self.start = start
        self.currency = currency
        self.prefix = prefix
        self.customers: list[Customer] = []
        self.order_numbers = count(1)
        self._decisions = decisions
        self._agenda: list[tuple[datetime, int, Action]] = []
        self._sequence = count()
        self._now = datetime.min.replace(tzinfo=start.tzinfo)
        self._out: list[Event[Any]] = []
        self._announced: set[str] = set()

    def random(self, purpose: str, subject: str) -> Random:
        """A source of chance of its own, so that one decision does not change what happens elsewhere."""
        return Random(f"{self.seed}|{purpose}|{subject}")

    def at(self, moment: datetime, action: Action) -> None:
        """Put an action on the agenda."""
        heappush(self._agenda, (moment, next(self._sequence), action))

    def on_working_day(self, day: date, random: Random, action: Action) -> None:
        """Put an action on the agenda for office hours of the day or the next working day."""
        self.at(self.calendar.office_moment(self.calendar.working_day(day), random), action)

    def decision(self, order_id: str, at: datetime) -> Answer:
        """What was decided on an order; approved during the warm-up."""
        return self._decisions(order_id) if at >= self.start else "approved"

    def money(self, amount_minor: int) -> str:
        """An amount in wire form."""
        return decimal_string(amount_minor, self.currency)

    def emit(self, data: EventData, event_id: str, at: datetime, key: str | None = None) -> None:
        """Hand out an event. Its time is moved on by a millisecond if it ties with the one before."""
        if at < self.start:
            return
        self._now = max(at, self._now + _STEP)
        self._announced.add(event_id)
        self._out.append(make(data, event_id, self._now, PRODUCER, key))

    def announced(self, event_id: str) -> bool:
        """Whether an event was handed out; what happened before the start was not."""
        return event_id in self._announced

    def hand_out(self, event: Event[Any]) -> None:
        """Hand out an event as it is."""
        self._now = max(self._now, event.occurred_at)
        self._out.append(event)

    def run(self, end: datetime) -> Events:
        """Run what is on the agenda before ``end``; called again, it goes on from there."""
        while self._agenda and self._agenda[0][0] < end:
            moment, _, action = heappop(self._agenda)
            action(moment)
            if self._out:
                yield from self._out
                self._out.clear()
