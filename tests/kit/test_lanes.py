"""Lanes: each goes on by itself, and what is in hand is known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from services.kit.batch import BatchApplier, Outcome
from services.kit.errors import FatalError
from services.kit.horizon import Horizon
from services.kit.lanes import Lanes
from services.kit.merge import EventTimeMerge
from services.kit.outbox import Publisher
from services.kit.records import Record


class Gate:
    """Stands where a lane's applier and the publisher are: lets batches through when told to."""

    def __init__(self, *, open_: bool = True, fenced: bool = False, error: Exception | None = None) -> None:
        self.batches: list[list[int]] = []
        self.way = asyncio.Event()
        self.fenced, self.error = fenced, error
        if open_:
            self.way.set()

    async def apply(self, records: list[Record]) -> Outcome:
        self.batches.append([record.offset for record in records])
        await self.way.wait()
        if self.error is not None:
            raise self.error
        return Outcome(len(records), self.fenced)

    async def wait_for_room(self) -> None:
        return None


class Bench:
    """Two lanes over four partitions of one topic."""

    def __init__(self, *gates: Gate) -> None:
        self.merge, self.horizon = EventTimeMerge((0,)), Horizon({"t": 0})
        self.horizon.reached = {partition: {0: 10} for partition in range(4)}
        appliers = [cast(BatchApplier, gate) for gate in gates]
        self.lanes = Lanes(appliers, self.merge, self.horizon, cast(Publisher, gates[0]), 4)
        self._offset = 0

    def add(self, *partitions: int) -> None:
        for partition in partitions:
            self.merge.add(
                Record("t", 0, partition, self._offset, None, None, (), 0, self._offset, None, None)
            )
            self._offset += 1
        self.lanes.wake()


@asynccontextmanager
async def started(bench: Bench) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = bench.lanes.start()
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def settled() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_lane_that_is_held_up_does_not_hold_up_another() -> None:
    stuck, free = Gate(open_=False), Gate()
    bench = Bench(stuck, free)
    async with started(bench):
        bench.add(0, 1)
        await settled()
        bench.add(2, 3, 1)
        await settled()
        assert stuck.batches == [[0]], "its second record waits for the first batch"
        assert free.batches == [[1], [3, 4]] or free.batches == [[1], [4, 3]]
        assert len(bench.merge) == 1
        assert bench.lanes.in_hand(0, 0) == 1
        assert not bench.lanes.all_busy


async def test_idle_means_that_nothing_is_in_hand() -> None:
    gate, other = Gate(open_=False), Gate()
    bench = Bench(gate, other)
    async with started(bench):
        bench.add(0)
        await settled()
        waiting = asyncio.create_task(bench.lanes.until_idle())
        await settled()
        assert not waiting.done()
        gate.way.set()
        await waiting
        assert bench.lanes.in_hand(0, 0) == 0


async def test_a_fenced_batch_is_told() -> None:
    bench = Bench(Gate(fenced=True), Gate())
    async with started(bench):
        bench.add(1)
        await settled()
        assert not bench.lanes.fenced
        bench.add(0)
        await settled()
        assert bench.lanes.fenced


async def test_an_error_ends_the_lane_and_a_stop_ends_all() -> None:
    bench = Bench(Gate(error=FatalError("broken")), Gate())
    async with started(bench) as tasks:
        bench.add(0)
        with pytest.raises(FatalError, match="broken"):
            await tasks[0]
        bench.lanes.stop()
        await tasks[1]
