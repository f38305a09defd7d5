"""Margins over HTTP: by everything, compared, along time, and down to the lines of documents."""

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

pytestmark = pytest.mark.asyncio(loop_scope="module")

TWO = [line("TEA", "2", "60.00"), line("CUP", "1", "40.00")]
HISTORY = [
    event("product.created", at=-5, unit_cost="20", name="Longjing", category="tea"),
    event("product.changed", at=20, revision=2, unit_cost="25", name="Longjing", category="tea"),
    event("customer.created", at=-4, name="Tea house", region="North"),
    event("customer.created", at=-4, customer_id="C-2", name="=Inn", region="South"),
    event("customer.created", at=-4, customer_id="C-3", name="Cups", region="South"),
    event("customer.assigned", at=-3, salesperson_id="S-1"),
    event("order.placed", salesperson_id="S-2", lines=TWO),
    event("order.placed", at=31, order_id="O-2", amount="90.00", lines=[line("TEA", "3", "90.00")]),
    event("order.returned", at=33, order_id="O-1", amount="30.00", lines=[line("TEA", "1", "30.00")]),
    event("order.placed", at=1, order_id="O-3", lines=TWO),
    event("credit.order_held", at=1.01, order_id="O-3"),
    event(
        "order.placed",
        at=1,
        customer_id="C-2",
        order_id="O-1",
        amount="50.00",
        lines=[line("TEA", "1", "50.00")],
    ),
    event(
        "order.placed",
        at=1,
        customer_id="C-3",
        order_id="O-8",
        amount="40.00",
        lines=[line("CUP", "1", "40.00")],
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(
            http,
            "/insights/margins",
            lambda body: (
                {
                    item["key"]: (item["orders"], item["returned_amount"], item["cost"])
                    for item in body["items"]
                }
                == {"C-1": (2, "30.00", "95.00"), "C-2": (1, "0.00", "20.00"), "C-3": (1, "0.00", "0.00")}
            ),
        )
        yield http


async def _found(client: httpx.AsyncClient, asked: str) -> dict[str, Any]:
    answer = await client.get(f"/insights/margins?{asked}")
    assert answer.status_code == 200, answer.text
    return {item["key"]: (item["profit"], item["margin_percent"]) for item in answer.json()["items"]}


async def test_by_customer_with_cost_as_of_the_sale(client: httpx.AsyncClient) -> None:
    # Sold 60 + 90 - 30 of tea at 2 * 20 + 3 * 25 - 20; what cups cost is not known, so they are in no profit.
    first, second, third = (await client.get("/insights/margins")).json()["items"]
    assert [item["key"] for item in (first, second, third)] == ["C-2", "C-1", "C-3"]
    assert (second["name"], second["amount"], second["costed_amount"]) == ("Tea house", "190.00", "120.00")
    assert (second["profit"], second["margin_percent"]) == ("25.00", 20.83)
    assert (third["profit"], third["margin_percent"], third["amount"]) == (None, None, "40.00")


async def test_by_product_salesperson_seller_and_month(client: httpx.AsyncClient) -> None:
    assert await _found(client, "by=product") == {"TEA": ("55.00", 32.35), "CUP": (None, None)}
    assert await _found(client, "by=salesperson") == {"S-1": ("25.00", 20.83), "": ("30.00", 60.0)}
    assert await _found(client, "by=seller&customer=C-1") == {"S-2": ("10.00", 33.33), "": ("15.00", 16.67)}
    assert await _found(client, "by=month") == {"2026-01": ("50.00", 45.45), "2026-02": ("5.00", 8.33)}


async def test_compared_filtered_and_along_time(client: httpx.AsyncClient) -> None:
    assert list(await _found(client, "customer=C-1&customer=C-3")) == ["C-1", "C-3"]
    assert list(await _found(client, "region=South")) == ["C-2", "C-3"]
    assert await _found(client, "salesperson=S-1&to=2026-01") == {"C-1": ("20.00", 33.33)}
    trend = await _found(client, "by=month&customer=C-1")
    assert trend == {"2026-01": ("20.00", 33.33), "2026-02": ("5.00", 8.33)}
    assert await _found(client, "by=month&product=TEA&customer=C-2") == {"2026-01": ("30.00", 60.0)}
    assert await _found(client, "currency=KWD") == {}


async def test_down_to_the_lines_of_documents(client: httpx.AsyncClient) -> None:
    items = (await client.get("/insights/margins/documents?customer=C-1&sort=day")).json()["items"]
    found = [(item["kind"], item["document_id"], item["profit"]) for item in items]
    assert found == [("order", "O-1", "20.00"), ("order", "O-2", "15.00"), ("return", "R-1", "-10.00")]
    lines = (await client.get("/insights/margins/customers/C-1/order/O-1")).json()
    assert [(item["product_id"], item["cost"], item["profit"]) for item in lines] == [
        ("CUP", None, None),
        ("TEA", "40.00", "20.00"),
    ]
    held = await client.get("/insights/margins/customers/C-1/order/O-3")
    assert held.status_code == 404
    first = (await client.get("/insights/margins/documents?limit=2")).json()
    rest = (await client.get(f"/insights/margins/documents?limit=9&cursor={first['next']}")).json()
    assert [item["document_id"] for item in first["items"] + rest["items"]] == [
        "O-8",
        "R-1",
        "O-2",
        "O-1",
        "O-1",
    ]


async def test_pages_of_a_trend(client: httpx.AsyncClient) -> None:
    first = (await client.get("/insights/margins?by=month&limit=1")).json()
    rest = (await client.get(f"/insights/margins?by=month&limit=1&cursor={first['next']}")).json()
    assert [item["key"] for item in first["items"] + rest["items"]] == ["2026-01", "2026-02"]


async def test_refused_and_csv(client: httpx.AsyncClient) -> None:
    for asked in ("by=product&salesperson=S-1", "by=seller&product=TEA", "by=colour", "sort=colour"):
        assert (await client.get(f"/insights/margins?{asked}")).status_code == 422
    answer = await client.get("/insights/margins?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["key"] for row in rows] == ["C-2", "C-1", "C-3"]
    assert rows[0]["name"] != "=Inn"
