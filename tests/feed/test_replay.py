"""The driver against real brokers: order, routing, resumption, and a broker that goes away."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.topics import partition_of, topics
from deploy.feed.commands import send
from deploy.feed.position import Position, WrongPosition, load_position
from deploy.feed.replay import ReplayInterrupted, ReplayOptions, replay
from deploy.feed.sender import Sender
from deploy.feed.source import topic_of
from deploy.feed.target import Target
from deploy.local.tansu import TansuBroker
from tests.feed.brokers import PARTITIONS, START, everything, header_id, new_target, small_feed


async def test_every_event_lies_where_its_key_says_in_event_time_order(target: Target) -> None:
    expected = list(small_feed().events)
    summary = await replay(small_feed(), target, ReplayOptions(max_unacknowledged=50))
    assert (summary.events, summary.finished) == (len(expected), True)
    by_id = {event.id: event for event in expected}
    copies: dict[str, int] = defaultdict(int)
    for place, records in (await everything(target)).items():
        last = None
        for record in records:
            event = by_id[header_id(record)]
            copies[event.id] += 1
            assert record.value == encode(event)
            assert record.key == event.key.encode()
            assert place.topic == target.topic(topic_of(event))
            if event.type == "clock.day_started":
                assert place.partition == event.data.partition
            elif not _in_every_partition(event):
                assert place.partition == partition_of(record.key, PARTITIONS)
            assert last is None or last <= event.occurred_at
            last = event.occurred_at
    for event in expected:
        assert copies[event.id] == (PARTITIONS if _in_every_partition(event) else 1), event.id


def _in_every_partition(event: Event[Any]) -> bool:
    return event.type != "clock.day_started" and topics()[topic_of(event)].key == "broadcast"


class Wire:
    """Stands where the producer is and acknowledges late, to see what is under way at the same time."""

    def __init__(self) -> None:
        self.under_way: list[tuple[asyncio.Future[None], Event[Any]]] = []
        self.most = 0
        self.sent: list[Event[Any]] = []

    async def send(self, topic: str, value: bytes, **_: Any) -> "asyncio.Future[None]":
        event = decode(value)
        self.under_way = [pair for pair in self.under_way if not pair[0].done()]
        for _acknowledgement, other in self.under_way:
            self.check(other, event)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.under_way.append((future, event))
        self.most = max(self.most, len(self.under_way))
        self.sent.append(event)
        asyncio.get_running_loop().call_later(0.0005, future.set_result, None)
        return future

    def check(self, earlier: Event[Any], later: Event[Any]) -> None:
        topic, other = (type_.split(".")[0] for type_ in (later.type, earlier.type))
        if earlier.key == later.key:
            same_topic = topic == other
            assert same_topic, f"{later.id} overtakes {earlier.id}"
        if "clock" in (topic, other) or "product" in (topic, other):
            assert topic == other, f"{later.id} is sent while {earlier.id} is under way"
        assert earlier.occurred_at.date() == later.occurred_at.date() or topic == "clock"


async def test_what_could_be_read_too_early_waits_for_what_comes_before() -> None:
    wire, limit = Wire(), 40
    sender = Sender(wire, Target("nowhere", partitions=PARTITIONS), limit)
    events = list(small_feed(40, 10).events)
    day = None
    for event in events:
        if event.occurred_at.date() != day:
            await sender.acknowledged()
            day = event.occurred_at.date()
        await sender.send(event)
    await sender.acknowledged()
    assert 2 <= wire.most <= limit + PARTITIONS
    assert {event.id for event in wire.sent} == {event.id for event in events}


async def test_goes_on_where_it_stopped(embedded: Target, tmp_path: Path) -> None:
    expected = [event.id for event in small_feed().events]
    state = tmp_path / "state" / "feed.json"
    options = ReplayOptions(state_file=state, max_events=len(expected) // 3)
    rounds = 0
    while not load_position(state, small_feed().name).finished:
        before = load_position(state, small_feed().name).events
        summary = await replay(small_feed(), embedded, options)
        rounds += 1
        assert (summary.skipped, summary.events) == (before, load_position(state, small_feed().name).events)
    assert rounds == 4
    found = [header_id(record) for records in (await everything(embedded)).values() for record in records]
    copied = {event.id for event in small_feed().events if _in_every_partition(event)}
    assert sorted(name for name in found if name not in copied) == sorted(set(expected) - copied)
    again = await replay(small_feed(), embedded, options)
    assert (again.finished, again.events, again.skipped) == (True, len(expected), len(expected))
    assert again.by_type.total() == len(expected)


async def test_a_position_is_never_used_for_another_feed(embedded: Target, tmp_path: Path) -> None:
    state = tmp_path / "feed.json"
    Position("some-other-feed", 5).save(state)
    with pytest.raises(WrongPosition, match="is the position of some-other-feed, not of simulator-5-12-8"):
        await replay(small_feed(), embedded, ReplayOptions(state_file=state))
    state.write_text("[1, 2")
    with pytest.raises(WrongPosition, match="is no state file of a feed"):
        await replay(small_feed(), embedded, ReplayOptions(state_file=state))


async def test_a_broker_that_dies_interrupts_and_a_new_one_gets_the_rest(tmp_path: Path) -> None:
    state = tmp_path / "feed.json"
    feed = small_feed(40)
    with TansuBroker(log_path=tmp_path / "one.log") as broker:
        target = await new_target(broker)
        killed = asyncio.Event()

        def kill_after_some(events: Iterator[Event[Any]]) -> Iterator[Event[Any]]:
            for number, event in enumerate(events):
                if number == 600:
                    broker.stop()
                    killed.set()
                yield event

        feed.events = kill_after_some(feed.events)
        quick = replace(target, connection={"request_timeout_ms": 1_500, "retry_backoff_ms": 50})
        with pytest.raises(ReplayInterrupted, match="failed after"):
            await replay(feed, quick, ReplayOptions(state_file=state, max_unacknowledged=20))
        assert killed.is_set()
    with TansuBroker(log_path=tmp_path / "two.log") as broker:
        target = await new_target(broker)
        summary = await replay(small_feed(40), target, ReplayOptions(state_file=state))
        assert summary.finished
        assert summary.skipped <= 600


async def test_speed_is_kept(embedded: Target) -> None:
    feed = small_feed(customers=2, days=3)
    summary = await replay(feed, embedded, ReplayOptions(speed_days_per_s=3.0))
    # From the first tick to the last event nearly three days pass.
    assert 0.5 <= summary.seconds <= 5.0


async def test_nights_are_cut_short(embedded: Target) -> None:
    """At a minute a day three days would take three; no wait between two events is longer than a moment."""
    feed = small_feed(customers=2, days=3)
    events = list(feed.events)
    feed.events = iter(events)
    options = ReplayOptions(speed_days_per_s=1 / 60, longest_pause_s=0.01)
    summary = await replay(feed, embedded, options)
    assert summary.events == len(events)
    assert summary.seconds < 20


async def test_without_a_terminal_plain_lines_and_a_summary_are_printed(
    embedded: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = small_feed(days=3)
    feed.left_out["line without a customer"] = 7
    await send(feed, embedded, console=Console(width=100))
    printed = capsys.readouterr().out
    assert f"simulator: {START + timedelta(days=2)}" in printed
    assert "100%" in printed
    assert "left out: line without a customer" in printed
    assert "order.placed" in printed
    assert "\x1b" not in printed
