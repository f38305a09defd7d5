"""Who is about to become a big customer, with every factor; the rule is data."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.insights.rules.segment_policy import Growing, GrowthWeights, SegmentPolicy, problems_of
from tests.services.insights.events import event, tick
from tests.services.insights.serving import serving, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADDRESS = "/insights/forecasts/growth"


def _order(customer: str, day: int, amount: int, *products: str) -> Any:
    share = amount // len(products)
    lines = [
        {"product_id": p, "quantity": "1", "unit_price": f"{share}.00", "amount": f"{share}.00"}
        for p in products
    ]
    id_ = f"{customer}-{day}"
    return event(
        "order.placed",
        at=day,
        customer_id=customer,
        order_id=id_,
        amount=f"{share * len(products)}.00",
        lines=lines,
    )


# Day 0 is the fifth of January 2026. It is the middle of July: April to June against January to March.
EARLIER, RECENT = (2, 30, 60), (90, 120, 150)
NAMES = {
    "BIG": "Big",
    "UP": "=Up",
    "FLAT": "Flat",
    "DOWN": "Down",
    "NEW": "New",
    "ONCE": "Once",
    "SLOW": "Slow",
}
HISTORY = [
    tick("2026-07-15"),
    *[event("product.created", at=-9, product_id=p, unit_cost="50.00") for p in ("TEA", "CUP", "POT")],
    *[
        event("customer.created", at=-9, customer_id=id_, name=name, region="North")
        for id_, name in NAMES.items()
    ],
    event("customer.assigned", at=-3, customer_id="UP", salesperson_id="S-1"),
    *[_order("BIG", d, 6_000 if d > 89 else 3_000, "TEA") for d in (*EARLIER, *RECENT)],
    *[_order("UP", d, 100, "TEA") for d in EARLIER],
    *[_order("UP", d, 300, "TEA", "CUP") for d in RECENT],
    *[_order("FLAT", d, 200, "TEA") for d in (*EARLIER, *RECENT)],
    *[_order("DOWN", d, 400, "TEA") for d in EARLIER],
    *[_order("DOWN", d, 100, "TEA") for d in RECENT],
    *[_order("NEW", d, 120, "TEA", "CUP", "POT") for d in RECENT],
    _order("ONCE", 30, 100, "TEA"),
    _order("ONCE", 120, 900, "TEA"),
    *[_order("SLOW", d, 100, "POT") for d in EARLIER],
    *[_order("SLOW", d, 160, "POT") for d in RECENT],
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(
            http,
            "/insights/forecasts/customers",
            lambda b: (
                sorted(i["order_days"] for i in b["items"]) == [2, 3, 6, 6, 6, 6, 6]
                and all(i["forecast_on"] == "2026-07-15" for i in b["items"])
            ),
        )
        await until(http, ADDRESS, lambda b: b["items"] and b["items"][0]["amount_class"] is not None)
        yield http


async def test_candidates_with_every_factor(client: httpx.AsyncClient) -> None:
    items = {i["customer_id"]: i for i in (await client.get(ADDRESS)).json()["items"]}
    # BIG is class A, ONCE ordered too seldom, FLAT, DOWN and SLOW do not grow beyond the company.
    assert set(items) == {"UP", "NEW"}
    up, new = items["UP"], items["NEW"]
    earlier, recent = 9_000 + 300 + 600 + 1_200 + 100 + 300, 18_000 + 900 + 600 + 300 + 360 + 900 + 480
    company = recent / earlier
    assert (up["earlier_amount"], up["recent_amount"], up["recent_orders"]) == ("300.00", "900.00", 3)
    assert up["growth_percent"] == 200
    assert up["company_growth_percent"] == pytest.approx(100 * (company - 1), abs=0.01)
    assert up["trend_percent"] == pytest.approx(100 * (3 / company - 1), abs=0.01)
    assert up["trend_points"] == pytest.approx(3 / company - 1, abs=1e-4)
    # Of seven that ordered, five have fewer products than UP and six fewer than NEW.
    assert (up["products"], up["breadth_points"]) == (2, pytest.approx(5 / 6, abs=1e-4))
    assert (new["products"], new["breadth_points"]) == (3, 1)
    # Of 150.00 a line and 50.00 a unit, two lines an order: 600.00. Less have FLAT 450, DOWN 150, NEW -90, SLOW 330.
    profits = {"BIG": 17_850, "UP": 600, "FLAT": 450, "DOWN": 150, "ONCE": 850, "SLOW": 330}
    assert up["profit"] == "600.00"
    assert up["profit_share_percent"] == pytest.approx(100 * 600 / sum(profits.values()), abs=0.01)
    assert up["profit_points"] == pytest.approx(4 / 6, abs=1e-4)
    assert (new["profit"], new["profit_points"]) == ("-90.00", 0)
    assert (new["growth_percent"], new["trend_percent"], new["trend_points"]) == (None, None, 1)
    assert up["big_from"] == "27000.00"
    reach = float(up["expected_amount_90"]) * 365 / 90 / 27_000
    assert up["reach_percent"] == pytest.approx(100 * reach, abs=0.01)
    for item in (up, new):
        points = [item[f"{n}_points"] for n in ("trend", "reach", "profit", "breadth")]
        weighed = sum(w * p for w, p in zip((3, 3, 2, 1), points, strict=True)) / 9
        assert item["score"] == pytest.approx(100 * weighed, abs=0.02)
    scores = [i["score"] for i in (await client.get(ADDRESS)).json()["items"]]
    assert scores == sorted(scores, reverse=True)


async def test_filters_and_csv(client: httpx.AsyncClient) -> None:
    for asked, found in (("salesperson=S-1", ["UP"]), ("region=South", []), ("currency=KWD", [])):
        items = (await client.get(f"{ADDRESS}?{asked}")).json()["items"]
        assert [i["customer_id"] for i in items] == found
    [mine] = (await client.get(f"{ADDRESS}?salesperson=S-1")).json()["items"]
    assert mine["breadth_points"] == pytest.approx(5 / 6, abs=1e-4), "places are among all customers"
    assert (await client.get(f"{ADDRESS}?sort=colour")).status_code == 422
    text = (await client.get(f"{ADDRESS}?format=csv&sort=customer")).text.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["customer_id"] for row in rows] == ["NEW", "UP"]
    assert not rows[1]["name"].startswith("=")


async def test_the_rule_is_data(client: httpx.AsyncClient) -> None:
    growing = {
        "least_orders": 1,
        "trend_percent": 0,
        "weights": {"trend": 0, "reach": 0, "profit": 1, "breadth": 0},
    }
    answer = await client.post(
        "/insights/segments/policies",
        json={"policy": {"growing": growing}, "reason": "profit alone"},
        headers={"Idempotency-Key": "growing"},
    )
    assert answer.status_code == 201, answer.text
    items = (await client.get(ADDRESS)).json()["items"]
    assert [i["customer_id"] for i in items] == ["ONCE", "UP", "NEW"]
    assert [i["score"] for i in items] == [pytest.approx(100 * i["profit_points"], abs=0.01) for i in items]
    assert {i["policy_version"] for i in items} == {1}


async def test_rules_that_are_refused() -> None:
    nothing = GrowthWeights(trend=0, reach=0, profit=0, breadth=0)
    for rule, path in (
        (Growing(weights=nothing), "growing.weights"),
        (Growing(trend_percent=30, full_trend_percent=20), "growing.full_trend_percent"),
    ):
        assert [field for field, _ in problems_of(SegmentPolicy(growing=rule))] == [path]
    assert problems_of(SegmentPolicy()) == []
