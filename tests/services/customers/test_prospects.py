"""Prospects: card, grade, visits, conversion and loss."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from services.customers.handlers import HANDLERS
from services.customers.rules.archive import Archive
from services.kit.records import Received
from tests.services.customers.grading import expected
from tests.services.customers.helpers import enter, hire, shown, verified
from tests.services.customers.prospects import FACTS, a_prospect, entered, listed, policy_in_force, read, told
from tests.services.harness import Installation, bearer, every_page, problem, published
from tests.services.today import today

in_module = pytest.mark.asyncio(loop_scope="module")


@given(st.permutations(FACTS), st.integers(1, len(FACTS)))
def test_any_order_of_any_facts_gives_the_same_prospect(shuffled: list[Received], size: int) -> None:
    some = shuffled[:size]
    results = []
    for order in (some, [fact for fact in FACTS if fact in some]):
        archive = Archive()
        for fact in order:
            HANDLERS[fact.event.type](archive, fact)
        results.append((repr(archive.prospects["P-1"]), sorted(map(repr, archive.changes))))
    assert results[0] == results[1]


def test_a_refused_card_leaves_no_trace() -> None:
    archive = Archive()
    before = repr(archive)
    for fields in ({"assets": "1.001"}, {"currency": "XQZ"}):
        with pytest.raises(ContractError):
            HANDLERS["prospect.entered"](archive, told("prospect.entered", 1, **fields))
        assert repr(archive) == before


@in_module
async def test_a_card_is_graded_at_once_and_says_why(running: Installation) -> None:
    policy = (await policy_in_force(running))["policy"]
    prospect = a_prospect()
    first = await running.client.post("/prospects", json=prospect, headers=bearer("sales"))
    assert (first.status_code, first.headers["etag"]) == (201, '"1"'), first.text
    assert (await running.client.post("/prospects", json=prospect)).json() == first.json()
    refused = problem(await running.client.post("/prospects", json={**prospect, "name": "Other"}), 409)
    assert refused["errors"][0]["field"] == "prospect_id"
    answer = await read(running, prospect["prospect_id"])
    assert (answer["grade"], answer["score"]) == expected(policy, prospect)
    assert answer["factors"][0] == {
        "name": "kind",
        "value": "tea house",
        "points": 50,
        "weight": 15,
        "contribution": "7.50",
    }
    service = next(g for g in policy["grades"] if g["name"] == answer["grade"])
    assert answer["service"] == {name: service[name] for name in ("price", "priority", "visit_days")}
    assert (answer["assets"], answer["currency"], answer["contacts"][0]["name"]) == (
        "800000.00",
        "CNY",
        "陈静",
    )
    change = {k: v for k, v in prospect.items() if k != "prospect_id"} | {"sales_volume": None, "kind": ""}
    path = f"/prospects/{prospect['prospect_id']}"
    problem(await running.client.put(path, json=change), 428)
    problem(await running.client.put(path, json=change, headers={"If-Match": '"3"'}), 412)
    changed = await running.client.put(path, json=change, headers={"If-Match": '"1"'})
    assert (changed.json()["grade"], changed.json()["score"]) == expected(policy, change)
    events = [e for _, e in await published(running, "prospects", "prospect_id", prospect["prospect_id"], 4)]
    assert [e.type for e in events] == [
        "prospect.entered",
        "prospect.graded",
        "prospect.changed",
        "prospect.graded",
    ]
    assert (events[3].data.grade, events[3].data.score) == expected(policy, change)
    changes = await every_page(running, f"{path}/changes")
    assert [c["by"] for c in changes] == ["manager-person", "sales-person"]
    problem(await running.client.get("/prospects/nobody"), 404)
    await verified(running)


@in_module
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"assets": "-1"}, "assets"),
        ({"assets": "1.001"}, "assets"),
        ({"currency": "XQZ"}, "currency"),
        ({"growth_percent": -101}, "growth_percent"),
        ({"salesperson_id": "S-nobody"}, "salesperson_id"),
        (
            {"contacts": [{"name": "a", "preferred": True}, {"name": "b", "preferred": True}]},
            "contacts.1.preferred",
        ),
        ({"grade": "A"}, "grade"),
    ],
)
async def test_a_card_that_makes_no_sense(running: Installation, change: dict[str, Any], field: str) -> None:
    refused = problem(await running.client.post("/prospects", json=a_prospect(**change)), 422)
    assert [error["field"] for error in refused["errors"]] == [field]


@in_module
async def test_lists_and_who_was_not_visited(running: Installation) -> None:
    place, seller = uuid.uuid4().hex, await hire(running)
    policy = (await policy_in_force(running))["policy"]
    big = await entered(
        running,
        region=place,
        potential_need="900000.00",
        sales_volume="9000000.00",
        growth_percent=40,
        assets="9000000.00",
        salesperson_id=seller,
    )
    small = await entered(
        running,
        region=place,
        kind="kiosk",
        assets="1.00",
        sales_volume="1.00",
        growth_percent=-50,
        potential_need="1.00",
        tags=[],
    )
    agreed = await entered(running, region=place, next_visit=str(today() + timedelta(days=3)))
    rhythm = next(g["visit_days"] for g in policy["grades"] if g["name"] == "A")
    everyone = sorted([big, small, agreed])
    assert await listed(running, region=place) == everyone
    assert await listed(running, region=place, sort="-score") == [big, agreed, small]
    assert await listed(running, region=place, grade="A") == [big]
    assert await listed(running, region=place, kind="kiosk") == [small]
    assert await listed(running, region=place, salesperson=seller) == [big]
    assert await listed(running, region=place, tag="tea") == sorted([big, agreed])
    assert await listed(running, region=place, min_score=90) == [big]
    assert await listed(running, region=place, q="山塘", status="open") == everyone

    async def due(days: int) -> list[str]:
        return await listed(
            running, region=place, visit_due="true", as_of=str(today() + timedelta(days=days))
        )

    async def unvisited(days: int, later: int) -> list[str]:
        as_of = str(today() + timedelta(days=later))
        return await listed(running, region=place, unvisited_days=days, as_of=as_of)

    assert (await due(2), await due(3), await due(rhythm)) == ([], [agreed], sorted([big, agreed]))
    assert (await unvisited(7, 6), await unvisited(7, 7)) == ([], everyone)
    visit = {"prospect_id": big, "salesperson_id": seller, "how": "visit", "outcome": "informed"}
    visit |= {"happened_at": datetime.now(UTC).isoformat(timespec="seconds")}
    assert (await running.client.post("/follow-ups", json={**visit, "how": "call"})).status_code == 201
    assert await unvisited(7, 7) == everyone
    assert (await running.client.post("/follow-ups", json=visit)).status_code == 201
    assert await unvisited(7, 7) == sorted([small, agreed])
    answer = await read(running, big)
    assert (answer["last_visit"], answer["visit_due"]) == (
        str(today()),
        str(today() + timedelta(days=rhythm)),
    )
    # The agreed day holds until a visit comes on it or after it.
    assert (await read(running, agreed))["visit_due"] == str(today() + timedelta(days=3))
    assert (await listed(running, region=place, sort="visit_due"))[0] == agreed
    await verified(running)


@in_module
async def test_a_day_from_which_nothing_can_be_taken(running: Installation) -> None:
    refused = await running.client.get("/prospects?unvisited_days=7&as_of=0001-01-01")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "query.as_of")


@in_module
async def test_conversion_makes_a_customer_once(running: Installation) -> None:
    seller = await hire(running)
    prospect_id = await entered(running, salesperson_id=seller, region="华东")
    before = {
        "prospect_id": prospect_id,
        "salesperson_id": seller,
        "how": "call",
        "remind_on": str(today() + timedelta(days=9)),
    }
    follow_up = (await running.client.post("/follow-ups", json=before)).json()["follow_up_id"]
    path, customer_id = f"/prospects/{prospect_id}/conversion", f"C-{uuid.uuid4().hex[:8]}"
    taken = await enter(running)
    assert (
        problem(await running.client.post(path, json={"customer_id": taken}), 409)["errors"][0]["field"]
        == "customer_id"
    )
    key = {"Idempotency-Key": uuid.uuid4().hex}
    sent = {"customer_id": customer_id, "ownership": "salesperson"}
    first = await running.client.post(path, json=sent, headers=key)
    assert (first.status_code, first.headers["location"]) == (201, f"/customers/{customer_id}"), first.text
    assert (first.json()["salesperson_id"], first.json()["open_follow_ups"]) == (seller, 1)
    assert (await running.client.post(path, json=sent, headers=key)).json() == first.json()
    assert customer_id in problem(await running.client.post(path, json=sent), 409)["detail"]
    customer = await shown(running, customer_id)
    assert (customer["name"], customer["region"], customer["ownership"]) == (
        "山塘茶馆",
        "华东",
        "salesperson",
    )
    assert (customer["salesperson_id"], customer["tags"]) == (seller, ["tea"])
    assert (customer["contacts"][0]["name"], customer["contacts"][0]["preferred"]) == ("陈静", True)
    follow_ups = await every_page(running, "/follow-ups", customer=customer_id)
    assert [f["follow_up_id"] for f in follow_ups] == [follow_up]
    done = await running.client.post(f"/follow-ups/{follow_up}/completion", json={"outcome": "ordered"})
    assert done.json()["status"] == "done"
    answer = await read(running, prospect_id)
    assert (answer["status"], answer["customer_id"]) == ("converted", customer_id)
    problem(await running.client.post("/follow-ups", json=before), 409)
    problem(await running.client.post(f"/prospects/{prospect_id}/loss", json={"reason": "x"}), 409)
    types = [e.type for _, e in await published(running, "customers", "customer_id", customer_id, 2)]
    assert types == ["customer.created", "customer.assigned"]
    kinds = [
        c["kind"] for c in await every_page(running, f"/prospects/{prospect_id}/changes", part="conversion")
    ]
    assert kinds == ["prospect.converted"]
    problem(await running.client.post("/prospects/nobody/conversion", json={}), 404)
    await verified(running)


@in_module
async def test_of_several_conversions_at_once_one_makes_the_customer(running: Installation) -> None:
    prospect_id = await entered(running)
    path = f"/prospects/{prospect_id}/conversion"
    ids = [f"C-{uuid.uuid4().hex[:8]}" for _ in range(4)]
    answers = await asyncio.gather(*(running.client.post(path, json={"customer_id": c}) for c in ids))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    there = [(await running.client.get(f"/customers/{c}")).status_code for c in ids]
    assert sorted(there) == [200, 404, 404, 404]


@in_module
async def test_a_lost_prospect_says_why_and_may_still_come(running: Installation) -> None:
    prospect_id = await entered(running)
    path = f"/prospects/{prospect_id}/loss"
    problem(await running.client.post(path, json={"reason": ""}), 422)
    lost = await running.client.post(path, json={"reason": "buys from its parent"}, headers=bearer("sales"))
    assert (lost.status_code, lost.json()["status"]) == (200, "lost")
    await running.client.post(path, json={"reason": "buys from its parent"})
    assert (await read(running, prospect_id))["lost_reason"] == "buys from its parent"
    assert prospect_id not in await listed(running, visit_due="true", as_of="2099-01-01")
    converted = await running.client.post(f"/prospects/{prospect_id}/conversion", json={})
    assert (converted.status_code, converted.json()["customer_id"]) == (201, prospect_id)
    events = [e.type for _, e in await published(running, "prospects", "prospect_id", prospect_id, 4)]
    assert events == ["prospect.entered", "prospect.graded", "prospect.lost", "prospect.converted"]
    await verified(running)


@in_module
async def test_only_managers_hand_a_prospect_over(running: Installation) -> None:
    mine, other = await hire(running, "sales-person"), await hire(running)
    prospect = a_prospect()
    path = f"/prospects/{prospect['prospect_id']}"
    assert (await running.client.post("/prospects", json=prospect)).status_code == 201
    card = {name: value for name, value in prospect.items() if name != "prospect_id"}

    async def change(role: str, revision: int, salesperson_id: str | None) -> httpx.Response:
        sent = {**card, "salesperson_id": salesperson_id}
        headers = {**bearer(role), "If-Match": f'"{revision}"'}
        return await running.client.put(path, json=sent, headers=headers)

    taken = await change("sales", 1, mine)
    assert (taken.status_code, (await read(running, prospect["prospect_id"]))["salesperson_id"]) == (
        200,
        mine,
    )
    for role in ("sales", "finance"):
        for to in (other, None):
            refused = problem(await change(role, 2, to), 403)
            assert refused["errors"][0]["field"] == "salesperson_id"
    assert (await change("sales", 2, mine)).status_code == 200
    assert (await change("manager", 3, other)).status_code == 200
    assert (await read(running, prospect["prospect_id"]))["salesperson_id"] == other
