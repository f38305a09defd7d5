"""Dormant spells, rates per salesperson and month, and the effect of follow-ups over HTTP."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.insights.rules.revival import wilson
from tests.services.insights.events import event, tick
from tests.services.insights.serving import serving, until
from tests.services.insights.test_service import KEYS
from tests.services.insights.test_spells import follow_up, order

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Day 0 is the fifth of January 2026. All are dormant by days from day 91 on, the sixth of April.
CUSTOMERS = {f"C-{n}": "S-2" if n <= 4 else "S-1" for n in range(1, 9)}
FOLLOWED_UP = {"C-1": 95, "C-2": 95, "C-3": 120, "C-5": 125}
BACK = {"C-1": 130, "C-2": 105, "C-3": 150, "C-6": 160, "C-7": 300}

HISTORY: list[Any] = [
    event("staff.entered", at=-9, salesperson_id="S-2", name="=Li Na", active_from="2025-01-01"),
    *(event("customer.created", at=-2, customer_id=c, name=c, region="North") for c in CUSTOMERS),
    *(event("customer.assigned", at=-1, customer_id=c, salesperson_id=s) for c, s in CUSTOMERS.items()),
    *(order(0, c) for c in CUSTOMERS),
    *(follow_up(day, f"F-{c}", customer_id=c, alert_id=f"A-{c}") for c, day in FOLLOWED_UP.items()),
    *(order(day, c) for c, day in BACK.items()),
    tick("2026-11-20"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(
            http,
            "/insights/dormant/spells?limit=50&definition=days",
            lambda body: (
                {
                    i["customer_id"]: i["revived_on"] is not None
                    for i in body["items"]
                    if i["dormant_on"] < "2026-05"
                }
                == {c: c in BACK for c in CUSTOMERS}
                and sum(i["follow_up_id"] is not None for i in body["items"]) == 2
                and any(i["credited_name"] for i in body["items"])
            ),
        )
        yield http


async def _items(client: httpx.AsyncClient, asked: str) -> list[Any]:
    answer = await client.get(f"/insights/dormant/spells?limit=50&{asked}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_who_came_back_and_who_is_credited(client: httpx.AsyncClient) -> None:
    [spell] = await _items(client, "customer=C-2&revived=true")
    assert (
        spell
        | {
            "last_order_day": "2026-01-05",
            "dormant_on": "2026-04-06",
            "dormant_days": 14,
            "revived_on": "2026-04-20",
            "credited_to": "S-2",
            "credited_name": "=Li Na",
            "follow_up_id": "F-C-2",
            "followed_up_by": "S-2",
            "alert_id": "A-C-2",
        }
        == spell
    )
    # C-1 was contacted 35 days before it came back, C-3 exactly 30.
    [late], [just] = [await _items(client, f"customer={c}&revived=true") for c in ("C-1", "C-3")]
    assert (late["follow_up_id"], just["follow_up_id"]) == (None, "F-C-3")
    revived = await _items(client, "revived=true&sort=dormant_days")
    assert [i["customer_id"] for i in revived] == ["C-2", "C-1", "C-3", "C-6", "C-7"]
    assert {i["customer_id"] for i in await _items(client, "credited=S-1")} == {"C-6", "C-7"}
    april = await _items(client, "revived_from=2026-04-20&revived_to=2026-05-15")
    assert {i["customer_id"] for i in april} == {"C-1", "C-2"}
    assert await _items(client, "region=South") == []
    assert await _items(client, "definition=rhythm") == []
    [lasting] = await _items(client, "customer=C-8")
    assert (lasting["revived_on"], lasting["credited_to"], lasting["dormant_days"]) == (None, None, 228)
    answer = await client.get("/insights/dormant/spells?format=csv&revived=true&sort=dormant_days")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["customer_id"] for row in rows] == ["C-2", "C-1", "C-3", "C-6", "C-7"]
    assert not rows[0]["credited_name"].startswith("=")


async def test_rates_per_salesperson_and_month(client: httpx.AsyncClient) -> None:
    answer = await client.get("/insights/dormant/revivals?from=2026-04&to=2026-06")
    rates = {(r["month"], r["salesperson_id"]): r for r in answer.json()}
    numbers = {
        key: (r["dormant"], r["followed_up"], r["revived"], r["revived_after_follow_up"])
        for key, r in rates.items()
    }
    assert numbers == {
        ("2026-04", "S-1"): (4, 0, 0, 0),
        ("2026-04", "S-2"): (4, 2, 1, 1),
        ("2026-05", "S-1"): (4, 1, 0, 0),
        ("2026-05", "S-2"): (3, 1, 1, 0),
        ("2026-06", "S-1"): (4, 0, 1, 0),
        ("2026-06", "S-2"): (2, 0, 1, 1),
    }
    april, interval = rates["2026-04", "S-2"], wilson(1, 4)
    assert interval is not None
    assert (april["rate"], april["name"]) == (0.25, "=Li Na")
    assert (april["rate_low"], april["rate_high"]) == (round(interval[0], 4), round(interval[1], 4))
    mine = (await client.get("/insights/dormant/revivals?from=2026-04&to=2026-04&salesperson=S-1")).json()
    assert [(r["salesperson_id"], r["name"]) for r in mine] == [("S-1", None)]
    exported = (await client.get("/insights/dormant/revivals?from=2026-04&to=2026-06&format=csv")).text
    assert len(list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))) == 6
    for asked, field in (
        ("from=2026-06&to=2026-04", "query.from"),
        ("from=2001-01&to=2026-04", "query.from"),
    ):
        refused = await client.get(f"/insights/dormant/revivals?{asked}")
        assert refused.status_code == 422
        assert field in refused.text


async def test_effect_of_follow_ups(client: httpx.AsyncClient) -> None:
    asked = "/insights/dormant/follow-up-effect?from=2026-04&to=2026-04&landmark_days=30&horizon_days=90"
    effect = (await client.get(asked)).json()
    with_one, without = effect["groups"]
    # C-2 came back before the landmark, day 121; C-5 was contacted after it; C-7 came back after the horizon.
    assert (with_one["followed_up"], with_one["spells"], with_one["revived"]) == (True, 2, 2)
    assert (without["followed_up"], without["spells"], without["revived"]) == (False, 5, 1)
    assert (with_one["rate"], without["rate"]) == (1.0, 0.2)
    assert (with_one["sales"], with_one["sales_per_spell"]) == ("200.00", "100.00")
    assert (without["sales"], without["sales_per_spell"]) == ("100.00", "20.00")
    # Two of two against one of five: too few to tell.
    assert effect["intervals_overlap"] is True
    nobody = (await client.get(f"{asked}&region=South")).json()
    assert nobody["intervals_overlap"] is None
    assert [(g["spells"], g["rate"], g["rate_low"]) for g in nobody["groups"]] == [(0, None, None)] * 2
    of_one = (await client.get(f"{asked}&salesperson=S-2")).json()["groups"]
    assert [(g["spells"], g["revived"]) for g in of_one] == [(2, 2), (1, 0)]
    assert (await client.get(f"{asked}&horizon_days=0")).status_code == 422
    # Whom nobody could have watched for so long yet is in neither group.
    longer = (await client.get(f"{asked.replace('horizon_days=90', 'horizon_days=300')}")).json()["groups"]
    assert [g["spells"] for g in longer] == [0, 0]


async def test_who_may_read(client: httpx.AsyncClient) -> None:
    traders = {"sales", "finance", "manager"}
    # The effect is of all customers together, so those who see their own only do not see it.
    may = {"spells": traders, "revivals": traders, "follow-up-effect": traders - {"sales"}}
    for address, roles in may.items():
        for role in KEYS:
            headers = {"Authorization": f"Bearer {KEYS[role]}"}
            answer = await client.get(f"/insights/dormant/{address}", headers=headers)
            assert answer.status_code == (200 if role in roles else 403)
