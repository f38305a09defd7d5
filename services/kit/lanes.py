"""Lanes: batches of different partitions, applied side by side while more is being read.

A lane has its own partitions, hence its own customers and offset rows: while the database works for one lane, this
process folds for another. Each batch is a transaction of its own.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.kit.batch import BatchApplier
from services.kit.horizon import Horizon
from services.kit.merge import EventTimeMerge
from services.kit.outbox import Publisher
from services.kit.records import Record


@dataclass(slots=True)
class _Lane:
    """One lane.

    Attributes:
        busy_since: when (monotonic) the batch in hand was begun; 0: none is.
        in_hand: records of that batch per partition number and topic rank.
        news: set when there may be something to apply.
    """

    number: int
    applier: BatchApplier
    busy_since: float = 0.0
    in_hand: Counter[tuple[int, int]] = field(default_factory=Counter)
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Lanes:
    """Takes from the merge what may be applied, and applies it through one applier per lane."""

    def __init__(
        self,
        appliers: Sequence[BatchApplier],
        merge: EventTimeMerge,
        horizon: Horizon,
        publisher: Publisher,
        batch_max_events: int,
    ) -> None:
        self._lanes = [_Lane(number, applier) for number, applier in enumerate(appliers)]
        self._merge = merge
        self._horizon = horizon
        self._publisher = publisher
        self._limit = max(1, batch_max_events // len(appliers))
        self._done = asyncio.Event()
        self._stopping = False
        self.fenced = False
        """Whether another process was found to have applied some records: what is buffered may be stale too."""

    def start(self) -> list[asyncio.Task[None]]:
        """Begin to apply; the tasks end after :meth:`stop`, or with an error that must end the process."""
        return [asyncio.create_task(self._work(lane), name=f"lane-{lane.number}") for lane in self._lanes]

    def stop(self) -> None:
        """Ask the lanes to end after the batches in hand."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Say that there may be something new to apply."""
        for lane in self._lanes:
            lane.news.set()

    @property
    def all_busy(self) -> bool:
        """Whether no lane could take more at the moment."""
        return all(lane.busy_since for lane in self._lanes)

    @property
    def oldest_batch_at(self) -> float:
        """When (monotonic) the oldest batch in hand was begun; infinity if none is."""
        return min((lane.busy_since for lane in self._lanes if lane.busy_since), default=float("inf"))

    def in_hand(self, partition: int, rank: int) -> int:
        """Return how many records of one topic and partition are being applied."""
        return self._lanes[partition % len(self._lanes)].in_hand[partition, rank]

    async def until_one_is_done(self) -> None:
        """Wait for the end of the next batch."""
        self._done.clear()
        await self._done.wait()

    async def until_idle(self) -> None:
        """Wait until no batch is in hand."""
        while any(lane.busy_since for lane in self._lanes):
            await self.until_one_is_done()

    async def _work(self, lane: _Lane) -> None:
        while not self._stopping:
            await self._publisher.wait_for_room()
            lane.news.clear()
            batch = self._merge.take(
                self._limit, self._horizon.reached, lambda number: number % len(self._lanes) == lane.number
            )
            if batch:
                await self._apply(lane, batch)
            else:
                await lane.news.wait()

    async def _apply(self, lane: _Lane, batch: list[Record]) -> None:
        lane.busy_since = time.monotonic()
        lane.in_hand = Counter((record.partition, record.rank) for record in batch)
        try:
            outcome = await lane.applier.apply(batch)
        finally:
            lane.busy_since = 0.0
            lane.in_hand.clear()
            self._done.set()
        if outcome.fenced:
            self.fenced = True
