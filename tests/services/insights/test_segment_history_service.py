"""Growth, migration between months, and the judgement of grades over HTTP, after months have ended."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from contracts.envelope import Event
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.events import START, event, line
from tests.services.insights.serving import serving, until
from tests.services.insights.test_service import publish

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOVERS, GROWN = "/insights/segments/migration/customers", "/insights/segments/growth/customers"


def order(customer: int, day: str, amount: int) -> Event[Any]:
    """An order with a margin of half."""
    at = (date.fromisoformat(day) - START.date()).days
    lines = [line("TEA", str(amount), str(2 * amount))]
    fields = {"customer_id": f"C-{customer}", "order_id": f"O-{customer}-{day}", "amount": str(2 * amount)}
    return event("order.placed", at=at, lines=lines, **fields)


CARDS = [
    event(
        "customer.created", at=-30, customer_id=f"C-{n}", name=f"No {n}", region="North" if n < 3 else "South"
    )
    for n in range(1, 6)
]
JANUARY = [
    event("product.created", at=-31, unit_cost="1"),
    *CARDS,
    event("customer.assigned", at=-20, customer_id="C-1", from_day="2026-01-01"),
    order(1, "2026-01-06", 900),
    order(2, "2026-01-07", 60),
    order(3, "2026-01-08", 50),
    order(4, "2025-10-20", 40),
    order(4, "2026-01-25", 40),
]
LATER = [
    order(1, "2026-02-10", 10),
    order(2, "2026-02-11", 700),
    order(5, "2026-02-12", 20),
    order(1, "2026-04-05", 10),
    order(2, "2026-04-12", 30),
    order(3, "2026-05-05", 30),
]


def _in_may(page: Any) -> bool:
    return any(item["revived_on"] == "2026-05-05" for item in page["items"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    history = sorted([*JANUARY, *LATER], key=lambda e: e.occurred_at)
    early = [e for e in history if e.occurred_at < START.replace(day=8)]
    late = [e for e in history if e not in early]
    async with serving(postgres_server, tansu_server, early) as (http, prefix):
        # The service begins in January, so that is the first month that ends.
        await until(http, "/insights/segments/customers?class=A", lambda page: bool(page["items"]))
        await publish(tansu_server, prefix, late)
        await until(http, "/insights/segments/stages?stage=revived", _in_may)
        yield http


async def test_growth(client: httpx.AsyncClient) -> None:
    rows = (await client.get("/insights/segments/growth")).json()
    moves = [(r["month"], r["closed"], r["gained"], r["lost"], r["revived"], r["net"]) for r in rows]
    assert moves[1:] == [
        ("2026-02", True, 1, 0, 0, 1),
        ("2026-03", True, 0, 0, 0, 0),
        ("2026-04", True, 0, 2, 0, -2),
        ("2026-05", False, 0, 0, 1, 1),
    ]
    north = (await client.get("/insights/segments/growth", params={"region": "North"})).json()
    assert [row["gained"] for row in north[1:]] == [0, 0, 0, 0]
    hers = (await client.get("/insights/segments/growth", params={"salesperson": "S-1"})).json()
    assert [row["active"] for row in hers] == [1, 1, 1, 1, 1]


async def test_stages(client: httpx.AsyncClient) -> None:
    items = (await client.get("/insights/segments/stages")).json()["items"]
    assert {item["customer_id"]: item["stage"] for item in items} == {
        "C-1": "familiar",
        "C-2": "familiar",
        "C-3": "revived",
        "C-4": "dormant",
        "C-5": "new",
    }


async def test_migration(client: httpx.AsyncClient) -> None:
    months = {"from": "2026-01", "to": "2026-02", "dimension": "profit"}
    rows = (await client.get("/insights/segments/migration", params=months)).json()
    assert {(r["previous"], r["current"]): r["customers"] for r in rows} == {
        ("A", "A"): 1,
        ("B", "A"): 1,
        ("B", "B"): 1,
        ("C", "C"): 1,
        (None, "C"): 1,
    }
    unknown = {"from": "2026-01", "to": "2026-02", "salesperson": "S-1"}
    assert (await client.get("/insights/segments/migration", params=unknown)).status_code == 422


@pytest.mark.parametrize("who", [{}, {"region": "North"}])
@pytest.mark.parametrize("dimension", ["overall", "profit", "rfm_group", "grade"])
async def test_customers_behind_migration(
    client: httpx.AsyncClient, dimension: str, who: dict[str, str]
) -> None:
    asked = {"from": "2026-01", "to": "2026-02", "dimension": dimension, **who}
    everybody = (await client.get(MOVERS, params=asked)).json()["items"]
    rows = (await client.get("/insights/segments/migration", params=asked)).json()
    assert sum(row["customers"] for row in rows) == len(everybody) > 0
    for row in rows:
        cell = {"previous": row["previous"] or "none", "current": row["current"] or "none"}
        found = (await client.get(MOVERS, params=asked | cell)).json()["items"]
        assert len(found) == row["customers"]
        assert {(one["previous"], one["current"]) for one in found} == {(row["previous"], row["current"])}
        assert sum(Decimal(one["amount"]) for one in found) == Decimal(row["amount"])
        if dimension in ("overall", "profit"):
            moves = [m for one in found for m in one["moved"] if m["dimension"] == dimension]
            assert len(moves) == (0 if row["previous"] == row["current"] else row["customers"])


@pytest.mark.parametrize("who", [{}, {"region": "North"}, {"salesperson": "S-1"}])
async def test_customers_behind_growth(client: httpx.AsyncClient, who: dict[str, str]) -> None:
    rows = (await client.get("/insights/segments/growth", params=who)).json()
    assert rows
    for row in rows:
        for what in ("gained", "lost", "revived", "active", "dormant", "prospects"):
            asked = {"month": row["month"], "what": what, **who}
            found = (await client.get(GROWN, params=asked)).json()["items"]
            assert len(found) == row[what], asked
            if what == "lost":
                assert {one["stage"] for one in found} <= {"dormant"}
                assert not {one["before"] for one in found} & {"prospect", "dormant", None}


async def test_customers_behind_numbers_as_files_and_what_is_refused(client: httpx.AsyncClient) -> None:
    months = {"from": "2026-01", "to": "2026-02"}
    answer = await client.get(MOVERS, params=months | {"format": "csv"})
    assert answer.text.startswith("customer_id,name,")
    for address, asked, field in (
        (MOVERS, {"from": "2026-01"}, "query.to"),
        (MOVERS, months | {"salesperson": "S-1"}, "query.salesperson"),
        (GROWN, {"month": "2026-01", "what": "luck"}, "query.what"),
        (GROWN, {"month": "2026-13", "what": "lost"}, "query.month"),
    ):
        refused = await client.get(address, params=asked)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_judgement(client: httpx.AsyncClient) -> None:
    judged = (await client.get("/insights/segments/grading/judgement", params={"month": "2026-02"})).json()
    assert (judged["graded"], judged["coverage"]["graded"]) == (4, 5)
    brought = [(g["grade"], g["customers"], g["profit"], g["profit_per_customer"]) for g in judged["grades"]]
    assert brought == [("A", 2, "10.00", "5.00"), ("B", 1, "700.00", "700.00"), ("C", 1, "0.00", "0.00")]
    assert [g["profit_per_customer_before"] for g in judged["grades"]] == ["470.00", "60.00", "50.00"]
    assert [g["lift"] for g in judged["grades"]] == ["0.02", "3.94", "0.00"]  # of 177.50 per customer
    # Graded C-1, C-4, C-2, C-3 in this order; by profit C-2, C-1, then C-3 and C-4 alike: 1 / sqrt(5 * 4.5).
    assert judged["rank_correlation"] == "0.2108"
    assert judged["median_age_days"] == {"order": 30, "payment": None, "standing": None, "card": 150}
