"""How long it takes from an event to the segment and to the alert that follow, as somebody who looks would see it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from services.kit.database import Connection
from tests.load.insights.service import Producing
from tests.load.insights.stream import Stream

LOOK_EVERY_S = 0.05
PROBES_PER_S = 5
TICK_S = 0.1
LONGEST_S = 120.0

# A new customer has classes as soon as it is ranked, among all others.
_SEGMENTS = "SELECT customer_id FROM customer_classes WHERE customer_id = ANY($1::text[])"
_ALERTS = "SELECT DISTINCT customer_id FROM alerts WHERE customer_id = ANY($1::text[])"


@dataclass(slots=True)
class Seen:
    """Seconds from when an event was due to be sent to when what follows was seen, in order of seeing."""

    segments: list[float] = field(default_factory=list)
    alerts: list[float] = field(default_factory=list)
    missed: int = 0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


class Probes:
    """Customers who have never ordered: one order of each, approved or held, and when what follows of it is seen."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers = count()
        self._waiting: dict[str, dict[str, float]] = {_SEGMENTS: {}, _ALERTS: {}}
        self.seen = Seen()

    def note(self, question: str, due: float) -> str:
        """Return a new customer of whom something is to be seen."""
        customer = f"V-{next(self._numbers)}-{time.time_ns()}"
        self._waiting[question][customer] = due
        return customer

    async def look(self) -> None:
        """Look, as long as this is not cancelled."""
        while True:
            for question, into in ((_SEGMENTS, self.seen.segments), (_ALERTS, self.seen.alerts)):
                waiting = self._waiting[question]
                if waiting:
                    rows = await self._connection.fetch(question, list(waiting))
                    now = time.perf_counter()
                    into += [now - waiting.pop(row["customer_id"]) for row in rows]
            await asyncio.sleep(LOOK_EVERY_S)

    async def all_seen(self) -> None:
        """Wait for what is not seen yet; what never is counts as missed."""
        deadline = time.perf_counter() + LONGEST_S
        while any(self._waiting.values()) and time.perf_counter() < deadline:
            await asyncio.sleep(LOOK_EVERY_S)
        self.seen.missed = sum(map(len, self._waiting.values()))


async def steady(
    connection: Connection, producing: Producing, stream: Stream, per_second: float, seconds: float
) -> tuple[Seen, int]:
    """Send at a steady pace whatever comes back. Returns what was seen when, and how many events were sent."""
    probes = Probes(connection)
    looking = asyncio.create_task(probes.look())
    started, sent, asked = time.perf_counter(), 0, 0
    try:
        while (now := time.perf_counter() - started) < seconds:
            due = int(now * per_second) + 1 - sent
            messages = list(stream.events(due))
            while asked < now * PROBES_PER_S:
                moment = started + asked / PROBES_PER_S
                messages += stream.order_of(probes.note(_SEGMENTS, moment), held=False)
                messages += stream.order_of(probes.note(_ALERTS, moment), held=True)
                asked += 1
                due += 4
            await producing.send(messages)
            sent += due
            await asyncio.sleep(max(0.0, TICK_S - (time.perf_counter() - started - now)))
        await producing.flush()
        await probes.all_seen()
    finally:
        looking.cancel()
    return probes.seen, sent
