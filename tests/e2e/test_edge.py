"""With room for k orders, a thousand at once through Kafka and HTTP, over two processes, approve exactly k."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from contracts.events.orders import OrderPlaced
from contracts.events.terms import TermsSet
from contracts.topics import partition_of
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.credit.verify import verify
from services.kit.migrate import migrate
from tests.e2e.system import SERVICES
from tests.faults.load import AMOUNT, Load
from tests.faults.world import PARTITIONS, World, until

pytestmark = pytest.mark.slow

ORDERS = 1_000
OVER_HTTP = 200
AT_ONCE = 40


def _on(partition: int, room: int) -> str:
    names = (f"edge-{room}-{number}" for number in range(1_000))
    return next(name for name in names if partition_of(name.encode(), PARTITIONS) == partition)


# A partition each, so that both processes have some.
ROOMS = {_on(partition, room): room for partition, room in enumerate((0, 1, 7, 500))}


@pytest.fixture
async def world(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, tmp_path: Path
) -> AsyncIterator[World]:
    template = "edge_template"
    await migrate(await asyncio.to_thread(postgres_server.create_database, template), SERVICES)
    world = await World(postgres_server, tansu_server, tmp_path).prepare(template)
    # Small batches, so that the two processes take turns often.
    world.extra["TALLYMAN_BATCH_MAX_EVENTS"] = "20"
    yield world
    await world.stop()
    await asyncio.to_thread(postgres_server.drop_database, template)


async def test_a_thousand_orders_per_customer_at_once(world: World) -> None:
    await world.start(("credit", 1), ("credit", 2), ("orders", 1), ("orders", 2))
    load = Load(world, customers=0, repeats=2)
    turns = iter(range(1_000_000))
    load.http = lambda: world.url(f"orders-{1 + next(turns) % 2}")
    await load.open()
    try:
        await _terms(world, load)
        # Finance sets the same terms again and again, at both processes, while one of them is replaced.
        async with asyncio.TaskGroup() as meanwhile:
            sending = meanwhile.create_task(_send(load))
            meanwhile.create_task(_same_terms(world, sending))
            meanwhile.create_task(_replaced(world, sending))
        await until(lambda: _all_decided(world), "every order has a decision")
    finally:
        await load.close()
    rows = await world.fetch(
        "SELECT customer_id, status, count(*) AS orders FROM credit.orders GROUP BY customer_id, status"
    )
    counts = {(row["customer_id"], row["status"]): row["orders"] for row in rows}
    for customer, room in ROOMS.items():
        approved = counts.get((customer, "approved"), 0), counts.get((customer, "held"), 0)
        assert approved == (room, ORDERS - room), customer
    assert [str(problem) for problem in (await verify(world.dsn)).problems] == []
    assert world.lived["applied_events"], "the process that was killed had done nothing"
    assert (await world.counters("credit-1"))["applied_events"], "the other process did nothing"


async def _replaced(world: World, sending: "asyncio.Task[None]") -> None:
    """Kill one process while orders are under way, and start it again: its partitions change hands twice."""

    async def half_way() -> bool:
        rows = await world.fetch("SELECT count(*) FROM credit.orders")
        return bool(rows[0][0] > len(ROOMS) * ORDERS / 4)

    await until(half_way, "a quarter of the orders are there")
    assert not sending.done(), "the orders are all sent already"
    await world.kill("credit-2")
    await world.start(("credit", 2))


async def _same_terms(world: World, sending: "asyncio.Task[None]") -> None:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        for number in count():
            for customer, room in ROOMS.items():
                body = {
                    "currency": "CNY",
                    "term_days": 30,
                    "limit": _limit(room),
                    "reason": f"again {number}",
                }
                with contextlib.suppress(httpx.HTTPError):
                    url = world.url(f"credit-{1 + number % 2}")
                    answer = await client.put(f"{url}/accounts/{customer}/terms", json=body)
                    assert answer.status_code in (200, 503), answer.text
            if sending.done():
                return


def _limit(room: int) -> str:
    cents = room * AMOUNT + 99
    return f"{cents // 100}.{cents % 100:02}"


async def _terms(world: World, load: Load) -> None:
    for customer, room in ROOMS.items():
        await load.publish(
            TermsSet(customer_id=customer, currency="CNY", term_days=30, limit=_limit(room)), customer
        )

    async def granted() -> bool:
        found = await world.fetch("SELECT count(*) FROM credit.accounts WHERE seq > 0")
        return bool(found[0][0] == len(ROOMS))

    await until(granted, "every customer has terms")


async def _send(load: Load) -> None:
    """Place every customer's orders through Kafka and through both HTTP processes, all at the same time."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def by_kafka(customer: str, number: int) -> None:
        async with at_once:
            order = OrderPlaced(
                order_id=f"K-{customer}-{number}",
                customer_id=customer,
                currency="CNY",
                amount=f"{AMOUNT // 100}.{AMOUNT % 100:02}",
                lines=[],
            )
            await load.publish(order, customer)

    async def by_http(customer: str) -> None:
        async with at_once:
            await load.order_over_http(customer)

    async with asyncio.TaskGroup() as sending:
        for number in range(ORDERS):
            for customer in ROOMS:
                if number < OVER_HTTP:
                    sending.create_task(by_http(customer))
                else:
                    sending.create_task(by_kafka(customer, number))


async def _all_decided(world: World) -> bool:
    rows = await world.fetch(
        "SELECT customer_id, count(*) AS n FROM credit.orders WHERE version > 0 GROUP BY 1"
    )
    return Counter({row["customer_id"]: row["n"] for row in rows}) == Counter(dict.fromkeys(ROOMS, ORDERS))
