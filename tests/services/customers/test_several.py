"""Several customers at once: assigned, and followed up, all or none."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from tests.services.customers.helpers import enter, give_to_sales, hire, verified
from tests.services.harness import Installation, bearer, every_page, problem, published
from tests.services.today import today

pytestmark = pytest.mark.asyncio(loop_scope="module")


def soon() -> str:
    return str(today() + timedelta(days=4))


async def three(running: Installation) -> list[str]:
    return sorted([await enter(running) for _ in range(3)])


async def test_several_are_assigned_once_by_managers_only(running: Installation) -> None:
    customer_ids, seller = await three(running), await hire(running)
    sent: dict[str, Any] = {
        "customer_ids": customer_ids[::-1],
        "salesperson_id": seller,
        "from_day": "2026-01-01",
    }
    for role in ("sales", "finance", "ops"):
        problem(await running.client.post("/customers/assignments", json=sent, headers=bearer(role)), 403)
    key = {"Idempotency-Key": uuid.uuid4().hex}
    done = await running.client.post("/customers/assignments", json=sent, headers=key)
    assert (done.status_code, done.json()["customer_ids"]) == (201, customer_ids), done.text
    again = await running.client.post("/customers/assignments", json=sent, headers=key)
    assert again.json() == done.json()
    for customer_id in customer_ids:
        events = await published(running, "customers", "customer_id", customer_id, 2)
        assert [(e.type, e.key) for _, e in events][1:] == [("customer.assigned", customer_id)]
    found = await every_page(running, "/customers", salesperson=seller)
    assert sorted(item["customer_id"] for item in found) == customer_ids
    # Twice in one body is once; a later word about the same day counts.
    other = await hire(running)
    twice = {**sent, "customer_ids": [customer_ids[0]] * 2, "salesperson_id": other}
    assert (await running.client.post("/customers/assignments", json=twice)).json()["customer_ids"] == [
        customer_ids[0]
    ]
    found = await every_page(running, "/customers", salesperson=other)
    assert [item["customer_id"] for item in found] == customer_ids[:1]
    await verified(running)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer_ids": []}, "customer_ids"),
        ({"customer_ids": ["C-nobody"]}, "customer_ids.0"),
        ({"salesperson_id": "S-nobody"}, "salesperson_id"),
        ({"from_day": "2019-01-01"}, "salesperson_id"),
        ({"from_day": "soon"}, "from_day"),
    ],
)
async def test_one_that_is_refused_refuses_all(
    running: Installation, change: dict[str, Any], field: str
) -> None:
    customer_ids, seller = await three(running), await hire(running)
    wrong = {"customer_ids": customer_ids, "salesperson_id": seller, "from_day": "2026-01-01", **change}
    if field == "customer_ids.0":
        wrong["customer_ids"] = ["C-nobody", *customer_ids]
    refused = problem(await running.client.post("/customers/assignments", json=wrong), 422)
    assert refused["errors"][0]["field"] == field
    assert await every_page(running, "/customers", salesperson=seller) == []


async def test_several_are_followed_up_by_whoever_looks_after_them(running: Installation) -> None:
    customer_ids, sellers = await three(running), [await hire(running) for _ in range(2)]
    for customer_id, seller in zip(customer_ids, sellers, strict=False):
        sent: dict[str, Any] = {
            "customer_ids": [customer_id],
            "salesperson_id": seller,
            "from_day": "2026-01-01",
        }
        assert (await running.client.post("/customers/assignments", json=sent)).status_code == 201
    plan: dict[str, Any] = {
        "customer_ids": customer_ids,
        "how": "call",
        "next_step": "ask",
        "remind_on": soon(),
    }
    refused = problem(await running.client.post("/follow-ups/several", json=plan), 422)
    assert refused["errors"][0]["field"] == "customer_ids.2"
    assert await every_page(running, "/follow-ups", customer=customer_ids[0]) == []
    plan["customer_ids"] = customer_ids[:2]
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answers = await asyncio.gather(
        *(running.client.post("/follow-ups/several", json=plan, headers=key) for _ in range(2))
    )
    assert 201 in {a.status_code for a in answers}
    done = await running.client.post("/follow-ups/several", json=plan, headers=key)
    assert [f["salesperson_id"] for f in done.json()["follow_ups"]] == sellers
    for customer_id, planned in zip(customer_ids, done.json()["follow_ups"], strict=False):
        [found] = await every_page(running, "/follow-ups", customer=customer_id)
        assert (found["follow_up_id"], found["status"]) == (planned["follow_up_id"], "planned")
        assert (found["remind_on"], found["next_step"]) == (soon(), "ask")
        [(_, event)] = await published(running, "customers", "follow_up_id", planned["follow_up_id"], 1)
        assert (event.type, event.key) == ("follow_up.recorded", customer_id)
    await verified(running)


async def test_salespeople_follow_up_their_own_only(running: Installation) -> None:
    mine, foreign, _ = await three(running)
    await give_to_sales(running, mine)
    plan = {"customer_ids": [mine, foreign], "how": "visit", "remind_on": soon()}
    as_sales = bearer("sales")
    refused = problem(await running.client.post("/follow-ups/several", json=plan, headers=as_sales), 422)
    assert refused["errors"][0]["field"] == "customer_ids.1"
    own = await running.client.post(
        "/follow-ups/several", json={**plan, "customer_ids": [mine]}, headers=as_sales
    )
    assert [f["salesperson_id"] for f in own.json()["follow_ups"]] == ["sales-person"]
