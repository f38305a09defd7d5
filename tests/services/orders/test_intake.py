"""Orders come in over HTTP and wait for their decision: a real PostgreSQL, a real broker, two replicas."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from contracts.topics import partition_of
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.orders.app import service
from tests.services.events import OVER_THE_LIMIT, an_order, decided
from tests.services.harness import (
    PARTITIONS,
    Installation,
    bearer,
    installation,
    problem,
    published,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    async with installation(service, postgres_server, tansu_server, replicas=2) as started:
        yield started


class TestIntake:
    async def test_an_order_is_recorded_published_and_answered_alike_again(
        self, running: Installation
    ) -> None:
        order = an_order()
        first = await running.client.post("/orders", json=order, headers=bearer("sales"))
        assert first.status_code == 202, first.text
        assert first.headers["location"] == f"/orders/{order['order_id']}"
        again = await running.replicas[1].client.post("/orders", json={**order, "amount": "100.0"})
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        ((partition, event),) = await published(running, "orders", "order_id", order["order_id"], 1)
        assert event.id == first.json()["event_id"]
        assert (event.producer, event.key) == ("orders", order["customer_id"])
        assert partition == partition_of(event.key.encode(), PARTITIONS)
        assert event.data.lines[0].unit_price == "66.6667"

    async def test_another_body_under_the_same_id_is_refused(self, running: Installation) -> None:
        order = an_order()
        await running.client.post("/orders", json=order)
        for change in ({"amount": "100.01"}, {"customer_id": "C-other"}, {"salesperson_id": None}):
            refused = problem(await running.client.post("/orders", json={**order, **change}), 409)
            assert refused["errors"][0]["field"] in ("order_id", "customer_id")
        shown = (await running.client.get(f"/orders/{order['order_id']}")).json()
        assert shown["amounts"]["ordered"] == "100.00"

    async def test_an_idempotency_key(self, running: Installation) -> None:
        order, key = an_order(), {"Idempotency-Key": uuid.uuid4().hex}
        first = await running.client.post("/orders", json=order, headers=key)
        again = await running.client.post("/orders?wait=20ms", json=order, headers=key)
        assert (again.status_code, again.json()) == (202, first.json())
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["location"] == f"/orders/{order['order_id']}"
        problem(await running.client.post("/orders", json=an_order(), headers=key), 422)

    async def test_the_same_order_at_once_on_both_replicas(self, running: Installation) -> None:
        order = an_order()
        clients = [replica.client for replica in running.replicas] * 4
        answers = await asyncio.gather(*(client.post("/orders", json=order) for client in clients))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["event_id"] for answer in answers}) == 1
        assert len(await published(running, "orders", "order_id", order["order_id"], 1)) == 1

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": 100}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"amount": "1.005"}, "amount"),
            ({"currency": "XXX"}, "currency"),
            ({"status": "approved"}, "status"),
            ({"order_id": "with space"}, "order_id"),
            (
                {"lines": [{"product_id": "P", "quantity": "1", "unit_price": "1", "amount": "1", "x": 1}]},
                "lines.0.x",
            ),
        ],
    )
    async def test_a_body_that_breaks_the_contract(
        self, running: Installation, change: dict[str, Any], field: str
    ) -> None:
        refused = problem(await running.client.post("/orders", json=an_order(**change)), 422)
        assert [error["field"] for error in refused["errors"]] == [field]

    async def test_who_may(self, running: Installation) -> None:
        order = an_order()
        for role in ("finance", "ops"):
            problem(await running.client.post("/orders", json=order, headers=bearer(role)), 403)
        assert (await running.client.post("/orders", json=order, headers=bearer("system"))).status_code == 202
        invoice = {"invoice_id": "I-x", "amount": "1", "issued_on": "2026-03-02"}
        path = f"/orders/{order['order_id']}/invoices"
        problem(await running.client.post(path, json=invoice, headers=bearer("sales")), 403)
        assert (await running.client.get("/orders", headers=bearer("ops"))).status_code == 200


class TestWaiting:
    async def test_the_decision_arrives_whichever_replica_applies_it(self, running: Installation) -> None:
        # One customer per partition: with two replicas, each applies the decision of one of them.
        orders = [an_order() for _ in range(6)]
        for order in orders:
            waiting = [
                asyncio.create_task(replica.client.post("/orders?wait=10s", json=order))
                for replica in running.replicas
            ]
            await published(running, "orders", "order_id", order["order_id"], 1)
            await running.publish(decided(order, "credit.order_held", reasons=[OVER_THE_LIMIT]))
            for response in await asyncio.gather(*waiting):
                assert response.status_code == 200, response.text
                answer = response.json()
                assert (answer["status"], answer["outcome"]) == ("held", "held")
                assert answer["decision"]["reasons"][0]["rule"] == "limit"
        applied = [_applied_by(replica.runtime) for replica in running.replicas]
        assert all(applied), applied

    async def test_when_the_time_is_up_the_answer_says_where_to_ask(self, running: Installation) -> None:
        order = an_order()
        response = await running.client.post("/orders?wait=50ms", json=order)
        assert (response.status_code, response.json()["decision"]) == (202, None)
        await running.publish(decided(order))
        asked = await running.client.post("/orders?wait=10s", json=order)
        assert (asked.status_code, asked.json()["outcome"]) == (200, "approved")
        # Now that it is known, nobody waits for it.
        assert (await running.client.post("/orders?wait=0s", json=order)).status_code == 200
        assert (await running.client.post("/orders", json=order)).status_code == 202

    async def test_a_listener_whose_connection_is_cut_listens_again(self, running: Installation) -> None:
        order = an_order()
        waiting = asyncio.create_task(running.client.post("/orders?wait=10s", json=order))
        await published(running, "orders", "order_id", order["order_id"], 1)
        pool = running.replicas[0].runtime.database.pool
        cut = await pool.fetchval(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'tallyman-orders-listen' AND datname = current_database()"""
        )
        assert cut == 2
        await running.publish(decided(order))
        assert (await waiting).status_code == 200

    @pytest.mark.parametrize("wait", ["", "2", "11s", "10001ms", "-1s", "1e1s", "٢s", "2 s", "1.2345s"])
    async def test_times_that_are_none(self, running: Installation, wait: str) -> None:
        refused = problem(await running.client.post("/orders", params={"wait": wait}, json=an_order()), 422)
        assert refused["errors"][0]["field"] == "query.wait"


def _applied_by(runtime: Any) -> bool:
    assigned = runtime.consumer._consumer.assignment()
    return any(place.topic.endswith(".credit") for place in assigned)
