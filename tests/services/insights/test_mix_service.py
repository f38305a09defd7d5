"""Mix over HTTP: comparisons set by managers, customers ranked by what is missing, filters, CSV and the scatter."""

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

LAUNCH = "/insights/mix/comparisons/launch"
COMPARISON: dict[str, Any] = {
    "name": "launch",
    "one": {"name": "volume", "categories": ["tea"]},
    "two": {"name": "profit", "product_ids": ["CUP"]},
    "target_percent": 20,
}
SALES = {"Authorization": f"Bearer {KEYS['sales']}"}


def _order(customer: str, tea: str, cup: str) -> Any:
    lines = [line("TEA", "1", tea), line("CUP", "1", cup)]
    return event("order.placed", customer_id=customer, order_id=f"O-{customer}", amount="500.00", lines=lines)


HISTORY = [
    event("product.created", at=-5, category="tea"),
    event("product.created", at=-5, product_id="CUP", category="cups"),
    event("customer.created", at=-4, name="=Tea house", region="North"),
    event("customer.created", at=-4, customer_id="C-2", name="Inn", region="South"),
    event("customer.created", at=-4, customer_id="C-3", name="Cups", region="South"),
    event("customer.assigned", at=-3, from_day="2025-01-01", salesperson_id="sales"),
    _order("C-1", "400.00", "20.00"),
    _order("C-2", "40.00", "0.00"),
    _order("C-3", "0.00", "90.00"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(http, "/insights/mix/comparisons", lambda found: found["items"] == [])
        body = {"comparison": COMPARISON, "reason": "spring"}
        for _ in range(2):
            answer = await http.put(LAUNCH, json=body, headers={"Idempotency-Key": "m-1"})
            assert answer.status_code == 200, answer.text
            assert answer.json()["version"] == 1
        await until(http, f"{LAUNCH}/customers", lambda found: len(found["items"]) == 3)
        yield http


async def _found(client: httpx.AsyncClient, asked: str = "") -> list[str]:
    answer = await client.get(f"{LAUNCH}/customers?{asked}")
    assert answer.status_code == 200, answer.text
    return [item["customer_id"] for item in answer.json()["items"]]


async def test_who_misses_most_comes_first(client: httpx.AsyncClient) -> None:
    first, second, third = (await client.get(f"{LAUNCH}/customers")).json()["items"]
    assert (first["customer_id"], first["one_amount"], first["two_amount"]) == ("C-1", "400.00", "20.00")
    assert (first["share_percent"], first["distance_percent"]) == (4.76, -15.24)
    assert (first["target_amount"], first["missing_amount"], first["version"]) == ("100.00", "80.00", 1)
    assert (second["customer_id"], second["missing_amount"]) == ("C-2", "10.00")
    assert (third["customer_id"], third["missing_amount"], third["share_percent"]) == ("C-3", "0.00", 100.0)


async def test_filters_sort_and_pages(client: httpx.AsyncClient) -> None:
    assert await _found(client, "below=true") == ["C-1", "C-2"]
    assert await _found(client, "below=false") == ["C-3"]
    assert await _found(client, "region=South&sort=-two") == ["C-3", "C-2"]
    assert await _found(client, "salesperson=sales") == ["C-1"]
    assert await _found(client, "customer=C-2") == ["C-2"]
    assert await _found(client, "currency=KWD") == []
    page = (await client.get(f"{LAUNCH}/customers?limit=2")).json()
    assert await _found(client, f"limit=2&cursor={page['next']}") == ["C-3"]
    assert (await client.get(f"{LAUNCH}/customers?sort=name")).status_code == 422


async def test_csv_that_no_spreadsheet_takes_for_formulas(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{LAUNCH}/customers?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["customer_id"], row["missing_amount"]) for row in rows][:2] == [
        ("C-1", "80.00"),
        ("C-2", "10.00"),
    ]
    assert rows[0]["name"].startswith("'=")


async def test_the_scatter_has_axes_line_points_and_sums(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{LAUNCH}/scatter?points=2")).json()
    assert (found["x_name"], found["y_name"], found["target_percent"]) == ("volume", "profit", 20)
    assert found["target_line"] == [{"x": "0.00", "y": "0.00"}, {"x": "400.00", "y": "100.00"}]
    assert [(p["x"], p["y"], p["below"]) for p in found["points"]] == [
        ("400.00", "20.00", True),
        ("40.00", "0.00", True),
    ]
    assert (found["customers"], found["below"], found["missing_amount"]) == (3, 2, "90.00")


async def test_salespeople_see_their_own(client: httpx.AsyncClient) -> None:
    for address in (f"{LAUNCH}/customers", f"{LAUNCH}/customers?format=csv", f"{LAUNCH}/scatter"):
        answer = await client.get(address, headers=SALES)
        assert answer.status_code == 200
        assert "C-1" in answer.text
        assert "C-2" not in answer.text
    assert (await client.get(f"{LAUNCH}/scatter", headers=SALES)).json()["customers"] == 1
    body = {"comparison": COMPARISON, "reason": "mine"}
    assert (await client.put(LAUNCH, json=body, headers=SALES)).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target_percent": 100}, "comparison.target_percent"),
        ({"target": 10}, "comparison"),
        ({"one": {"name": "volume", "categories": [""]}}, "comparison.one.categories[0]"),
        ({"two": {"name": "profit", "categories": ["tea"]}}, "comparison.two.categories.0"),
        ({"two": {"name": "profit"}}, "comparison.two.categories"),
        ({"window_months": 0}, "comparison.window_months"),
        ({"alert_from": {"XXX": "1"}}, "comparison.alert_from.XXX"),
        ({"alert_from": {"CNY": "1.005"}}, "comparison.alert_from.CNY"),
    ],
)
async def test_what_is_refused_names_its_field(
    client: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await client.put(LAUNCH, json={"comparison": {**COMPARISON, **change}, "reason": "r"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field], answer.text


async def test_versions_are_kept_and_an_ended_comparison_is_gone(client: httpx.AsyncClient) -> None:
    address = "/insights/mix/comparisons/spare"
    assert (await client.get(address)).status_code == 404
    for active in (True, False):
        body = {"comparison": COMPARISON, "reason": f"active {active}", "active": active}
        assert (await client.put(address, json=body)).status_code == 200
        listed = (await client.get("/insights/mix/comparisons")).json()["items"]
        assert [item["comparison_id"] for item in listed] == ["launch", "spare"][: 1 + active]
    versions = (await client.get(f"{address}/versions")).json()["items"]
    assert [(v["version"], v["active"], v["comparison"]["window_months"]) for v in versions] == [
        (2, False, 12),
        (1, True, 12),
    ]
    for gone in (address, f"{address}/customers", f"{address}/scatter"):
        assert (await client.get(gone)).status_code == 404
    # Last, because it moves the others: a target holds at once, whoever is derived yet.
    await client.put(LAUNCH, json={"comparison": {**COMPARISON, "target_percent": 50}, "reason": "more"})
    [first] = (await client.get(f"{LAUNCH}/customers?customer=C-1")).json()["items"]
    assert first["missing_amount"] == "380.00"
