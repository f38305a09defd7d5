"""An order nobody decides on counts as held, somebody is told, and the decision is in force when it comes."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.orders.app import service
from services.orders.undecided import Waiting
from services.orders.verify import verify
from tests.services.events import an_order, decided
from tests.services.harness import Installation, every_page, installation, published, topic_events
from tests.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    async with installation(
        service, postgres_server, tansu_server, replicas=2, decision_timeout_s=0.5
    ) as started:
        yield started


async def _status(running: Installation, order_id: str) -> str:
    shown = (await running.client.get(f"/orders/{order_id}")).json()
    return str(shown["status"])


@pytest.mark.asyncio(loop_scope="module")
async def test_it_counts_as_held_until_a_decision_comes(running: Installation) -> None:
    order = an_order()
    order_id, customer_id = order["order_id"], order["customer_id"]
    assert (await running.client.post("/orders", json=order)).status_code == 202

    async def held() -> bool:
        return await _status(running, order_id) == "held"

    await until(held)
    shown = (await running.client.get(f"/orders/{order_id}")).json()
    assert shown["decision_overdue_at"] is not None
    assert shown["decision"] is None
    assert order_id in [o["order_id"] for o in await every_page(running, "/orders", status="held")]

    ((_, alert),) = await published(running, "alerts", "customer_id", customer_id, 1)
    assert alert.type == "alert.raised"
    assert alert.data.kind == "order_undecided"
    assert alert.data.dedup_key == f"order_undecided:{order_id}"
    assert order_id in alert.data.title
    assert "100.00 CNY" in alert.data.evidence
    await published(running, "orders", "order_id", order_id, 2)

    await running.publish(decided(order))

    async def approved() -> bool:
        return await _status(running, order_id) == "approved"

    await until(approved)
    (_, raised), (_, ended) = await published(running, "alerts", "customer_id", customer_id, 2)
    assert ended.type == "alert.resolved"
    assert ended.data.alert_id == raised.data.alert_id
    # Both replicas look, and both read what they published; it happened once all the same.
    assert len(await topic_events(running, "orders", "order_id", order_id)) == 2
    assert (await verify(running.replicas[0].runtime.database)).problems == []


@pytest.mark.asyncio(loop_scope="module")
async def test_an_order_decided_in_time_is_left_alone(running: Installation) -> None:
    order = an_order()
    await running.publish(decided(order))
    assert (await running.client.post("/orders", json=order)).status_code in (200, 202)

    async def approved() -> bool:
        return await _status(running, order["order_id"]) == "approved"

    await until(approved)
    late = an_order()
    await running.client.post("/orders", json=late)

    async def other_is_held() -> bool:
        return await _status(running, late["order_id"]) == "held"

    # By the time a later order was found waiting, the watch has passed over the first.
    await until(other_is_held)
    assert await _status(running, order["order_id"]) == "approved"
    assert await topic_events(running, "alerts", "customer_id", order["customer_id"]) == []


def test_the_time_runs_from_when_an_order_was_first_seen_waiting() -> None:
    waiting = Waiting()
    assert waiting.due(["a"], 0.0, 5.0) == []
    assert waiting.due(["a", "b"], 4.9, 5.0) == []
    assert waiting.due(["a", "b"], 5.0, 5.0) == ["a"]
    assert waiting.due(["b"], 9.9, 5.0) == ["b"]
    assert waiting.due(["a"], 10.0, 5.0) == [], "it was decided and waits anew"
