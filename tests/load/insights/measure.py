"""What is measured: a full log drained, a steady pace, a month that ends, a late file, and a history from zero."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.codec import encode
from contracts.envelope import Event
from contracts.topics import consumed_by, partition_of
from deploy.feed import uci
from deploy.feed.source import topic_of
from deploy.local.processes import ManagedProcess
from services.kit.database import Connection
from tests.load.drain import PARTITIONS
from tests.load.insights.service import InsightsRound, Spent, consumed, until_consumed, until_derived
from tests.load.insights.stream import BEGINNING, MONTH_END, Stream
from tests.load.insights.visible import percentile, steady
from tests.load.pages.grow import grow
from tests.load.workload import Message

WARM_UP_EVENTS = 700
LATE_DAYS = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast events come, in events and seconds."""

    per_second: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU per event, of the service and of PostgreSQL."""

    service_us: float
    database_us: float

    @classmethod
    def of(cls, spent: Spent, events: int) -> "Cost":
        """Divide."""
        return cls(spent.service_s / events * 1e6, spent.database_s / events * 1e6)

    @property
    def us(self) -> float:
        """Both."""
        return self.service_us + self.database_us


@dataclass(frozen=True, slots=True)
class Drained:
    """A full log: events per second until the last was applied, and until everything that follows was derived."""

    events_per_s: float
    derived_per_s: float
    cost: Cost


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from an event to what follows; how many were never seen."""

    segment_p50_s: float
    segment_p99_s: float
    alert_p50_s: float
    alert_p99_s: float
    missed: int
    cost: Cost

    @property
    def worst_p99_s(self) -> float:
        """The longer of both."""
        return float("inf") if self.missed else max(self.segment_p99_s, self.alert_p99_s)


def report(text: str) -> None:
    """Say what is going on."""
    print(f"  {time.strftime('%H:%M:%S')} {text}", flush=True)


async def lay(round_: InsightsRound, stream: Stream, months: int) -> None:
    """Have the service live through a history that ends today."""
    await round_.prepare()
    # The day first, so that it is today from the beginning, and no month of the history is closed one after the other.
    messages = [*stream.ticks(BEGINNING - timedelta(days=1)), *stream.cards(), *stream.history(months)]
    await round_.publish(messages)
    stream.now = MONTH_END
    async with round_.database() as connection:
        with round_.served() as process:
            await until_consumed(process, connection, len(messages))
            await until_derived(process, connection)


async def grown(round_: InsightsRound, stream: Stream, times: int) -> None:
    """Make every customer so many, with all that is stored of it; the service must not run."""
    if times == 1:
        return
    # A mark of its own, as some of those who are copied are copies.
    await grow(round_.dsn, times - 1, times, report, ("insights",), f"~{len(stream.customers)}.")
    async with round_.database() as connection:
        await connection.execute("UPDATE order_populations SET customers = customers * $1", times)
        rows = await connection.fetch("SELECT customer_id FROM customers ORDER BY customer_id")
    stream.customers = [row["customer_id"] for row in rows]


async def drained(
    round_: InsightsRound, process: ManagedProcess, connection: Connection, messages: Sequence[Message]
) -> Drained:
    """Let the service find a full log: it is frozen while the log is written, and goes on where it was."""
    before = await consumed(connection)
    process.suspend()
    await round_.publish(list(messages))
    spent, began = round_.spent(process), time.perf_counter()
    process.resume()
    applied = await until_consumed(process, connection, before + len(messages))
    derived = await until_derived(process, connection)
    cost = Cost.of(round_.spent(process) - spent, len(messages))
    return Drained(len(messages) / (applied - began), len(messages) / (derived - began), cost)


async def warmed(
    round_: InsightsRound, process: ManagedProcess, connection: Connection, stream: Stream
) -> None:
    """Have the service read what it keeps in memory, and PostgreSQL plan its statements."""
    before, messages = await consumed(connection), list(stream.events(WARM_UP_EVENTS))
    await round_.publish(messages)
    await until_consumed(process, connection, before + len(messages))
    await until_derived(process, connection)


async def paced(
    round_: InsightsRound,
    process: ManagedProcess,
    connection: Connection,
    stream: Stream,
    pace: Pace,
    *first: Message,
    wait: bool = True,
) -> Delays:
    """Keep a steady pace, with these messages before everything else; the cost is that until all is derived.

    Args:
        wait: for everything to be derived, which takes minutes when everybody is.
    """
    spent = round_.spent(process)
    async with round_.producing() as producing, round_.database() as looking:
        await producing.send(first)
        seen, sent = await steady(looking, producing, stream, pace.per_second, pace.seconds)
    if wait:
        await until_derived(process, connection)
    cost = Cost.of(round_.spent(process) - spent, sent + len(first))
    return Delays(
        segment_p50_s=percentile(seen.segments, 0.5),
        segment_p99_s=percentile(seen.segments, 0.99),
        alert_p50_s=percentile(seen.alerts, 0.5),
        alert_p99_s=percentile(seen.alerts, 0.99),
        missed=seen.missed,
        cost=cost,
    )


def _places(event: Event[Any], topic: str) -> Sequence[int]:
    """Return the partitions that an event goes to: a day begins on one, a product concerns all of them."""
    if topic == "clock":
        return [event.data.partition]
    return range(PARTITIONS) if topic == "products" else [partition_of(event.key.encode(), PARTITIONS)]


async def rebuilt(round_: InsightsRound, folder: Path) -> dict[str, float]:
    """Time a rebuild from zero of the UCI history: the log is there, the database is empty."""
    await round_.prepare()
    consumed_topics = consumed_by("insights")
    messages = []
    for event in uci.feed(folder, uci.UciOptions(partitions=PARTITIONS)).events:
        if (topic := topic_of(event)) not in consumed_topics:
            continue
        key = event.key.encode()
        messages += [Message(topic, place, key, encode(event)) for place in _places(event, topic)]
    await round_.publish(messages)
    async with round_.database() as connection:
        with round_.served() as process:
            began = time.perf_counter()
            applied = await until_consumed(process, connection, len(messages))
            derived = await until_derived(process, connection)
            customers = await connection.fetchval("SELECT count(*) FROM customers")
    return {
        "events": len(messages),
        "customers": customers,
        "applied_s": applied - began,
        "derived_s": derived - began,
    }
