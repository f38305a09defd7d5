"""The performance of salespeople over HTTP: league, trend, attribution, targets."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.events import event, line, tick
from tests.services.insights.serving import serving, until
from tests.services.insights.test_service import KEYS
from tests.services.insights.test_spells import follow_up

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _owner(customer: str, salesperson: str, from_day: str = "2026-01-01", at: float = -3) -> Any:
    return event(
        "customer.assigned", at=at, customer_id=customer, salesperson_id=salesperson, from_day=from_day
    )


def _order(customer: str, at: float, amount: str, seller: str | None = None) -> Any:
    lines = [line("TEA", "1", amount)]
    who = {} if seller is None else {"salesperson_id": seller}
    order_id = f"{customer}-{at}"
    return event(
        "order.placed", at=at, customer_id=customer, order_id=order_id, amount=amount, lines=lines, **who
    )


# Day 0 is the fifth of January 2026, day 27 the first of February.
HISTORY: list[Any] = [
    event("product.created", at=-9, unit_cost="20"),
    event("staff.entered", at=-9, salesperson_id="S-1", name="=Li", team="east", active_from="2025-01-01"),
    event("staff.entered", at=-9, salesperson_id="S-2", name="Wang", team="west", active_from="2025-01-01"),
    *(_owner(f"C-{n}", "S-1") for n in (1, 2, 3)),
    _owner("C-4", "S-2"),
    _owner("C-3", "S-2", "2026-02-10", at=36),
    _order("C-1", 1, "100.00"),
    _order("C-2", 2, "55.55", seller="S-2"),
    _order("C-5", 2, "30.00"),
    event("order.returned", at=30, order_id="C-1-1", amount="40.00", lines=[line("TEA", "0.5", "40.00")]),
    _order("C-3", 28, "70.00", seller="S-1"),
    _order("C-4", 29, "80.00"),
    event("payment.received", at=31, amount="60.00"),
    event("payment.received", at=32, payment_id="P-2", amount="25.00"),
    event("payment.reversed", at=33, payment_id="P-2"),
    event("credit.exposure_changed", at=34, invoiced="200.00", overdue_amount="50.00", overdue_items=1),
    event("credit.exposure_changed", at=34, customer_id="C-2", invoiced="200.00"),
    follow_up(35, "F-1", customer_id="C-1", salesperson_id="S-1"),
    follow_up(36, "F-2", customer_id="C-2", salesperson_id="S-2"),
    tick("2026-02-15"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(http, "/insights/salespeople", lambda body: _settled(body["items"]))
        yield http


def _settled(items: list[Any]) -> bool:
    rows = {i["salesperson_id"]: i for i in items}
    one, two = rows.get("S-1"), rows.get("S-2")
    return bool(
        one
        and two
        and (one["assigned"], one["follow_ups"], one["overdue"]) == (2, 1, "50.00")
        and (two["assigned"], two["active"], two["follow_ups"]) == (2, 2, 1)
        and one["collections"] == "60.00"
        and {one["name"], two["name"]} == {"=Li", "Wang"}
    )


async def _league(client: httpx.AsyncClient, asked: str = "") -> list[Any]:
    answer = await client.get(f"/insights/salespeople?{asked}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_league_of_a_month(client: httpx.AsyncClient) -> None:
    two, one = await _league(client)
    # C-3 was S-1's when it ordered, and is S-2's now: the sale is the one's, the active customer the other's.
    assert (one["salesperson_id"], one["assigned"], one["active"], one["active_percent"]) == (
        "S-1",
        2,
        0,
        0.0,
    )
    assert (two["salesperson_id"], two["assigned"], two["active"], two["active_percent"]) == (
        "S-2",
        2,
        2,
        100.0,
    )
    assert (one["sales"], one["profit"], one["collections"]) == ("30.00", "20.00", "60.00")
    assert (two["sales"], two["profit"], two["collections"]) == ("80.00", "60.00", "0.00")
    assert (one["overdue"], one["receivables"], one["overdue_percent"]) == ("50.00", "400.00", 12.5)
    assert (two["overdue"], two["overdue_percent"]) == (None, None)
    assert (one["follow_ups"], two["follow_ups"], one["revived"]) == (1, 1, 0)
    assert one["target_percent"] is None


async def test_a_past_month_is_judged_by_its_owner_then(client: httpx.AsyncClient) -> None:
    rows = {i["salesperson_id"]: i for i in await _league(client, "month=2026-01")}
    assert {s: (i["assigned"], i["active"], i["sales"]) for s, i in rows.items()} == {
        "S-1": (3, 2, "155.55"),
        "S-2": (1, 0, "0.00"),
        None: (0, 0, "30.00"),
    }
    assert rows["S-1"]["overdue"] is None


async def test_filters_sorts_and_csv(client: httpx.AsyncClient) -> None:
    assert [i["salesperson_id"] for i in await _league(client, "sort=-assigned&team=east")] == ["S-1"]
    assert [i["salesperson_id"] for i in await _league(client, "sort=active_percent")] == ["S-1", "S-2"]
    assert [i["salesperson_id"] for i in await _league(client, "sort=-collections&limit=1")] == ["S-1"]
    answer = await client.get("/insights/salespeople?format=csv&sort=active_percent")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["salesperson_id"] for row in rows] == ["S-1", "S-2"]
    assert not rows[0]["name"].startswith("=")
    for asked, field in (
        ("sort=luck", "sort"),
        ("month=2026-13", "month"),
        ("format=csv&cursor=x", "cursor"),
    ):
        refused = await client.get(f"/insights/salespeople?{asked}")
        assert refused.status_code == 422
        assert field in refused.text


async def test_along_the_months(client: httpx.AsyncClient) -> None:
    answer = await client.get("/insights/salespeople/S-1/months")
    found = [(i["month"], i["assigned"], i["sales"]) for i in answer.json()["items"]]
    assert found == [("2026-02", 2, "30.00"), ("2026-01", 3, "155.55")]
    one = await client.get("/insights/salespeople/S-1/months?from=2026-01&to=2026-01")
    assert [i["month"] for i in one.json()["items"]] == ["2026-01"]
    refused = await client.get("/insights/salespeople/S-1/months?from=2026-02&to=2026-01")
    assert refused.status_code == 422
    mine = {"Authorization": f"Bearer {KEYS['sales']}"}
    assert (await client.get("/insights/salespeople/S-1/months", headers=mine)).status_code == 404


async def _put(client: httpx.AsyncClient, body: Any, key: str, role: str = "manager") -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEYS[role]}", "Idempotency-Key": key}
    return await client.post("/insights/salespeople/policies", json=body, headers=headers)


async def test_targets_and_attribution_in_versions(client: httpx.AsyncClient) -> None:
    policy = {"active_rate_percent": 60, "people": {"S-2": 70}, "owner_percent": 70}
    body = {"from_day": "2026-01-01", "policy": policy, "reason": "from this year on"}
    stored = await _put(client, body, "k-1")
    assert (stored.status_code, stored.json()["version"]) == (201, 1)
    assert (await _put(client, body, "k-1")).json() == stored.json()
    rows = {i["salesperson_id"]: i for i in await _league(client, "month=2026-01")}
    # 70 % of 55.55 less than half a cent stays with the owner's part, the seller has the rest.
    assert (rows["S-1"]["sales"], rows["S-2"]["sales"]) == ("138.88", "16.67")
    assert (rows["S-1"]["target_percent"], rows["S-2"]["target_percent"]) == (60, 70)
    below = await _league(client, "below_target=true")
    assert [(i["salesperson_id"], i["target_percent"]) for i in below] == [("S-1", 60)]
    alerts = await until(client, "/insights/alerts?kind=active_rate_low", lambda page: page["items"])
    assert [a["subject"] for a in alerts["items"]] == ["S-1"]
    assert (await _put(client, {**body, "from_day": "2026-03-01"}, "k-2")).json()["version"] == 2
    listed = (await client.get("/insights/salespeople/policies")).json()
    assert [(p["version"], p["from_day"]) for p in listed] == [
        (2, "2026-03-01"),
        (1, "2026-01-01"),
        (0, None),
    ]
    assert (await _league(client, "month=2026-02"))[0]["target_percent"] == 70
    for wrong, field in (
        ({"policy": {"active_rate_percent": 101}}, "policy.active_rate_percent"),
        ({"policy": {"people": {"S-1": -1}}}, "policy.people"),
        ({"policy": {"luck": 1}}, "policy"),
        ({"from_day": "2026-01-02"}, "from_day"),
        ({"reason": ""}, "reason"),
    ):
        refused = await _put(client, body | wrong, f"k-{field}")
        assert refused.status_code == 422, wrong
        assert field in refused.text, refused.text
    assert (await _put(client, body, "k-9", "sales")).status_code == 403


async def test_who_may_read(client: httpx.AsyncClient) -> None:
    for role in KEYS:
        headers = {"Authorization": f"Bearer {KEYS[role]}"}
        answer = await client.get("/insights/salespeople", headers=headers)
        assert answer.status_code == (200 if role in {"sales", "finance", "manager"} else 403)
