"""The whole service on a real PostgreSQL and a real broker: events in, facts out over HTTP."""

import asyncio
import csv
import io
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from contracts.codec import encode
from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by, partition_of
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.insights.app import service
from services.kit.http.app import create_app
from services.kit.http.exports import MEDIA_TYPES
from services.kit.migrate import migrate
from services.kit.settings import Settings
from tests.services.insights.events import event, line
from tests.workbooks import lines_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTITIONS = 2
KEYS = {role: f"{role}-key-0123456789" for role in ("sales", "finance", "manager", "ops", "system")}
TIMEOUT_S = 60.0

HISTORY = [
    event("product.created", at=-5, unit_cost="20", name="Longjing", category="tea"),
    event("customer.created", at=-4, name="Tea house", region="North", category="retail"),
    event("customer.created", at=-4, customer_id="=C-2", name="Other", region="South"),
    event("customer.assigned", at=-3, salesperson_id="S-1"),
    event("order.placed", salesperson_id="S-2", lines=[line("TEA", "2", "60.00")]),
    event("credit.order_approved", at=0.01),
    event("order.placed", at=31, order_id="O-2", amount="50.00", lines=[line("TEA", "1", "30.00")]),
    event("order.placed", at=32, order_id="O-3", amount="9.00"),
    event("credit.order_held", at=32.01, order_id="O-3"),
    event("order.returned", at=33, amount="30.00", lines=[line("TEA", "1", "30.00")]),
    event("payment.received", at=34, amount="80.00"),
    event("payment.reversed", at=35),
    event("order.placed", at=1, customer_id="=C-2", order_id="O-9", amount="7.00"),
]


async def publish(broker: TansuBroker, prefix: str, events: Iterable[Event[Any]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
    await producer.start()
    try:
        for published in events:
            topic, key = EVENT_TYPES[published.type].TOPIC, published.key.encode()
            everywhere = range(PARTITIONS) if topic == "products" else [partition_of(key, PARTITIONS)]
            for partition in everywhere:
                await producer.send_and_wait(prefix + topic, encode(published), key, partition)
    finally:
        await producer.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    name = f"insights_http_{uuid.uuid4().hex[:8]}"
    url = await asyncio.to_thread(postgres_server.create_database, name)
    await migrate(url, ["insights"])
    prefix = f"{name}."
    topics: list[tuple[str, int, dict[str, str]]] = [
        (prefix + topic, PARTITIONS, {}) for topic in (*consumed_by("insights"), "dead-letters")
    ]
    await ensure_topics(tansu_server.bootstrap, topics)
    settings = Settings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap": tansu_server.bootstrap,
            "kafka_idempotence": False,
            "topic_prefix": prefix,
            "partitions": PARTITIONS,
            "api_keys": ",".join(f"{key}:{role}" for role, key in KEYS.items()),
        }
    )
    app = create_app(service, settings)
    transport = httpx.ASGITransport(app=app)
    as_manager = {"Authorization": f"Bearer {KEYS['manager']}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=as_manager) as http,
    ):
        await publish(tansu_server, prefix, [*HISTORY, *HISTORY[:3]])
        deadline = time.monotonic() + TIMEOUT_S
        while not await _arrived(http):
            assert time.monotonic() < deadline, "the events did not arrive"
            await asyncio.sleep(0.1)
        yield http


async def _arrived(http: httpx.AsyncClient) -> bool:
    """Whether the last event of each customer has been applied."""
    months = (await http.get("/insights/customers/C-1/months")).json().get("items", [])
    other = await http.get("/insights/customers/=C-2/months")
    return bool(months and months[0]["reversed"] == "80.00" and other.json().get("items"))


async def test_months_of_a_customer(client: httpx.AsyncClient) -> None:
    answer = await client.get("/insights/customers/C-1/months")
    february, january = answer.json()["items"]
    assert january == {
        "month": "2026-01",
        "currency": "CNY",
        "orders": 1,
        "amount": "100.00",
        "quantity": "2",
        "distinct_products": 1,
        "costed_amount": "60.00",
        "cost": "40.00",
        "profit": "20.00",
        "held_orders": 0,
        "held_amount": "0.00",
        "payments": 0,
        "received": "0.00",
        "reversed": "0.00",
        "collected": "0.00",
        "returns": 0,
        "returned_amount": "0.00",
        "returned_quantity": "0",
        "returned_profit": None,
    }
    assert {name: february[name] for name in ("month", "orders", "amount", "held_orders", "held_amount")} == {
        "month": "2026-02",
        "orders": 1,
        "amount": "50.00",
        "held_orders": 1,
        "held_amount": "9.00",
    }
    assert (february["received"], february["collected"]) == ("80.00", "0.00")
    assert (february["returns"], february["returned_profit"]) == (1, "10.00")


