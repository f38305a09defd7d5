"""Commission over HTTP: statements, and the entries with the documents behind them."""

import csv
import io
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.events import event
from tests.services.insights.serving import serving, until
from tests.services.insights.test_commission import HISTORY
from tests.services.insights.test_service import KEYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMED = event("staff.entered", at=-9, salesperson_id="S-1", name="=Li", active_from="2025-01-01")
TIERS = [
    {"name": "high", "from_percent": "40", "commission_percent": "5"},
    {"name": "low", "commission_percent": "1"},
]
POLICIES = {
    "margin-tiers": {"tiers": TIERS},
    "salespeople": {"owner_percent": 60},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, [NAMED, *HISTORY]) as (http, _):
        await until(http, "/insights/salespeople", lambda body: True)
        for of, policy in POLICIES.items():
            body = {"from_day": "2025-01-01", "policy": policy, "reason": "commission"}
            stored = await http.post(
                f"/insights/{of}/policies", json=body, headers={"Idempotency-Key": f"k-{of}"}
            )
            assert stored.status_code == 201, stored.text
        await until(
            http,
            "/insights/commission/statements?salesperson=S-1",
            lambda body: (
                [(i["month"], i["commission"]) for i in body["items"]]
                == [("2026-03", "0.24"), ("2026-02", "1.68"), ("2026-01", "1.68")]
            ),
        )
        yield http


async def test_statements_and_what_stands_behind_them(client: httpx.AsyncClient) -> None:
    february = (await client.get("/insights/commission/statements?from=2026-02&to=2026-02")).json()["items"]
    found = {i["salesperson_id"]: i for i in february}
    # P-2 came and bounced, P-3 came: net it is what half of the invoice earns.
    assert {s: (i["name"], i["commission"]) for s, i in found.items()} == {
        "S-1": ("=Li", "1.68"),
        "S-2": (None, "1.12"),
    }
    one = found["S-1"]
    asked = "/insights/commission/entries?salesperson=S-1&from=2026-02&to=2026-02&limit=100"
    entries = (await client.get(asked)).json()["items"]
    assert len(entries) == one["entries"]
    cents = [round(float(e["amount"]) * 100) for e in entries]
    assert sum(cents) == 168
    assert round(float(one["clawed_back"]) * 100) == -sum(c for c in cents if c < 0) > 0
    causes = {(e["invoice_id"], e["cause"], e["cause_id"]) for e in entries}
    assert ("I-1", "reversal", "P-2") in causes
    assert ("I-1", "payment", "P-3") in causes
    back = (
        await client.get("/insights/commission/entries?cause=return&tier=low&invoice=I-1&customer=C-1")
    ).json()
    figures = {
        (e["salesperson_id"], e["cause_id"], e["rate_percent"], e["base"], e["amount"]) for e in back["items"]
    }
    assert figures == {
        ("S-1", "R-1", "1.0000", "-36.00", "-0.36"),
        ("S-2", "R-1", "1.0000", "-24.00", "-0.24"),
    }


async def test_csv_and_what_is_refused(client: httpx.AsyncClient) -> None:
    for name in ("statements", "entries"):
        text = (await client.get(f"/insights/commission/{name}?format=csv&salesperson=S-1")).text
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        assert rows
        assert not any(value.startswith("=") for row in rows for value in row.values())
        for asked, field in (
            ("from=2026-13", "from"),
            ("sort=luck", "sort"),
            ("format=csv&cursor=x", "cursor"),
        ):
            refused = await client.get(f"/insights/commission/{name}?{asked}")
            assert refused.status_code == 422
            assert field in refused.text
    assert (await client.get("/insights/commission/entries?cause=luck")).status_code == 422


async def test_salespeople_see_their_own(client: httpx.AsyncClient) -> None:
    for role in KEYS:
        headers = {"Authorization": f"Bearer {KEYS[role]}"}
        for name in ("statements", "entries"):
            answer = await client.get(f"/insights/commission/{name}", headers=headers)
            assert answer.status_code == (200 if role in {"sales", "finance", "manager"} else 403)
            if role == "sales":
                assert answer.json()["items"] == []
