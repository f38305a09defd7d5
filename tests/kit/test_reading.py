"""How far the reader goes ahead of lanes that are busy."""

import asyncio
from collections.abc import Sequence

from deploy.local.tansu import TansuBroker
from services.kit.database import UnitOfWork
from services.kit.records import Received, Refused
from tests.kit.lab import Lab, Memo, customer_on, placed, process, until


class Held(Memo):
    """Applies nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.way = asyncio.Event(), asyncio.Event()

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_: object) -> None:
        # A test that fails must not leave a batch in hand: the consumer's end waits for it.
        self.way.set()

    async def apply(self, unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
        self.begun.set()
        await self.way.wait()
        return await super().apply(unit, events)


async def test_what_trickles_in_while_every_lane_is_busy_is_fetched_at_once_afterwards(
    lab_url: str, tansu_server: TansuBroker
) -> None:
    lab, memo, customer = await Lab.make(lab_url, tansu_server), Held(), customer_on(0)
    async with process(lab, memo) as running, asyncio.timeout(40):
        with memo:
            await running.ready()
            await lab.send("orders", placed("o0", customer), customer=customer)
            await memo.begun.wait()
            before = running.consumer._fetches
            for number in range(1, 9):
                await lab.send("orders", placed(f"o{number}", customer), customer=customer)
                await asyncio.sleep(0.03)
            assert running.consumer._fetches - before <= 2
            memo.way.set()
            await lab.wait_applied(9)
            assert memo.batches[0] == 1
            assert len(memo.batches) <= 4


async def test_a_backlog_is_read_ahead_of_busy_lanes_by_a_full_batch(
    lab_url: str, tansu_server: TansuBroker
) -> None:
    lab, memo, customer = await Lab.make(lab_url, tansu_server, batch_max_events=8), Held(), customer_on(0)
    events = [placed(f"o{number}", customer) for number in range(60)]
    await lab.send("orders", *events, customer=customer)
    async with process(lab, memo) as running, asyncio.timeout(40):
        with memo:
            await memo.begun.wait()

            async def a_full_batch_ahead() -> bool:
                return len(running.consumer._merge) > 8

            await until(a_full_batch_ahead)
            memo.way.set()
            await lab.wait_applied(60)
