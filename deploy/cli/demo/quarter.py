"""The business itself: the simulator's events go out, the credit service's decisions come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiokafka import TopicPartition

from contracts.codec import decode
from deploy.cli.demo.screen import Screen
from deploy.cli.demo.story import Story
from deploy.cli.errors import OperatorError
from deploy.feed.decisions import CreditDecisions
from deploy.feed.replay import ReplayOptions, replay
from deploy.feed.simulator import Business
from deploy.feed.source import Feed
from deploy.feed.target import Target
from deploy.local.processes import ManagedProcess

TICK_S = 0.1
FOREVER = date(9999, 1, 1)
PAUSES_PER_DAY = 20
"""A night takes this part of a day: nobody wants to watch a business sleep."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated: a distributor, the first day, and how many days are told as a story."""

    seed: int
    customers: int
    days: int
    start: date


class Shop:
    """A simulated business that lives in running services, in closed loop: what is not approved is not shipped.

    Raises:
        OperatorError: by everything it does, when the services ended meanwhile.
        DecisionsMissing: likewise, when the credit service stopped deciding.
    """

    def __init__(
        self, plan: Plan, target: Target, services: ManagedProcess, decisions: CreditDecisions
    ) -> None:
        self.story = Story()
        self._plan = plan
        self._target = target
        self._services = services
        self._decisions = decisions
        self._business = Business(
            plan.seed,
            plan.customers,
            plan.days,
            plan.start,
            decisions=decisions,
            partitions=target.partitions,
        )

    @property
    def categories(self) -> tuple[str, str]:
        """The two most popular categories of goods."""
        first, second, *_ = self._business.categories
        return first, second

    async def live_through(self, screen: Screen) -> None:
        """Stream the planned days as fast as they are taken, and read every decision on them."""
        await self._watched(self._send(self._plan.start + timedelta(days=self._plan.days)), screen)
        await _read_to_the_end(self.story, self._target)

    async def go_on(self, screen: Screen, day_s: float) -> None:
        """Let the days that follow go by, ``day_s`` seconds each and a little less; ends when it is cancelled."""
        pace = ReplayOptions(speed_days_per_s=1 / day_s, longest_pause_s=day_s / PAUSES_PER_DAY)
        await self._watched(self._send(FOREVER, pace), screen)

    async def stand_still(self) -> None:
        """Watch over the services only; ends when it is cancelled."""
        while self._services.running:
            await asyncio.sleep(TICK_S)
        raise OperatorError(str(self._services.error("ended")))

    async def _send(self, until: date, options: ReplayOptions | None = None) -> None:
        events = self.story.watch(self._business.until(until))
        await replay(
            Feed("demo", events), self._target, options or ReplayOptions(), decisions=self._decisions
        )
        await self._decisions.settled()

    async def _watched(self, sending: Any, screen: Screen) -> None:
        follower = asyncio.create_task(_follow(self.story, screen, self._target), name="demo-follow")
        business = asyncio.create_task(sending, name="demo-business")
        try:
            while not business.done():
                if not self._services.running:
                    raise OperatorError(str(self._services.error("ended during the demo")))
                if follower.done():
                    follower.result()
                screen.tick()
                await asyncio.wait([business], timeout=TICK_S)
            business.result()
        finally:
            for task in (business, follower):
                task.cancel()
            # Waits for their ends and swallows no Ctrl-C of its own.
            await asyncio.gather(business, follower, return_exceptions=True)


@asynccontextmanager
async def opened(plan: Plan, target: Target, services: ManagedProcess) -> AsyncIterator[Shop]:
    """Give a business that has not begun yet."""
    async with CreditDecisions(target) as decisions:
        yield Shop(plan, target, services, decisions)


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


@asynccontextmanager
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
