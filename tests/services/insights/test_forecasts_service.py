"""Forecasts over HTTP, with the background work of a running service."""

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

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _orders(customer: str, days: list[int], amount: str) -> list[Any]:
    return [
        event("order.placed", at=d, customer_id=customer, order_id=f"{customer}-{d}", amount=amount)
        for d in days
    ]


# The fifth of January is day 0: the first of March is day 55; March a year before begins with day -310.
HISTORY = [
    tick("2026-03-15"),
    event("customer.created", at=-400, customer_id="C-1", name="=Tea", region="North"),
    event("customer.created", at=-400, customer_id="C-2", name="Inn", region="South"),
    event("customer.created", at=-400, customer_id="C-3", name="Never", region="South"),
    event("customer.assigned", at=-3, customer_id="C-2", salesperson_id="S-1"),
    event(
        "follow_up.recorded",
        at=-1,
        customer_id="C-2",
        follow_up_id="F-1",
        salesperson_id="S-1",
        how="call",
        happened_at="2026-01-04T09:00:00+08:00",
    ),
    event(
        "follow_up.recorded",
        at=26,
        customer_id="C-2",
        follow_up_id="F-2",
        salesperson_id="S-1",
        how="visit",
        happened_at="2026-01-31T09:00:00+08:00",
    ),
    event(
        "follow_up.recorded",
        at=27,
        customer_id="C-3",
        follow_up_id="F-3",
        salesperson_id="S-1",
        how="visit",
        remind_on="2026-04-01",
    ),
    *_orders("C-1", [*range(0, 63, 7)], "100.00"),
    event("order.placed", at=56, customer_id="C-1", order_id="C-1-56-again", amount="20.00"),
    *_orders("C-2", [-305, -300, *range(-260, 21, 20)], "500.00"),
    event("product.created", at=-400, product_id="TEA", category="tea"),
    event("product.created", at=-400, product_id="CUP", category="ware"),
    event("product.created", at=-400, product_id="POT", category="ware"),
    event(
        "order.placed",
        at=-280,
        customer_id="C-2",
        order_id="C-2--280",
        amount="500.00",
        lines=[line("TEA", "1", "200.00"), line("CUP", "1", "200.00"), line("POT", "1", "100.00")],
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(
            http,
            "/insights/forecasts/customers",
            lambda body: (
                [
                    (item["customer_id"], item["order_days"], item["forecast_on"])
                    for item in sorted(body["items"], key=lambda i: str(i["customer_id"]))
                ]
                == [("C-1", 9, "2026-03-15"), ("C-2", 18, "2026-03-15")]
            ),
        )
        yield http


async def test_why_an_order_is_expected(client: httpx.AsyncClient) -> None:
    [item] = (await client.get("/insights/forecasts/customers/C-1")).json()
    why = item["why"]
    assert (why["order_days"], why["own_gap"], why["regularity"]) == (9, 7.0, "regular")
    assert why["silence"] == 13
    assert 0 < why["own_percent"] < 100
    assert why["own_gap"] < why["usual_gap"] < why["population_gap"]
    assert (why["population_customers"], why["population_fitted_on"]) == (2, "2026-03-15")
    assert item["earliest"] <= item["expected_day"] <= item["latest"]
    assert item["expected_day"] in why["text"]
    assert "9 order days" in why["text"]
    assert item["chance_active"] <= 1
    assert item["typical_amount"] == "100.00" or float(item["typical_amount"]) > 0
    missing = await client.get("/insights/forecasts/customers/C-3")
    assert missing.status_code == 404
    assert "C-3" in missing.json()["detail"] or "C-3" in missing.json()["title"]


async def test_gaps(client: httpx.AsyncClient) -> None:
    items = (await client.get("/insights/forecasts/gaps")).json()["items"]
    by_id = {item["customer_id"]: item for item in items}
    mine, other = by_id["C-1"], by_id["C-2"]
    assert (mine["orders"], mine["amount"]) == (1, "120.00"), "two orders of one day are one order day"
    assert (mine["last_month_orders"], mine["last_month_amount"]) == (4, "400.00")
    assert (mine["last_year_orders"], mine["last_year_gap_orders"]) == (0, -1)
    assert mine["expected_orders"] == pytest.approx(mine["rest_orders"] + 1, abs=0.01)
    assert mine["gap_orders"] == pytest.approx(mine["expected_orders"] - 1, abs=0.01)
    assert (other["orders"], other["last_year_orders"], other["last_year_amount"]) == (0, 3, "1500.00")
    assert (other["last_year_gap_orders"], other["last_year_gap_amount"]) == (3, "1500.00")
    gaps = [float(item["gap_amount"]) for item in items]
    assert gaps == sorted(gaps, reverse=True)


async def test_filters(client: httpx.AsyncClient) -> None:
    for address in ("/insights/forecasts/gaps", "/insights/forecasts/customers"):
        for asked, found in (("region=North", "C-1"), ("salesperson=S-1", "C-2")):
            items = (await client.get(f"{address}?{asked}")).json()["items"]
            assert [item["customer_id"] for item in items] == [found]
        assert (await client.get(f"{address}?currency=KWD")).json()["items"] == []
        assert (await client.get(f"{address}?sort=colour")).status_code == 422
    [mine] = (await client.get("/insights/forecasts/customers?region=North")).json()["items"]
    day = mine["expected_day"]
    on_it = (await client.get(f"/insights/forecasts/customers?from={day}&to={day}")).json()["items"]
    assert mine in on_it
    assert (await client.get("/insights/forecasts/customers?to=2026-03-15")).json()["items"] == []


async def test_csv(client: httpx.AsyncClient) -> None:
    for address in ("/insights/forecasts/gaps", "/insights/forecasts/customers"):
        answer = await client.get(f"{address}?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert sorted(row["customer_id"] for row in rows) == ["C-1", "C-2"]
        assert all(not row["name"].startswith("=") for row in rows)


async def _policy(client: httpx.AsyncClient, **life_cycle: int) -> None:
    answer = await client.post(
        "/insights/segments/policies",
        json={"policy": {"life_cycle": life_cycle}, "reason": "silence"},
        headers={"Idempotency-Key": f"dormancy-{life_cycle}".replace(" ", "")},
    )
    assert answer.status_code in {200, 201}, answer.text


async def test_dormant_customers(client: httpx.AsyncClient) -> None:
    await _policy(client, dormant_gaps=2)
    address = "/insights/dormant?from=2025-03&to=2025-04"
    items = {item["customer_id"]: item for item in (await client.get(address)).json()["items"]}
    assert set(items) == {"C-2", "C-3"}
    inn, never = items["C-2"], items["C-3"]
    assert (inn["last_order_day"], inn["silence"]) == ("2026-01-25", 49)
    assert (inn["by_days"], inn["by_rhythm"], inn["never_bought"]) == (False, True, False)
    assert 15 < inn["usual_gap"] < 49 / 2
    # The 6th, 11th and 31st of March and the 20th of April.
    assert (inn["orders"], inn["amount"]) == (4, "2000.00")
    assert (inn["products"], inn["categories"]) == (3, ["tea", "ware"])
    assert (never["products"], never["categories"]) == (0, [])
    later = (await client.get("/insights/dormant?from=2025-05&to=2025-06&customer=C-2")).json()["items"]
    assert (later[0]["products"], later[0]["categories"]) == (0, []), "of the months that are asked for"
    assert float(inn["at_stake"]) == pytest.approx(2000 * inn["chance_of_return"], abs=1.01)
    assert (never["never_bought"], never["last_order_day"], never["amount"]) == (True, None, "0.00")
    assert (never["chance_of_return"], never["at_stake"]) == (None, None)
    assert (inn["followed_up_on"], never["followed_up_on"]) == ("2026-01-31", None)
    for asked, found in (
        ("followed_up=true", ["C-2"]),
        ("followed_up=false", ["C-3"]),
        ("kind=rhythm", ["C-2"]),
        ("kind=never", ["C-3"]),
        ("kind=days", []),
        ("region=North", []),
    ):
        page = (await client.get(f"/insights/dormant?{asked}")).json()
        assert [item["customer_id"] for item in page["items"]] == found
    exported = (await client.get("/insights/dormant?format=csv")).text
    rows = list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))
    assert [row["customer_id"] for row in rows] == ["C-2", "C-3"]


async def test_dormancy_is_data(client: httpx.AsyncClient) -> None:
    await _policy(client, dormant_gaps=9, dormant_days=48)
    [inn] = (await client.get("/insights/dormant?customer=C-2")).json()["items"]
    assert (inn["by_days"], inn["by_rhythm"]) == (True, False)
    await _policy(client, dormant_gaps=9, dormant_days=49)
    assert (await client.get("/insights/dormant?customer=C-2")).json()["items"] == []


async def test_who_may_read(client: httpx.AsyncClient) -> None:
    for role in KEYS:
        answer = await client.get(
            "/insights/forecasts/gaps", headers={"Authorization": f"Bearer {KEYS[role]}"}
        )
        assert answer.status_code == (200 if role in {"sales", "finance", "manager"} else 403)
