"""The parts of a customer's page that insights draws, over HTTP."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.events import event, line
from tests.services.insights.serving import serving, until
from tests.services.insights.test_service import KEYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG_AGO = -1200
"""Days before the usual beginning: to the pages today is the day that the events have reached, not the wall clock's."""
LINES = [line("TEA", "2", "60.00"), line("CUP", "1", "40.00")]
HISTORY = [
    event("product.created", at=LONG_AGO - 5, unit_cost="20", name="Longjing", category="tea"),
    event("customer.created", at=LONG_AGO - 4, name="Tea house", region="North"),
    event("customer.created", at=LONG_AGO - 4, customer_id="C-2", name="Inn", region="South"),
    event("customer.assigned", at=LONG_AGO - 3, salesperson_id="sales"),
    *(event("order.placed", at=LONG_AGO + 7 * week, order_id=f"O-{week}", lines=LINES) for week in range(12)),
]
PARTS = ("alerts", "rhythm", "trend", "classes")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(
            http,
            "/insights/forecasts/customers/C-1",
            lambda body: [one["order_days"] for one in body] == [12],
        )
        yield http


async def part(client: httpx.AsyncClient, what: str, customer: str = "C-1", role: str = "manager") -> str:
    headers = {"Authorization": f"Bearer {KEYS[role]}", "Accept-Language": "en"}
    answer = await client.get(f"/console/insights/customer/{customer}/{what}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_rhythm_says_when_and_why(client: httpx.AsyncClient) -> None:
    [forecast] = (await client.get("/insights/forecasts/customers/C-1")).json()
    text = await part(client, "rhythm")
    assert f'datetime="{forecast["expected_day"]}"' in text
    assert "12 days with an order, 7 days apart" in text
    assert f"counts for {forecast['why']['own_percent']}%" in text


async def test_the_trend_has_every_month_with_sales_and_margin(client: httpx.AsyncClient) -> None:
    margins = (await client.get("/insights/margins?by=month&customer=C-1")).json()["items"]
    text = await part(client, "trend")
    for margin in margins:
        row = re.search(rf'<th scope="row">{margin["key"]}</th>(.*?)</tr>', text, re.DOTALL)
        assert row is not None
        assert f"{float(margin['amount']):,.2f}" in row[1]
        assert f"{float(margin['profit']):,.2f}" in row[1]
        assert f"{margin['margin_percent']:.1f}%" in text
    assert len(margins) > 1


async def test_the_classes_are_those_of_the_segments(client: httpx.AsyncClient) -> None:
    text = await part(client, "classes")
    assert "CN¥1,200.00" in text
    assert re.search(r'<dd class="big">A<small>', text)


async def test_a_customer_without_trade_says_so(client: httpx.AsyncClient) -> None:
    assert "No order is forecast yet" in await part(client, "rhythm", "C-2")
    assert "Nothing was sold in the last two years" in await part(client, "trend", "C-2")
    assert "Nothing in the last 12 months to class" in await part(client, "classes", "C-2")
    assert "No alert is open" in await part(client, "alerts", "C-2")


async def test_whose_customer_it_is_decides_who_sees_the_parts(client: httpx.AsyncClient) -> None:
    statuses = {}
    for what in PARTS:
        for customer in ("C-1", "C-2"):
            for role in ("sales", "ops"):
                headers = {"Authorization": f"Bearer {KEYS[role]}"}
                address = f"/console/insights/customer/{customer}/{what}"
                statuses[what, customer, role] = (await client.get(address, headers=headers)).status_code
    wanted = {("C-1", "sales"): 200, ("C-2", "sales"): 404, ("C-1", "ops"): 403, ("C-2", "ops"): 403}
    assert statuses == {(what, *key): status for what in PARTS for key, status in wanted.items()}
