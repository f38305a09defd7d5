"""What may go wrong while an assignment is taken up."""

import asyncio

from deploy.local.tansu import TansuBroker
from tests.kit.lab import Lab, customer_on, placed, process, until


async def test_an_assignment_that_changes_while_it_is_taken_up(
    lab_url: str, tansu_server: TansuBroker
) -> None:
    """Partitions go to another member between the question what is assigned and the seek."""
    lab = await Lab.make(lab_url, tansu_server)
    async with process(lab) as slow:
        sweep, other_has_some = slow.publisher.sweep, asyncio.Event()

        async def late_sweep(older_than_s: float = 0.0) -> int:
            if not older_than_s:
                await other_has_some.wait()
            return await sweep(older_than_s)

        slow.publisher.sweep = late_sweep  # type: ignore[method-assign]

        async def has_all() -> bool:
            return (
                len(slow.consumer._consumer.assignment()) == 4
                if slow.consumer._subscriber.consumer
                else False
            )

        await until(has_all)
        async with process(lab) as other:
            await other.ready()
            other_has_some.set()
            await slow.ready()
            for partition in range(2):
                customer = customer_on(partition)
                await lab.send("orders", placed(f"o{partition}", customer), customer=customer)
            await lab.wait_applied(2)


async def test_a_database_that_is_away_for_a_moment(lab_url: str, tansu_server: TansuBroker) -> None:
    lab = await Lab.make(lab_url, tansu_server)
    async with process(lab) as running:
        sweep, failures = running.publisher.sweep, iter([ConnectionError("away"), ConnectionError("away")])

        async def failing_sweep(older_than_s: float = 0.0) -> int:
            for failure in failures if not older_than_s else ():
                raise failure
            return await sweep(older_than_s)

        running.publisher.sweep = failing_sweep  # type: ignore[method-assign]
        await running.ready()
        customer = customer_on(0)
        await lab.send("orders", placed("a", customer), customer=customer)
        await lab.wait_applied(1)
