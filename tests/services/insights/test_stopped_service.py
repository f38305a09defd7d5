"""Stopped products over HTTP: ranked per customer and overall, filtered, as CSV, and with the rule as data."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.events import event, line
from tests.services.insights.serving import serving, until
from tests.services.insights.test_service import KEYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOPPED = "/insights/stopped-products"


def _orders(customer: str, product: str, amount: str, *days: int) -> list[Any]:
    return [
        event(
            "order.placed",
            at=day,
            customer_id=customer,
            order_id=f"O-{customer}-{product}-{day}",
            lines=[line(product, "1", amount)],
        )
        for day in days
    ]


HISTORY = [
    event("product.created", at=-5, name="Longjing", category="tea"),
    event("customer.created", at=-4, name="=Tea house", region="North"),
    event("customer.created", at=-4, customer_id="C-2", name="Inn", region="South"),
    event("customer.assigned", at=-3, from_day="2025-01-01", salesperson_id="sales"),
    *_orders("C-1", "TEA", "20.00", 0, 10, 20),
    *_orders("C-1", "CUP", "5.00", 0, 9, 20),
    *_orders("C-1", "RICE", "1.00", 20, 50),
    *_orders("C-2", "TEA", "10.00", 0, 10, 20),
    *[event("clock.day_started", at=60, day="2026-03-06", partition=p) for p in (0, 1)],
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(http, STOPPED, lambda found: len(found["items"]) == 3)
        yield http


async def _found(client: httpx.AsyncClient, asked: str) -> list[tuple[str, str]]:
    answer = await client.get(f"{STOPPED}?{asked}")
    assert answer.status_code == 200, answer.text
    return [(item["customer_id"], item["product_id"]) for item in answer.json()["items"]]


async def test_the_greatest_value_comes_first(client: httpx.AsyncClient) -> None:
    first, second, third = (await client.get(STOPPED)).json()["items"]
    assert (first["customer_id"], first["product_id"], first["at_stake"]) == ("C-1", "TEA", "60.00")
    assert (first["product_name"], first["purchases"], first["usual_gap"]) == ("Longjing", 3, 10.0)
    assert (first["last_day"], first["stopped_on"]) == ("2026-01-25", "2026-02-25")
    assert (first["silence"], first["ordered_since"]) == (40, 1)
    assert (second["customer_id"], second["at_stake"], second["ordered_since"]) == ("C-2", "30.00", 0)
    assert (third["product_id"], third["at_stake"]) == ("CUP", "15.00")


async def test_filters_sort_and_pages(client: httpx.AsyncClient) -> None:
    assert await _found(client, "customer=C-1") == [("C-1", "TEA"), ("C-1", "CUP")]
    assert await _found(client, "region=South") == [("C-2", "TEA")]
    assert await _found(client, "product_category=tea&sort=at_stake") == [("C-2", "TEA"), ("C-1", "TEA")]
    assert await _found(client, "still_ordering=true") == [("C-1", "TEA"), ("C-1", "CUP")]
    assert await _found(client, "still_ordering=false") == [("C-2", "TEA")]
    assert await _found(client, "product=CUP") == [("C-1", "CUP")]
    assert await _found(client, "currency=KWD") == []
    page = (await client.get(f"{STOPPED}?limit=2&sort=-gap")).json()
    assert len(await _found(client, f"limit=2&sort=-gap&cursor={page['next']}")) == 1
    assert (await client.get(f"{STOPPED}?sort=name")).status_code == 422


async def test_sums_per_customer_and_product(client: httpx.AsyncClient) -> None:
    customers = (await client.get(f"{STOPPED}/totals")).json()["items"]
    assert [(t["key"], t["products"], t["at_stake"]) for t in customers] == [
        ("C-1", 2, "75.00"),
        ("C-2", 1, "30.00"),
    ]
    products = (await client.get(f"{STOPPED}/totals?by=product")).json()["items"]
    assert [(t["key"], t["name"], t["customers"], t["at_stake"]) for t in products] == [
        ("TEA", "Longjing", 2, "90.00"),
        ("CUP", "", 1, "15.00"),
    ]


async def test_csv_that_no_spreadsheet_takes_for_formulas(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{STOPPED}?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["at_stake"] for row in rows] == ["60.00", "30.00", "15.00"]
    assert rows[0]["name"].startswith("'=")


async def test_salespeople_see_their_own(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {KEYS['sales']}"}
    for address in (STOPPED, f"{STOPPED}/totals", f"{STOPPED}?format=csv"):
        answer = await client.get(address, headers=headers)
        assert answer.status_code == 200
        assert "C-1" in answer.text
        assert "C-2" not in answer.text
    [tea, _] = (await client.get(f"{STOPPED}/totals?by=product", headers=headers)).json()["items"]
    assert (tea["customers"], tea["at_stake"]) == (1, "60.00")


async def test_the_rule_is_data(client: httpx.AsyncClient) -> None:
    address = "/insights/segments/policies"
    wrong = await client.post(address, json={"policy": {"stopped": {"least_purchases": 1}}, "reason": "r"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "policy.stopped.least_purchases"
    body = {"policy": {"stopped": {"least_purchases": 2, "gaps": 5}}, "reason": "later"}
    assert (await client.post(address, json=body)).status_code == 201
    await until(client, STOPPED, lambda found: found["items"] == [])