async def test_pages_and_months_asked_for(client: httpx.AsyncClient) -> None:
    address = "/insights/customers/C-1/months"
    first = (await client.get(address, params={"limit": 1})).json()
    rest = (await client.get(address, params={"limit": 1, "cursor": first["next"]})).json()
    assert [first["items"][0]["month"], rest["items"][0]["month"], rest["next"]] == [
        "2026-02",
        "2026-01",
        None,
    ]
    upwards = (await client.get(address, params={"sort": "month"})).json()
    assert [item["month"] for item in upwards["items"]] == ["2026-01", "2026-02"]
    only = (await client.get(address, params={"from": "2026-02", "to": "2026-02"})).json()
    assert [item["month"] for item in only["items"]] == ["2026-02"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"2026-01": (2, "107.00"), "2026-02": (1, "50.00")}),
        ({"region": "North"}, {"2026-01": (1, "100.00"), "2026-02": (1, "50.00")}),
        ({"region": "North", "category": "wholesale"}, {}),
        ({"salesperson": "S-1"}, {"2026-01": (1, "100.00"), "2026-02": (1, "50.00")}),
        ({"seller": "S-2"}, {"2026-01": (1, "100.00"), "2026-02": (0, "0.00")}),
        ({"seller": "S-2", "region": "South"}, {}),
    ],
)
async def test_months_of_the_company(
    client: httpx.AsyncClient, filters: dict[str, str], expected: dict[str, tuple[int, str]]
) -> None:
    items = (await client.get("/insights/months", params=filters)).json()["items"]
    assert {item["month"]: (item["customers"], item["amount"]) for item in items} == expected


async def test_months_of_a_product(client: httpx.AsyncClient) -> None:
    february, january = (await client.get("/insights/products/TEA/months")).json()["items"]
    assert (january["customers"], january["orders"], january["amount"], january["profit"]) == (
        1,
        1,
        "60.00",
        "20.00",
    )
    assert (february["quantity"], february["returned_quantity"]) == ("1", "1")


async def test_csv_has_the_same_rows(client: httpx.AsyncClient) -> None:
    for address in ("/insights/customers/C-1/months", "/insights/months", "/insights/products/TEA/months"):
        items = (await client.get(address)).json()["items"]
        answer = await client.get(address, params={"format": "csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert rows == [
            {name: "" if value is None else str(value) for name, value in item.items()} for item in items
        ]


async def test_a_workbook_has_the_same_rows_with_numbers_in_them(client: httpx.AsyncClient) -> None:
    for address in ("/insights/customers/C-1/months", "/insights/months", "/insights/products/TEA/months"):
        items = (await client.get(address)).json()["items"]
        answer = await client.get(address, params={"format": "xlsx"})
        assert ".xlsx" in answer.headers["content-disposition"]
        lines = lines_of(answer.content)
        assert len(lines) == len(items)
        for found, item in zip(lines, items, strict=True):
            assert (found["month"], found["currency"]) == (item["month"], item["currency"])
            figures = {name: value for name, value in item.items() if name not in ("month", "currency")}
            assert {n: found[n] for n in figures} == {
                n: None if value is None else float(value) for n, value in figures.items()
            }


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("/insights/customers/nobody/months", 404, None),
        ("/insights/products/nothing/months", 404, None),
        ("/insights/months?from=2026-13", 422, "query.from"),
        ("/insights/months?shop=1", 422, "query.shop"),
        ("/insights/months?sort=amount", 422, "query.sort"),
        ("/insights/months?format=csv&cursor=x", 422, "query.cursor"),
    ],
)
async def test_what_is_refused(
    client: httpx.AsyncClient, address: str, status: int, field: str | None
) -> None:
    answer = await client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    if field is not None:
        assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_who_may_read(client: httpx.AsyncClient) -> None:
    for role, key in KEYS.items():
        answer = await client.get("/insights/months", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == (200 if role in {"sales", "finance", "manager"} else 403)
    assert (await client.get("/insights/months", headers={"Authorization": ""})).status_code == 401


async def test_openapi_describes_it(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi/insights.json")).json()["paths"]
    for path in (
        "/insights/months",
        "/insights/customers/{customer_id}/months",
        "/insights/products/{product_id}/months",
    ):
        assert set(paths[path]["get"]["responses"]["200"]["content"]) == {
            "application/json",
            *(kind.partition(";")[0] for kind in MEDIA_TYPES.values()),
        }
