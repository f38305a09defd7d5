"""A standing installation (two credit replicas, one order book) that is hurt in many ways, one after the other.

After each the same questions are asked: nothing missing, nothing double, and did it really hurt?
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from contracts.events.terms import TermsSet
from deploy.local.broker import BrokerProcess
from tests.faults.load import AMOUNT
from tests.faults.standing import Standing
from tests.faults.world import World, until

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]


async def test_duplicates_one_to_five_times(standing: Standing) -> None:
    standing.load.repeats = 5
    before = standing.load.sent
    events = standing.load.events
    await standing.load.steps(60)
    assert standing.load.sent - before > 1.5 * (standing.load.events - events) / 2
    standing.load.repeats = 2
    await standing.holds("each event one to five times")


async def test_thirty_orders_at_the_edge_of_the_limit(standing: Standing) -> None:
    """Over HTTP and Kafka at once, with two credit processes: room for k, exactly k are approved."""
    load, room = standing.load, 20_000_00 // AMOUNT
    customer = "C-edge"
    terms = TermsSet(customer_id=customer, currency="CNY", term_days=30, limit="20000.00")
    await load.publish(terms, customer)
    await asyncio.gather(
        *(load.order(customer) for _ in range(15)), *(load.order_over_http(customer) for _ in range(15))
    )
    await standing.holds("thirty orders at once")
    rows = await standing.world.fetch(
        "SELECT status, count(*) AS orders FROM credit.orders WHERE customer_id = $1 GROUP BY status",
        customer,
    )
    assert {row["status"]: row["orders"] for row in rows} == {"approved": room, "held": 30 - room}


async def test_backends_killed(standing: Standing) -> None:
    async with standing.loaded():
        killed = 0
        for _ in range(3):
            rows = await standing.world.fetch(
                """SELECT pg_terminate_backend(pid) AS gone FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name LIKE 'tallyman-%'"""
            )
            killed += sum(row["gone"] for row in rows)
            await standing.more(15)
    assert killed >= 6
    await standing.holds(f"{killed} backends killed")


async def test_sigterm_in_the_middle_of_a_batch(standing: Standing) -> None:
    """It ends in order, with status 0, and what it held is taken over."""
    world, process = standing.world, standing.world.processes["credit-1"]
    async with standing.loaded(), _held_rows(world):
        # Every batch now waits inside its transaction, so the signal finds it there.
        await until(_waiting_for_a_lock(world), "a batch is in its transaction")
        world.wanted.discard("credit-1")
        process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 40) == 0
    world.wanted.add("credit-1")
    await standing.holds("SIGTERM in mid-batch")


async def test_a_frozen_process_that_comes_back(standing: Standing) -> None:
    """Longer than the session timeout, in the middle of a transaction: the other takes over, the zombie is fenced."""
    world = standing.world
    async with standing.loaded(pause_s=0.05):
        async with _held_rows(world):
            await until(_waiting_for_a_lock(world), "a batch is in its transaction")
            world.processes["credit-1"].suspend()
        before = await applied_offsets(world)
        # All partitions move on although the frozen one holds locks in the database.
        await until(lambda: everything_moved(world, before), "the other replica takes over", 60)
        world.processes["credit-1"].resume()
        await standing.more(10)
    await standing.holds("frozen and resumed")


async def test_postgres_restarts_at_once(standing: Standing) -> None:
    world = standing.world
    async with standing.loaded():
        await standing.more(10)
        await asyncio.to_thread(world.postgres.kill, "immediate")
        await asyncio.to_thread(world.postgres.start)
        await standing.more(10)
    await standing.holds("PostgreSQL restarted without a shutdown")


async def test_embedded_broker_restarts_and_forgets(standing: Standing) -> None:
    """A new log: the services publish their outbox again, and drop what comes back to them."""
    world, load = standing.world, standing.load
    async with standing.loaded():
        await standing.more(20)
    await standing.holds("before the broker forgets")
    old = await world.log_id()
    broker = world.broker
    assert isinstance(broker, BrokerProcess)
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    await world.make_topics()
    load.ends.clear()

    async def met() -> bool:
        return await world.log_id() != old

    await until(met, "the services meet the new log")
    async with standing.loaded():
        await standing.more(20)
    await standing.holds("the broker forgot its log")


@asynccontextmanager
async def _held_rows(world: World) -> AsyncIterator[None]:
    """Hold the rows of all accounts, so that every batch of credit stops in the middle of its transaction."""
    connection = await asyncpg.connect(world.dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM credit.accounts ORDER BY customer_id FOR UPDATE")
            yield
    finally:
        await connection.close()


def _waiting_for_a_lock(world: World) -> Callable[[], Awaitable[bool]]:
    async def waiting() -> bool:
        rows = await world.fetch(
            """SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
               AND application_name = 'tallyman-credit' AND wait_event_type = 'Lock'"""
        )
        # Two replicas with two lanes each; at least one batch of each replica.
        return bool(rows[0]["n"] >= 2)

    return waiting


async def applied_offsets(world: World) -> dict[int, int]:
    rows = await world.fetch(
        """SELECT partition, next_offset FROM credit.consumer_offsets WHERE topic = 'orders'
           AND log_id = (SELECT log_id FROM credit.logs ORDER BY first_seen DESC LIMIT 1)"""
    )
    return {row["partition"]: row["next_offset"] for row in rows}


async def everything_moved(world: World, before: dict[int, int]) -> bool:
    now = await applied_offsets(world)
    return all(now[partition] > offset for partition, offset in before.items())
