"""The HTTP side of the order book, on a real PostgreSQL and a real broker, with two replicas of the service."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from contracts.topics import partition_of
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.orders.app import service
from services.orders.verify import verify
from tests.services.orders.events import body, make
from tests.services.orders.harness import (
    PARTITIONS,
    Installation,
    bearer,
    installation,
    problem,
    published,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    async with installation(service, postgres_server, tansu_server, replicas=2) as started:
        yield started


def an_order(**changes: Any) -> dict[str, Any]:
    line = {"product_id": "TEA", "quantity": "1.5", "unit_price": "66.6667", "amount": "100.00"}
    number = uuid.uuid4().hex[:8]
    return {
        "order_id": f"O-{number}",
        "customer_id": f"C-{number}",
        "currency": "CNY",
        "amount": "100.00",
        "salesperson_id": "S-7",
        "lines": [line],
        **changes,
    }


def decided(order: dict[str, Any], type_: str = "credit.order_approved", **changes: Any) -> Any:
    return make(
        body(type_, order_id=order["order_id"], customer_id=order["customer_id"], **changes),
        producer="credit",
    )


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
            await running.publish(decided(order, "credit.order_held", reasons=[_limit()]))
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


def _limit() -> dict[str, Any]:
    return {"rule": "limit", "value": "200.00", "threshold": "100.00", "documents": ["O-9"]}


def _applied_by(runtime: Any) -> bool:
    assigned = runtime.consumer._consumer.assignment()
    return any(place.topic.endswith(".credit") for place in assigned)


class TestDocuments:
    async def test_the_life_of_an_order(self, running: Installation) -> None:
        order = an_order()
        path = f"/orders/{order['order_id']}"
        client = running.client
        await client.post("/orders", json=order)
        await running.publish(decided(order, "credit.order_held", reasons=[_limit()]))
        await running.publish(
            decided(order, "credit.order_released", decision_version=2, trigger="payment.received")
        )

        async def released() -> bool:
            return bool((await client.get(path)).json()["status"] == "released")

        await until(released)
        line = {"product_id": "TEA", "quantity": "1", "unit_price": "80", "amount": "80.00"}
        steps: list[tuple[str, dict[str, Any], int]] = [
            ("amendments", {"amount": "80.00", "lines": [line]}, 202),
            ("shipments", {"shipment_id": "S-1", "amount": "30.00"}, 201),
            (
                "invoices",
                {"invoice_id": f"I-{path}", "amount": "30.00", "issued_on": "2026-03-02", "lines": [line]},
                201,
            ),
            (
                "returns",
                {"return_id": f"R-{path}", "invoice_id": f"I-{path}", "amount": "5", "reason": "broken"},
                201,
            ),
        ]
        for kind, sent, status in steps:
            for _ in range(2):
                answer = await client.post(f"{path}/{kind}", json=sent)
                assert answer.status_code == status, answer.text
                if kind == "amendments":
                    sent = {**sent, "revision": 1}
        shown = (await client.get(path)).json()
        assert shown["status"] == "part_invoiced"
        assert shown["amounts"] == {
            "ordered": "80.00",
            "shipped": "30.00",
            "invoiced": "30.00",
            "returned": "5.00",
        }
        assert [item["amount"] for item in shown["lines"]] == ["80.00"]
        assert [(r["revision"], r["amount"]) for r in shown["revisions"]] == [(0, "100.00"), (1, "80.00")]
        assert [(d["version"], d["kind"]) for d in shown["decisions"]] == [(1, "held"), (2, "released")]
        assert [i["lines"][0]["product_id"] for i in shown["invoices"]] == ["TEA"]
        assert [(r["invoice_id"], r["reason"]) for r in shown["returns"]] == [(f"I-{path}", "broken")]
        cancelled = await client.post(f"{path}/cancellation", json={"reason": "enough"})
        again = await client.post(f"{path}/cancellation", json={"reason": "again"})
        assert (
            cancelled.json()
            == again.json()
            == _recorded(order, {"event": "order.cancelled", "reason": "enough"})
        )
        assert (await client.get(path)).json()["status"] == "invoiced"
        problem(await client.post(f"{path}/amendments", json={"amount": "1"}), 409)
        events = await published(running, "orders", "order_id", order["order_id"], 6)
        assert sorted(event.type for _, event in events) == [
            "order.amended",
            "order.cancelled",
            "order.invoiced",
            "order.placed",
            "order.returned",
            "order.shipped",
        ]

    async def test_another_document_under_a_known_number(self, running: Installation) -> None:
        order = an_order()
        path = f"/orders/{order['order_id']}"
        await running.client.post("/orders", json=order)
        invoice = {"invoice_id": f"I-{path}", "amount": "30.00", "issued_on": "2026-03-02"}
        assert (await running.client.post(f"{path}/invoices", json=invoice)).status_code == 201
        refused = problem(
            await running.client.post(f"{path}/invoices", json={**invoice, "amount": "31.00"}), 409
        )
        assert refused["errors"][0]["field"] == "invoice_id"
        await running.client.post(f"{path}/amendments", json={"amount": "70", "revision": 3})
        problem(await running.client.post(f"{path}/amendments", json={"amount": "71", "revision": 3}), 409)

    async def test_orders_nobody_placed(self, running: Installation) -> None:
        problem(await running.client.post("/orders/nowhere/cancellation", json={}), 404)
        problem(await running.client.get("/orders/nowhere"), 404)
        order = an_order()
        await running.publish(decided(order))
        path = f"/orders/{order['order_id']}"

        async def announced() -> bool:
            return (await running.client.get(path)).status_code == 200

        await until(announced)
        shown = (await running.client.get(path)).json()
        assert (shown["status"], shown["placed_at"], shown["amounts"], shown["outcome"]) == (
            "announced",
            None,
            None,
            "approved",
        )
        problem(await running.client.post(f"{path}/shipments", json={"shipment_id": "S", "amount": "1"}), 404)
        # The order itself comes late: its decision is there already.
        answer = await running.client.post("/orders?wait=0s", json=order)
        assert (answer.status_code, answer.json()["status"]) == (200, "approved")

    async def test_a_return_that_only_names_an_invoice_is_of_its_order(self, running: Installation) -> None:
        order = an_order()
        path = f"/orders/{order['order_id']}"
        await running.client.post("/orders", json=order)
        await running.client.post(
            f"{path}/invoices", json={"invoice_id": f"I-{path}", "amount": "30", "issued_on": "2026-03-02"}
        )
        returned = body(
            "order.returned",
            customer_id=order["customer_id"],
            order_id=None,
            invoice_id=f"I-{path}",
            return_id=f"R-{path}",
            amount="7.00",
        )
        await running.publish(make(returned))

        async def known() -> bool:
            return bool((await running.client.get(path)).json()["amounts"]["returned"] == "7.00")

        await until(known)
        listed = (await running.client.get("/orders", params={"customer": order["customer_id"]})).json()[
            "items"
        ]
        assert listed[0]["amounts"]["returned"] == "7.00"
        assert len((await running.client.get(path)).json()["returns"]) == 1


class TestListing:
    async def test_filters_sorting_and_pages(self, running: Installation) -> None:
        customer, seller = f"C-{uuid.uuid4().hex[:8]}", f"S-{uuid.uuid4().hex[:8]}"
        orders = [
            an_order(customer_id=customer, salesperson_id=seller if n % 2 else None, amount=f"{n}.00")
            for n in range(5)
        ]
        for order in orders:
            await running.client.post("/orders", json=order)
        ids = [order["order_id"] for order in orders]
        await running.client.post(f"/orders/{ids[4]}/cancellation", json={})

        async def found(**filters: Any) -> list[str]:
            params = {"limit": 2, "customer": customer, **filters}
            items: list[str] = []
            while True:
                response = await running.client.get("/orders", params=params)
                assert response.status_code == 200, response.text
                items += [item["order_id"] for item in response.json()["items"]]
                if response.json()["next"] is None:
                    return items
                params["cursor"] = response.json()["next"]

        assert await found() == ids[::-1]
        assert await found(sort="amount") == ids
        assert await found(salesperson=seller) == [ids[3], ids[1]]
        assert await found(status="cancelled") == [ids[4]]
        assert await found(outcome="approved") == []
        assert len(await found(**{"from": "2020-01-01", "to": "2099-01-01"})) == 5
        assert await found(to="2020-01-01") == []
        assert await found(**{"from": "2099-01-01"}) == []
        problem(await running.client.get("/orders", params={"sort": "colour"}), 422)
        problem(await running.client.get("/orders", params={"colour": "red"}), 422)


class TestProducts:
    async def test_the_catalogue_and_its_costs(self, running: Installation) -> None:
        client, product_id = running.client, f"P-{uuid.uuid4().hex[:8]}"
        product = {"product_id": product_id, "name": "Green tea", "currency": "CNY", "unit_cost": "1.2500"}
        created = await client.post("/products", json=product)
        assert (created.status_code, created.json()["unit_cost"]) == (201, "1.25")
        assert created.headers["etag"] == '"1"'
        assert (await client.post("/products", json=product)).json() == created.json()
        problem(await client.post("/products", json={**product, "name": "Tea"}), 409)
        change = {"name": "Green tea", "category": "tea", "currency": "CNY", "unit_cost": "0.0125"}
        path = f"/products/{product_id}"
        problem(await client.put(path, json=change), 428)
        problem(await client.put(path, json=change, headers={"If-Match": '"7"'}), 412)
        problem(await client.put(path, json={**change, "revision": 7}), 409)
        changed = await client.put(path, json=change, headers={"If-Match": created.headers["etag"]})
        assert (changed.status_code, changed.json()["revision"], changed.headers["etag"]) == (200, 2, '"2"')
        shown = (await client.get(path)).json()
        assert (shown["unit_cost"], [entry["unit_cost"] for entry in shown["history"]]) == (
            "0.0125",
            ["1.25", "0.0125"],
        )
        then = {"at": shown["history"][0]["valid_from"]}
        assert (await client.get(f"{path}/entry", params=then)).json()["unit_cost"] == "1.25"
        problem(await client.get(f"{path}/entry", params={"at": "2001-01-01T00:00:00Z"}), 404)
        found = (await client.get("/products", params={"q": product_id[2:], "category": "tea"})).json()[
            "items"
        ]
        assert [item["product_id"] for item in found] == [product_id]
        problem(await client.put("/products/none", json={**change, "revision": 1}), 404)
        problem(await client.post("/products", json=product, headers=bearer("sales")), 403)
        events = await published(running, "products", "product_id", product_id, 2 * PARTITIONS)
        for partition in range(PARTITIONS):
            assert [e.type for p, e in events if p == partition] == ["product.created", "product.changed"]
        assert len({event.id for _, event in events}) == 2

    async def test_what_comes_back_from_the_broker_is_dropped(self, running: Installation) -> None:
        async def caught_up() -> bool:
            return all(replica.runtime.consumer.lag == 0 for replica in running.replicas)

        await until(caught_up)
        database = running.replicas[0].runtime.database
        assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
        assert (
            await database.pool.fetchval("SELECT count(*) - count(DISTINCT event_id) FROM product_entries")
            == 0
        )


async def test_the_book_is_what_its_documents_say(running: Installation) -> None:
    database = running.replicas[0].runtime.database
    report = await verify(database)
    assert report.holds, report.problems
    assert report.facts["orders"] > 10
    await database.pool.execute(
        """UPDATE orders SET shipped_minor = shipped_minor + 1, amount_minor = amount_minor + 1, status = 'rejected',
                  decision_version = decision_version + 1, customer_id = 'C-?'"""
    )
    await database.pool.execute("UPDATE products SET unit_cost = 7")
    assert all((await verify(database)).values())


def _recorded(order: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    return {"order_id": order["order_id"], "recorded": facts}


async def test_the_documentation_names_every_route(running: Installation) -> None:
    document = (await running.client.get("/openapi/orders.json")).json()
    assert {path for path in document["paths"] if path.startswith(("/orders", "/products"))} >= {
        "/orders",
        "/orders/{order_id}",
        "/orders/{order_id}/amendments",
        "/orders/{order_id}/cancellation",
        "/orders/{order_id}/shipments",
        "/orders/{order_id}/invoices",
        "/orders/{order_id}/returns",
        "/products",
        "/products/{product_id}",
        "/products/{product_id}/entry",
    }
    assert json.dumps(document)
