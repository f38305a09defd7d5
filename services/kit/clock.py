"""Time as an argument, and the business day as an event."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from contracts.codec import encode, new_event
from contracts.events.clock import DayStarted
from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.outbox import OutboxRow

if TYPE_CHECKING:
    from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

PRODUCER = "clock"
LOOK_EVERY_S = 1.0
MOST_DAYS_AT_ONCE = 31


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time, with its offset."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until somebody sets it."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment


async def day_ticker(runtime: "Runtime") -> None:
    """Publish ``clock.day_started`` for each partition whenever a business day begins; runs until cancelled.

    Belongs to the background of the service that owns topic ``clock``. It catches up on days missed since
    ``partition_days``, one by one. With ``settings.clock == "events"`` days come from a replay and it does nothing.
    Every replica may run it: the same day has the same event id, so that consumers drop repetitions, although each
    replica announces it at its own time.
    """
    if runtime.settings.clock != "real":
        await asyncio.Event().wait()
    ticked: dict[int, date] = {}
    while True:
        try:
            await _tick(runtime, ticked)
        except TRANSIENT_DATABASE_ERRORS as error:
            metrics.TRANSIENT_ERRORS.labels(runtime.service.name, type(error).__name__).inc()
        # Looking often instead of sleeping until midnight: machines are suspended, and clocks are set.
        await asyncio.sleep(LOOK_EVERY_S)


async def _tick(runtime: "Runtime", ticked: dict[int, date]) -> None:
    """Publish the days that have begun and are not in ``ticked``, which is brought up to date."""
    settings = runtime.settings
    today = runtime.clock.now().astimezone(settings.zone).date()
    behind = [p for p in range(settings.partitions) if ticked.get(p, date.min) < today]
    while behind:
        async with runtime.database.unit_of_work() as unit:
            for row in await unit.connection.fetch("SELECT partition, day FROM partition_days"):
                ticked[row["partition"]] = max(row["day"], ticked.get(row["partition"], date.min))
            due = _due(behind, ticked, today)
            moment = runtime.clock.now().astimezone(settings.zone)
            unit.publish_all([day_started(day, partition, moment) for day, partition in due])
        if due:
            ticked.update({partition: day for day, partition in due})
            log.info("business day %s has begun on %d partitions", due[-1][0], len({p for _, p in due}))
        behind = [p for p in behind if ticked.get(p, date.min) < today]


def _due(partitions: Iterable[int], ticked: Mapping[int, date], today: date) -> list[tuple[date, int]]:
    """Return the next days to publish with their partitions, day by day; on a new partition only today."""
    due: list[tuple[date, int]] = []
    for partition in partitions:
        last = ticked.get(partition)
        first = today if last is None else last + timedelta(days=1)
        missed = min((today - first).days + 1, MOST_DAYS_AT_ONCE)
        due += [(first + timedelta(days=number), partition) for number in range(missed)]
    return sorted(due)


def day_started(day: date, partition: int, moment: datetime) -> OutboxRow:
    """Return the event that announces a day at ``moment``, which is not the day's first.

    What happens between the two is applied on the day before. Dated to midnight, the event would come before it when
    the topics are consumed again.
    """
    event = new_event(
        DayStarted(day=day, partition=partition),
        id=f"day-{day}-p{partition}",
        occurred_at=moment,
        key=str(partition),
        producer=PRODUCER,
    )
    return OutboxRow(DayStarted.TOPIC, event.key.encode(), event.id, encode(event), partition=partition)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day in ``zone``, which is not midnight where a clock change skips midnight."""
    return datetime.combine(day, time.min, zone).astimezone(UTC).astimezone(zone)
