"""What happens to orders after they were placed, over HTTP, on a real PostgreSQL and a real broker."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.orders.app import service
from services.orders.verify import verify
from tests.services.events import OVER_THE_LIMIT, an_order, body, decided, make
from tests.services.harness import (
    PARTITIONS,
    Installation,
    bearer,
    every_page,
    installation,
    problem,
    published,
)
from tests.waiting import until
from tests.workbooks import lines_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    async with installation(service, postgres_server, tansu_server) as started:
        yield started


class TestDocuments:
    async def test_the_life_of_an_order(self, running: Installation) -> None:
        order = an_order()
        path = f"/orders/{order['order_id']}"
        client = running.client
        await client.post("/orders", json=order)
        await running.publish(decided(order, "credit.order_held", reasons=[OVER_THE_LIMIT]))
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

    async def test_what_is_invoiced_stays_when_the_rest_is_cancelled(self, running: Installation) -> None:
        order = an_order()
        path, client = f"/orders/{order['order_id']}", running.client
        await client.post("/orders", json=order)
        invoice = {"invoice_id": f"I-{path}", "amount": "30.00", "issued_on": "2026-03-02"}
        await client.post(f"{path}/invoices", json=invoice)
        cancelled = await client.post(f"{path}/cancellation", json={"reason": "enough"})
        again = await client.post(f"{path}/cancellation", json={"reason": "again"})
        assert (
            cancelled.json()
            == again.json()
            == _recorded(order, {"event": "order.cancelled", "reason": "enough"})
        )
        assert (await client.get(path)).json()["status"] == "invoiced"
        problem(await client.post(f"{path}/amendments", json={"amount": "1"}), 409)
        events = await published(running, "orders", "order_id", order["order_id"], 3)
        assert [event.type for _, event in events] == ["order.placed", "order.invoiced", "order.cancelled"]

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
            items = await every_page(running, "/orders", customer=customer, **filters)
            return [item["order_id"] for item in items]

        assert await found() == ids[::-1]
        assert await found(sort="amount") == ids
        assert await found(salesperson=seller) == [ids[3], ids[1]]
        assert await found(status="cancelled") == [ids[4]]
        assert await found(outcome="approved") == []
        assert len(await found(**{"from": "2020-01-01", "to": "2099-01-01"})) == 5
        assert await found(to="2020-01-01") == []
        assert await found(**{"from": "2099-01-01"}) == []
        asked = {"customer": customer, "sort": "amount"}
        workbook = await running.client.get("/orders", params={**asked, "format": "xlsx"})
        assert [line["order_id"] for line in lines_of(workbook.content)] == ids
        assert [line["amounts.ordered"] for line in lines_of(workbook.content)] == [0, 1, 2, 3, 4]
        file = (await running.client.get("/orders", params={**asked, "format": "csv"})).text
        assert [line.split(",")[0] for line in file.splitlines()[1:]] == ids
        problem(await running.client.get("/orders", params={"format": "xlsx", "cursor": "x"}), 422)
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
    report = await verify(running.replicas[0].runtime.database)
    assert report.holds, report.problems
    assert report.facts["orders"] > 5


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
