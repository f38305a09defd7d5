"""The inbox over HTTP: who sees what, lists and counts, what people do, thresholds, and what is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.alerts.inbox import overdue, owes
from tests.services.insights.alerts.serving import Served, served, until
from tests.services.insights.events import event, tick

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Served]:
    async with served(postgres_server, tansu_server) as running:
        people = [
            event("customer.created", customer_id=f"C-{n}", name=f"锦程 {n}", at=-1) for n in range(1, 8)
        ]
        owners = [
            event("customer.assigned", customer_id=f"C-{n}", salesperson_id="S-1" if n < 5 else "S-2", at=-1)
            for n in range(1, 7)
        ]
        await running.publish(tick("2026-01-05"), *people, *owners)
        await running.publish(*(overdue(1, 5, customer_id=f"C-{n}") for n in range(1, 8)))
        async with running.client() as boss:
            await until(lambda: _counted(boss, 7))
        yield running


async def _counted(client: httpx.AsyncClient, expected: int) -> bool:
    counts = (await client.get("/insights/alerts/counts")).json()
    return bool(sum(row["alerts"] for row in counts) == expected)


async def alert_of(client: httpx.AsyncClient, customer: str, **params: str) -> dict[str, Any]:
    items = (await client.get("/insights/alerts", params={"customer": customer, **params})).json()["items"]
    found: dict[str, Any] = items[0]
    return found


async def test_who_sees_what(service: Served) -> None:
    expected = {"boss": 7, "li.na": 7, "S-1": 4, "S-2": 2}
    for name, count in expected.items():
        async with service.client(name) as client:
            items = (await client.get("/insights/alerts")).json()["items"]
            assert len(items) == count, name
            counts = (await client.get("/insights/alerts/counts")).json()
            assert sum(row["alerts"] for row in counts) == count
    async with service.client("S-2") as other, service.client() as boss:
        theirs = (await alert_of(boss, "C-1"))["alert_id"]
        assert (await other.get(f"/insights/alerts/{theirs}")).status_code == 404
        answer = await other.post(f"/insights/alerts/{theirs}/acknowledgement", json={})
        assert answer.status_code == 404
    async with service.client("admin") as ops:
        assert (await ops.get("/insights/alerts")).status_code == 403


async def test_what_an_alert_says(service: Served) -> None:
    async with service.client("S-1") as client:
        alert = await alert_of(client, "C-1")
        assert alert["title"] == "锦程 1 is overdue for 5 days"
        assert (alert["owner_id"], alert["severity"], alert["state"]) == ("S-1", "warning", "raised")
        assert alert["facts"] == {"amount": "80.00", "currency": "CNY", "items": 1, "days": 5}
        address = f"/insights/alerts/{alert['alert_id']}"
        chinese = (await client.get(address, headers={"Accept-Language": "zh-CN"})).json()
        assert chinese["title"] == "锦程 1 已逾期 5 天"
        assert [step["step"] for step in chinese["history"]] == ["raised"]


async def test_filters_pages_and_sort(service: Served) -> None:
    async with service.client() as client:

        async def customers(**params: str) -> list[str]:
            answer = await client.get("/insights/alerts", params=params)
            assert answer.status_code == 200, answer.text
            return sorted(item["customer_id"] for item in answer.json()["items"])

        assert await customers(owner="S-2") == ["C-5", "C-6"]
        assert await customers(role="finance") == ["C-7"]
        assert await customers(kind="overdue", severity="warning", owner="S-2") == ["C-5", "C-6"]
        assert await customers(kind="order_held") == []
        assert await customers(since="2100-01-01T00:00:00Z") == []
        seen, params = [], {"limit": "3", "sort": "raised_at"}
        while True:
            page = (await client.get("/insights/alerts", params=params)).json()
            seen += [item["alert_id"] for item in page["items"]]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
        assert len(seen) == len(set(seen)) == 7


async def test_acknowledged_once_whatever_is_sent_again(service: Served) -> None:
    async with service.client("S-1") as client:
        alert_id = (await alert_of(client, "C-2"))["alert_id"]
        address = f"/insights/alerts/{alert_id}/acknowledgement"
        key = {"Idempotency-Key": "once-only"}
        first = await client.post(address, json={"note": "calling"}, headers=key)
        again = await client.post(address, json={"note": "calling"}, headers=key)
        twice = await client.post(address, json={"note": "calling"})
        assert first.json()["state"] == "acknowledged"
        assert first.json() == again.json() == twice.json()
        history = (await client.get(f"/insights/alerts/{alert_id}")).json()["history"]
        assert [(s["step"], s["by"], s["reason"]) for s in history] == [
            ("raised", None, ""),
            ("acknowledged", "S-1", "calling"),
        ]


async def test_put_off_and_awake_again(service: Served) -> None:
    async with service.client("S-1") as client:
        alert_id = (await alert_of(client, "C-3"))["alert_id"]
        until_when = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
        answer = await client.post(f"/insights/alerts/{alert_id}/snooze", json={"until": until_when})
        assert answer.json()["state"] == "snoozed"

        async def awake() -> bool:
            return bool((await client.get(f"/insights/alerts/{alert_id}")).json()["state"] == "raised")

        await until(awake)
        history = (await client.get(f"/insights/alerts/{alert_id}")).json()["history"]
        assert [step["step"] for step in history] == ["raised", "snoozed", "reopened"]


async def test_settled_by_hand_until_it_becomes_worse(service: Served) -> None:
    async with service.client("li.na") as client:
        alert_id = (await alert_of(client, "C-4"))["alert_id"]
        address = f"/insights/alerts/{alert_id}"
        assert (await client.post(f"{address}/resolution", json={"reason": " "})).status_code == 422
        settled = (await client.post(f"{address}/resolution", json={"reason": "agreed"})).json()
        assert (settled["state"], settled["cause_stands"]) == ("resolved", True)
        for act in ("acknowledgement", "assignment"):
            body = {"owner": "S-2"} if act == "assignment" else {}
            assert (await client.post(f"{address}/{act}", json=body)).status_code == 409
        await service.publish(overdue(2, 40, customer_id="C-4"))

        async def returned() -> dict[str, Any] | None:
            found = await alert_of(client, "C-4")
            return found if found["occurrence"] == 2 else None

        again = await until(returned)
        assert (again["severity"], again["state"]) == ("critical", "raised")
        assert (await client.get(f"/insights/alerts/{again['alert_id']}")).json()["earlier"] == [alert_id]


async def test_handed_over_by_those_who_lead(service: Served) -> None:
    async with service.client("S-2") as seller, service.client("li.na") as finance:
        alert_id = (await alert_of(seller, "C-5"))["alert_id"]
        address = f"/insights/alerts/{alert_id}/assignment"
        assert (await seller.post(address, json={"owner": "S-1"})).status_code == 403
        for wrong in ({}, {"owner": "S-1", "role": "sales"}, {"owner": "S-1", "boss": True}):
            assert (await finance.post(address, json=wrong)).status_code == 422
        given = (await finance.post(address, json={"role": "manager"})).json()
        assert (given["owner_id"], given["owner_role"]) == (None, "manager")
        assert (await seller.get(f"/insights/alerts/{alert_id}")).status_code == 404


async def test_a_cause_that_goes(service: Served) -> None:
    await service.publish(owes(2, "C-6"))
    async with service.client("S-2") as client:

        async def resolved() -> bool:
            return bool((await alert_of(client, "C-6"))["state"] == "resolved")

        await until(resolved)
        shown = [i["customer_id"] for i in (await client.get("/insights/alerts?state=open")).json()["items"]]
        assert "C-6" not in shown


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/insights/alerts?state=gone", "query.state"),
        ("/insights/alerts?since=yesterday", "query.since"),
        ("/insights/alerts?shop=1", "query.shop"),
        ("/insights/alerts?sort=title", "query.sort"),
        ("/insights/alerts?owner=a%20b", "query.owner"),
    ],
)
async def test_what_is_refused(service: Served, address: str, field: str) -> None:
    async with service.client() as client:
        answer = await client.get(address)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_until_must_be_in_the_future(service: Served) -> None:
    async with service.client() as client:
        alert_id = (await alert_of(client, "C-1"))["alert_id"]
        for past in ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00"):
            answer = await client.post(f"/insights/alerts/{alert_id}/snooze", json={"until": past})
            assert answer.status_code == 422, past
        assert (await client.get("/insights/alerts/AL-unknown")).status_code == 404


async def test_thresholds_in_versions(service: Served) -> None:
    address = "/insights/alerts/settings"
    async with service.client() as boss, service.client("li.na") as finance:
        delivered = (await finance.get(address)).json()
        body = {"version": 0, "thresholds": {"overdue": {"warning_days": 6}}, "reason": "grace"}
        assert (delivered["version"], delivered["thresholds"]["overdue"]["warning_days"]) == (0, 1)
        assert (await finance.put(address, json=body)).status_code == 403
        refused = await boss.put(address, json={**body, "thresholds": {"overdue": {"warning_days": 31}}})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "overdue.critical_days")
        assert (await boss.put(address, json=body)).json()["version"] == 1
        conflict = await boss.put(address, json=body)
        assert (conflict.status_code, conflict.json()["errors"][0]["field"]) == (409, "version")

        async def gone() -> bool:
            return bool((await alert_of(boss, "C-1"))["state"] == "resolved")

        await until(gone)
        versions = (await finance.get(f"{address}/versions")).json()["items"]
        assert [(v["version"], v["set_by"], v["reason"]) for v in versions] == [(1, "boss", "grace")]
