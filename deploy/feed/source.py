"""What all sources share: the feed, the making of an event, and the day ticks between days."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.codec import new_event
from contracts.envelope import Event
from contracts.events import EventData
from contracts.events.clock import DayStarted

Events = Iterator[Event[Any]]


@dataclass(slots=True)
class Feed:
    """A source of events.

    Attributes:
        name: names the source and its options; a position in one feed means nothing in another.
        events: in event-time order. One pass only.
        first_day: business day of the first event, None if the source does not know beforehand.
        last_day: business day of the last event, likewise.
        left_out: reason to how many rows of the source were not turned into events, complete once ``events``
            ended.
        notes: what was changed or decided on the way, to how often.
    """

    name: str
    events: Events
    first_day: date | None = None
    last_day: date | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


def make(
    data: EventData, event_id: str, occurred_at: datetime, producer: str, key: str | None = None
) -> Event[Any]:
    """Wrap a body. The key is the customer's id unless given (products and clock have no customer)."""
    if key is None:
        key = getattr(data, "customer_id")  # noqa: B009 - bodies with a customer have it, mypy cannot know
    return new_event(data, id=event_id, occurred_at=occurred_at, key=key, producer=producer)


def topic_of(event: Event[Any]) -> str:
    """Return the topic of an event whose body is a model of :mod:`contracts.events`."""
    topic: str = event.data.TOPIC
    return topic


def day_ticks(day: date, zone: ZoneInfo, partitions: int) -> Events:
    """One tick per partition at the first moment of the business day: on a feed's own clock they are announced then.

    The ids hold only day, partition and zone, so that two feeds over the same days announce each day once.
    """
    at = datetime.combine(day, time.min, zone)
    for partition in range(partitions):
        body = DayStarted(day=day, partition=partition)
        yield make(body, f"day-{day}-{partition}-{zone.key}", at, "clock", key="clock")


def with_day_ticks(events: Iterable[Event[Any]], zone: ZoneInfo, partitions: int) -> Events:
    """Put the ticks of every calendar day before the day's first event, days without events included."""
    today: date | None = None
    for event in events:
        day = event.occurred_at.astimezone(zone).date()
        if today is None:
            today = day - timedelta(days=1)
        while today < day:
            today += timedelta(days=1)
            yield from day_ticks(today, zone, partitions)
        yield event


def spread(day: date, hour: int, second: int, zone: ZoneInfo) -> datetime:
    """The moment ``second`` seconds after ``hour`` o'clock, for sources that know the day only."""
    return datetime.combine(day, time(hour), zone) + timedelta(seconds=second)
