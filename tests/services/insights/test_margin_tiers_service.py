"""Margin tiers over HTTP: the tier of each product, why, and the policy in versions."""

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


def _sold(at: float, product: str, amount: str) -> Any:
    order_id = f"{product}-{at}"
    return event("order.placed", at=at, order_id=order_id, amount=amount, lines=[line(product, "1", amount)])


# Day 0 is the fifth of January 2026.
HISTORY: list[Any] = [
    event("product.created", at=-9, unit_cost="70", name="=Tea"),
    event("product.created", at=-9, product_id="CUP", unit_cost="50", name="Cup"),
    event("product.created", at=-9, product_id="POT", unit_cost="99", name="Pot"),
    event("product.created", at=-9, product_id="NEW", unit_cost="99", name="New"),
    _sold(1, "TEA", "100.00"),
    _sold(1, "CUP", "100.00"),
    _sold(1, "POT", "100.00"),
    _sold(1, "UNKNOWN", "100.00"),
    # In February tea was sold for less; that says something of March only.
    _sold(30, "TEA", "80.00"),
    tick("2026-02-15"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(
            http,
            "/insights/margin-tiers/products?on=2026-03-01",
            lambda body: (
                {i["product_id"]: i["costed_amount"] for i in body["items"]}
                == {"TEA": "180.00", "CUP": "100.00", "POT": "100.00"}
            ),
        )
        yield http


async def _tiers(client: httpx.AsyncClient, asked: str = "") -> dict[str, tuple[str, str]]:
    answer = await client.get(f"/insights/margin-tiers/products?{asked}")
    assert answer.status_code == 200, answer.text
    return {i["product_id"]: (i["tier"], i["margin_percent"]) for i in answer.json()["items"]}


async def test_tiers_follow_the_months_before_a_sale(client: httpx.AsyncClient) -> None:
    assert list((await _tiers(client)).items()) == [
        ("CUP", ("high", "50.0000")),
        ("TEA", ("high", "30.0000")),
        ("POT", ("low", "1.0000")),
    ]
    assert (await _tiers(client, "on=2026-03-01"))["TEA"] == ("middle", "22.2222")
    assert await _tiers(client, "on=2026-01-20") == {}
    assert await _tiers(client, "currency=USD") == {}
    assert set(await _tiers(client, "tier=low")) == {"POT"}
    text = (await client.get("/insights/margin-tiers/products?format=csv&sort=product")).text
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert [row["product_id"] for row in rows] == ["CUP", "POT", "TEA"]
    assert not rows[2]["name"].startswith("=")


async def test_why(client: httpx.AsyncClient) -> None:
    why = (await client.get("/insights/margin-tiers/products/TEA?on=2026-03-05")).json()
    assert why["product"]["tier"] == "middle"
    assert (why["first_month"], why["last_month"], why["policy_version"]) == ("2025-03", "2026-02", 0)
    assert [(m["month"], m["costed_amount"], m["cost"], m["profit"]) for m in why["months"]] == [
        ("2026-01", "100.00", "70.00", "30.00"),
        ("2026-02", "80.00", "70.00", "10.00"),
    ]
    assert [(b["tier"], b["from_percent"]) for b in why["boundaries"]] == [
        ("high", "30"),
        ("middle", "15"),
        ("low", None),
    ]
    nothing = (await client.get("/insights/margin-tiers/products/NEW")).json()
    assert (nothing["product"], nothing["months"]) == (None, [])
    assert (await client.get("/insights/margin-tiers/products/NONE")).status_code == 404


async def test_policies_hold_from_their_day_on(client: httpx.AsyncClient) -> None:
    tiers = [{"name": "best", "from_percent": "40", "commission_percent": "2.5"}, {"name": "rest"}]
    body = {"from_day": "2026-02-10", "policy": {"window_months": 1, "tiers": tiers}, "reason": "commission"}
    headers = {"Idempotency-Key": "t-1"}
    address = "/insights/margin-tiers/policies"
    stored = await client.post(address, json=body, headers=headers)
    assert (stored.status_code, stored.json()["version"]) == (201, 1)
    assert (await client.post(address, json=body, headers=headers)).json() == stored.json()
    assert await _tiers(client, "on=2026-02-10") == {
        "CUP": ("best", "50.0000"),
        "TEA": ("rest", "30.0000"),
        "POT": ("rest", "1.0000"),
    }
    assert (await _tiers(client, "on=2026-02-09"))["TEA"] == ("high", "30.0000")
    assert await _tiers(client, "on=2026-03-01") == {"TEA": ("rest", "12.5000")}
    listed = (await client.get(address)).json()
    assert [p["version"] for p in listed] == [1, 0]
    for number, (wrong, field) in enumerate(
        (
            ({"tiers": [{"name": "a", "from_percent": "3"}]}, "policy.tiers[0].from_percent"),
            ({"tiers": [{"name": "a", "commission_percent": "-1"}]}, "policy.tiers[0].commission_percent"),
            ({"window_months": 0}, "policy.window_months"),
        )
    ):
        key = {"Idempotency-Key": f"w-{number}"}
        refused = await client.post(address, json=body | {"policy": wrong}, headers=key)
        assert refused.status_code == 422
        assert [e["field"] for e in refused.json()["errors"]] == [field], refused.text
    unknown = await client.get("/insights/margin-tiers/products?tier=luck")
    assert (unknown.status_code, "luck" in unknown.text) == (422, True)


async def test_who_may(client: httpx.AsyncClient) -> None:
    for role in KEYS:
        headers = {"Authorization": f"Bearer {KEYS[role]}", "Idempotency-Key": f"r-{role}"}
        for address in ("products", "products/TEA"):
            answer = await client.get(f"/insights/margin-tiers/{address}", headers=headers)
            assert answer.status_code == (200 if role in {"finance", "manager"} else 403)
        body = {"from_day": "2030-01-01", "policy": {}, "reason": "try"}
        answer = await client.post("/insights/margin-tiers/policies", json=body, headers=headers)
        assert answer.status_code == (201 if role == "manager" else 403)
