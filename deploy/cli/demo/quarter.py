"""The quarter itself: the simulator's events go out, the credit service's decisions come back."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import date
from typing import Any

from aiokafka import TopicPartition

from contracts.codec import decode
from deploy.cli.demo.screen import Screen
from deploy.cli.demo.story import Story
from deploy.cli.errors import OperatorError
from deploy.feed.decisions import CreditDecisions
from deploy.feed.replay import replay
from deploy.feed.simulator import simulator_feed
from deploy.feed.target import Target
from deploy.local.processes import ManagedProcess

TICK_S = 0.1


async def live_through(
    story: Story,
    screen: Screen,
    target: Target,
    services: ManagedProcess,
    *,
    seed: int,
    customers: int,
    start: date,
    days: int,
) -> None:
    """Stream the quarter in closed loop: what the credit service does not approve is not shipped.

    Raises:
        OperatorError: the services ended meanwhile.
        DecisionsMissing: the credit service stopped deciding.
    """
    follower = asyncio.create_task(_follow(story, screen, target), name="demo-follow")
    business = asyncio.create_task(
        _business(story, target, seed, customers, start, days), name="demo-business"
    )
    try:
        while not business.done():
            if not services.running:
                raise OperatorError(str(services.error("ended during the demo")))
            if follower.done():
                follower.result()
            screen.tick()
            await asyncio.wait([business], timeout=TICK_S)
        business.result()
        await _read_to_the_end(story, target)
    finally:
        for task in (business, follower):
            task.cancel()
        # Waits for their ends and swallows no Ctrl-C of its own.
        await asyncio.gather(business, follower, return_exceptions=True)


async def _business(story: Story, target: Target, seed: int, customers: int, start: date, days: int) -> None:
    async with CreditDecisions(target) as decisions:
        feed = simulator_feed(seed, customers, days, start, decisions=decisions, partitions=target.partitions)
        await replay(replace(feed, events=story.watch(feed.events)), target, decisions=decisions)
        await decisions.settled()


async def _follow(story: Story, screen: Screen, target: Target) -> None:
    """Read the credit topic as any subscriber would."""
    async with _subscribed(target) as consumer:
        while True:
            for event in await _next(consumer):
                decided = story.take_decided(event)
                if decided is not None:
                    screen.decided(decided)


async def _read_to_the_end(story: Story, target: Target) -> None:
    """Read the topic once more, up to where it ends now: repetitions change nothing, and nothing is missed."""
    async with _subscribed(target) as consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for event in await _next(consumer):
                story.take_decided(event)


@contextlib.asynccontextmanager
async def _subscribed(target: Target) -> Any:
    consumer = target.consumer()
    await consumer.start()
    try:
        topic = target.topic("credit")
        consumer.assign([TopicPartition(topic, number) for number in range(target.partitions)])
        await consumer.seek_to_beginning()
        yield consumer
    finally:
        await consumer.stop()


async def _next(consumer: Any) -> list[Any]:
    batches = await consumer.getmany(timeout_ms=200, max_records=2_000)
    return [decode(record.value) for records in batches.values() for record in records]
