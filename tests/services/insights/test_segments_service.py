"""Segments over HTTP, with the background work of a running service."""

import csv
import io
from collections import Counter
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
from tests.workbooks import lines_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

AMOUNTS = {"C-1": "790.00", "C-2": "150.00", "C-3": "60.00"}
HISTORY = [
    event("product.created", at=-5, unit_cost="20"),
    event("customer.created", at=-4, customer_id="C-1", name="=Tea house", region="North", category="retail"),
    event("customer.created", at=-4, customer_id="C-2", name="Inn", region="South", category="retail"),
    event("customer.created", at=-4, customer_id="C-3", name="Shop", region="South", category="shop"),
    event("customer.assigned", at=-3, customer_id="C-2", salesperson_id="S-1"),
    *(
        event(
            "order.placed",
            customer_id=id_,
            order_id=f"O-{id_}",
            amount=amount,
            lines=[line("TEA", "2", amount)],
        )
        for id_, amount in AMOUNTS.items()
    ),
    event("order.placed", customer_id="C-3", order_id="O-K", currency="KWD", amount="1.500"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(http, "/insights/segments/customers", lambda body: _overall(body) == "AAB")
        yield http


def _overall(body: Any) -> str:
    items = sorted(body.get("items", []), key=lambda item: str(item["customer_id"]))
    return "".join(item["amount_class"] or "-" for item in items)


async def test_customers_with_values_and_classes(client: httpx.AsyncClient) -> None:
    items = (await client.get("/insights/segments/customers")).json()["items"]
    assert [item["customer_id"] for item in items] == ["C-1", "C-2", "C-3"]
    assert items[1] == {
        "customer_id": "C-2",
        "name": "Inn",
        "region": "South",
        "category": "retail",
        "business_form": "",
        "salesperson_id": "S-1",
        "currency": "CNY",
        "overall": "A",
        "orders": 1,
        "orders_class": "A",
        "amount": "150.00",
        "amount_class": "A",
        "products": 1,
        "products_class": "A",
        "profit": "110.00",
        "profit_class": "B",
        "margin_percent": "73.3333",
        "margin_class": "B",
        "quantity": "2",
        "quantity_class": "A",
        "collections": "0.00",
        "collections_class": None,
        "last_order_day": "2026-01-05",
        "recency": 5,
        "frequency": 5,
        "monetary": 4,
        "rfm_group": "champions",
        "tier": "lead",
        "grade": "B",
        "grade_percent": 59,
        "stage": "new",
    }


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"class": "A", "dimension": "amount"}, ["C-1", "C-2"]),
        ({"region": "South"}, ["C-2", "C-3"]),
        ({"region": "South", "category": "shop"}, ["C-3"]),
        ({"salesperson": "S-1"}, ["C-2"]),
        ({"currency": "KWD"}, ["C-3"]),
        ({"tier": "platinum"}, ["C-1"]),
        ({"stage": "new", "grade": "B"}, ["C-2"]),
        ({"sort": "margin"}, ["C-3", "C-2", "C-1"]),
        ({"sort": "customer", "limit": "2"}, ["C-1", "C-2"]),
    ],
)
async def test_filters(client: httpx.AsyncClient, filters: dict[str, str], expected: list[str]) -> None:
    answer = await client.get("/insights/segments/customers", params=filters)
    assert [item["customer_id"] for item in answer.json()["items"]] == expected


