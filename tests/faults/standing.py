"""An installation that stands through many tests, and the load that knows everything it was ever sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.faults.checks import calm, check, summary
from tests.faults.load import Load
from tests.faults.world import World, until

SERVICES = ("credit", "orders")
NAMES = ("credit-1", "credit-2", "orders-1")


@dataclass
class Standing:
    """The installation and the load that knows everything it was ever sent."""

    world: World
    load: Load
    letters: int = 0

    @asynccontextmanager
    async def loaded(self, pause_s: float = 0.03) -> AsyncIterator[None]:
        """Keep the load running inside the block."""
        stop = asyncio.Event()
        loading = asyncio.create_task(self.load.run(stop, pause_s))
        try:
            yield
        finally:
            stop.set()
            await loading

    async def more(self, events: int) -> None:
        """Wait until the load has made that many more events."""
        target = self.load.events + events

        async def enough() -> bool:
            return self.load.events >= target

        await until(enough, "the load goes on")

    async def holds(self, title: str) -> None:
        """Wait for calm and check everything."""
        await self.world.ready(*NAMES)
        await calm(self.world, self.load, SERVICES)
        found = await check(self.world, self.load, letters=self.letters, services=SERVICES)
        await self.world.note_counters(*NAMES)
        print(summary(title, self.world, found.facts, self.world.lived, self.world.deaths))
        self.world.lived.clear()
        self.world.deaths.clear()
        assert found.wrong == []


async def standing_up(world: World, seed: int) -> Standing:
    """Start two credit replicas and an order book, kept alive, and open the load."""
    await world.start(("credit", 1), ("credit", 2), ("orders", 1))
    world.keep_alive()
    load = await Load(world, seed=seed, http=lambda: world.url("orders-1"), repeats=2).open()
    return Standing(world, load)


async def standing_down(standing: Standing) -> None:
    """End it all."""
    await standing.load.close()
    await standing.world.stop()