async def test_pages_of_a_ranking_inside_a_filter(client: httpx.AsyncClient) -> None:
    address, found, cursor = "/insights/segments/ranking", [], None
    while True:
        params: dict[str, Any] = {"region": "South", "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(address, params=params)).json()
        found += page["items"]
        if (cursor := page["next"]) is None:
            break
    places = [
        (i["customer_id"], i["rank"], i["abc_class"], i["above_percent"], i["share_percent"]) for i in found
    ]
    assert places == [("C-2", 1, "A", "0.00", "71.42"), ("C-3", 2, "A", "71.42", "28.57")]


async def test_distribution(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/insights/segments/distribution", params={"by": "region", "dimension": "amount"}
    )
    assert [(row["group"], row["abc_class"], row["customers"], row["amount"]) for row in answer.json()] == [
        ("North", "A", 1, "790.00"),
        ("South", "A", 1, "150.00"),
        ("South", "B", 1, "60.00"),
    ]


@pytest.mark.parametrize("dimension", ["overall", "rfm_group", "tier", "grade", "stage"])
async def test_distribution_over_groups(client: httpx.AsyncClient, dimension: str) -> None:
    found = (await client.get("/insights/segments/customers")).json()["items"]
    rows = (await client.get("/insights/segments/distribution", params={"dimension": dimension})).json()
    counted = {row["abc_class"]: row["customers"] for row in rows}
    assert counted == Counter(item[dimension] for item in found)


@pytest.mark.parametrize(("search", "names"), [("c-2", ["C-2"]), ("tea HOUSE", ["C-1"]), ("%", [])])
async def test_somebody_is_looked_for(client: httpx.AsyncClient, search: str, names: list[str]) -> None:
    everybody = (await client.get("/insights/segments/ranking")).json()["items"]
    for address in ("customers", "ranking"):
        answer = (await client.get(f"/insights/segments/{address}", params={"search": search})).json()[
            "items"
        ]
        assert [item["customer_id"] for item in answer] == names
    assert answer == [item for item in everybody if item["customer_id"] in names]


async def test_why(client: httpx.AsyncClient) -> None:
    why = (await client.get("/insights/segments/customers/C-2/why")).json()
    assert (why["window_from"], why["window_to"], why["months"]) == ("2025-02", "2026-01", ["2026-01"])
    assert (why["overall"], why["points"], why["weight"]) == ("A", 800, 10)
    amount = why["dimensions"][1]
    assert amount == {
        "dimension": "amount",
        "abc_class": "A",
        "value": "150.00",
        "rank": 2,
        "ranked": 3,
        "share_percent": "15.00",
        "above_percent": "79.00",
        "a_until_percent": 82,
        "b_until_percent": 97,
        "a_from": "150.00",
        "b_from": "60.00",
        "weight": 3,
        "because": "A until 82 % (80 % and 2 kept): customers with a greater value make 79.00 % of the total",
    }
    assert why["dimensions"][6]["abc_class"] is None
    assert (why["grade"], why["grade_percent"], why["service"]["price"]) == ("B", 59, "volume price")
    factors = {factor["factor"]: (factor["points"], factor["weight"]) for factor in why["factors"]}
    assert factors == {
        "standing": (None, 2),
        "sales": (75, 3),
        "margin": (50, 2),
        "prospects": (None, 1),
        "profit": (50, 3),
    }


async def test_one_customer_in_every_currency(client: httpx.AsyncClient) -> None:
    items = (await client.get("/insights/segments/customers/C-3")).json()
    assert [(item["currency"], item["amount"]) for item in items] == [("CNY", "60.00"), ("KWD", "1.500")]


@pytest.mark.parametrize(
    ("address", "rows"), [("customers", 3), ("ranking", 3), ("distribution", 2), ("changes", 0)]
)
async def test_csv_is_safe_and_whole(client: httpx.AsyncClient, address: str, rows: int) -> None:
    answer = await client.get(
        f"/insights/segments/{address}",
        params={"format": "csv"} | ({"dimension": "amount"} if rows == 2 else {}),
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(found) == rows
    workbook = await client.get(
        f"/insights/segments/{address}",
        params={"format": "xlsx"} | ({"dimension": "amount"} if rows == 2 else {}),
    )
    lines = lines_of(workbook.content)
    assert len(lines) == rows
    if rows == 3:
        assert found[0]["name"] == "'=Tea house"
        assert lines[0]["name"] == "=Tea house"


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("customers/nobody", 404, None),
        ("customers/nobody/why", 404, None),
        ("customers?class=D", 422, "query.class"),
        ("customers?sort=name", 422, "query.sort"),
        ("ranking?dimension=size", 422, "query.dimension"),
        ("distribution?by=size", 422, "query.by"),
        ("customers?format=csv&cursor=x", 422, "query.cursor"),
    ],
)
async def test_what_is_refused(
    client: httpx.AsyncClient, address: str, status: int, field: str | None
) -> None:
    answer = await client.get(f"/insights/segments/{address}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    if field is not None:
        assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"abc": {"a_percent": 101}}, "policy.abc.a_percent"),
        ({"abc": {"a_percents": 70}}, "policy.abc"),
        ({"abc": {"a_percent": 96}}, "policy.abc.b_percent"),
        ({"abc": {"keep_percent": 10}}, "policy.abc.keep_percent"),
        ({"abc": {"weights": {"orders": -1}}}, "policy.abc.weights.orders"),
        ({"window_months": 0}, "policy.window_months"),
    ],
)
async def test_a_policy_that_contradicts_itself_is_refused(
    client: httpx.AsyncClient, policy: dict[str, Any], field: str
) -> None:
    answer = await client.post("/insights/segments/policies", json={"policy": policy, "reason": "try"})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_new_policy_is_in_force_seconds_later_once_and_kept(client: httpx.AsyncClient) -> None:
    address = "/insights/segments/policies"
    body = {"policy": {"abc": {"a_percent": 60, "keep_percent": 1}}, "reason": "fewer A"}
    sales = {"Authorization": f"Bearer {KEYS['sales']}"}
    assert (await client.post(address, json=body, headers=sales)).status_code == 403
    for _ in range(2):
        answer = await client.post(address, json=body, headers={"Idempotency-Key": "p-1"})
        assert (answer.status_code, answer.json()["version"]) == (201, 1)
    await until(client, "/insights/segments/customers", lambda found: _overall(found) == "ABB")
    versions = (await client.get(address)).json()
    assert [(v["version"], v["policy"]["abc"]["a_percent"], v["reason"]) for v in versions] == [
        (1, 60, "fewer A"),
        (0, 80, "the service came with it"),
    ]
    [change] = (await client.get("/insights/segments/changes")).json()["items"]
    assert (change["customer_id"], change["policy_version"]) == ("C-2", 1)
    assert change["moved"][0] | {"dimension": "amount", "previous": "A", "current": "B"} == change["moved"][0]
