"""Salespeople: entering them, whom they look after when, and handing over."""

import asyncio
import uuid

import pytest

from tests.services.customers.helpers import assign, enter, hire, shown, verified
from tests.services.events import body, make
from tests.services.harness import Installation, bearer, every_page, problem, published
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def owned(running: Installation, salesperson_id: str, as_of: str) -> list[str]:
    path = f"/staff/{salesperson_id}/customers"
    return [item["customer_id"] for item in await every_page(running, path, as_of=as_of)]


async def test_entering_and_changing_a_salesperson(running: Installation) -> None:
    number = f"S-{uuid.uuid4().hex[:8]}"
    entry = {"salesperson_id": number, "name": "李雷", "active_from": "2024-05-06", "email": "li@example.com"}
    problem(await running.client.post("/staff", json=entry, headers=bearer("sales")), 403)
    first = await running.client.post("/staff", json=entry)
    assert (first.status_code, first.headers["etag"], first.json()["active"]) == (201, '"1"', True)
    assert (await running.client.post("/staff", json=entry)).json() == first.json()
    refused = problem(await running.client.post("/staff", json={**entry, "name": "Other"}), 409)
    assert refused["errors"][0]["field"] == "salesperson_id"
    change = {k: v for k, v in entry.items() if k != "salesperson_id"} | {"active_to": "2024-12-31"}
    path = f"/staff/{number}"
    problem(await running.client.put(path, json=change), 428)
    problem(await running.client.put(path, json=change, headers={"If-Match": '"7"'}), 412)
    changed = await running.client.put(path, json=change, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["revision"], changed.json()["active"]) == (200, 2, False)
    events = await published(running, "staff", "salesperson_id", number, 4)
    assert sorted((partition, event.type) for partition, event in events) == [
        (0, "staff.changed"),
        (0, "staff.entered"),
        (1, "staff.changed"),
        (1, "staff.entered"),
    ]
    changes = await every_page(running, f"{path}/changes")
    assert [c["by"] for c in changes] == ["manager-person", "manager-person"]
    assert {"field": "active_to", "before": None, "after": "2024-12-31"} in changes[0]["changed"]
    names = [
        s["salesperson_id"] for s in await every_page(running, "/staff", q="李雷", active_on="2024-06-01")
    ]
    assert number in names
    assert number not in [
        s["salesperson_id"] for s in await every_page(running, "/staff", active_on="2025-01-01")
    ]
    problem(await running.client.get("/staff/nobody"), 404)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"active_to": "2019-12-31"}, "active_to"),
        ({"email": "nobody"}, "email"),
        ({"name": ""}, "name"),
        ({"password": "x"}, "password"),
    ],
)
async def test_an_entry_that_makes_no_sense(
    running: Installation, changes: dict[str, str], field: str
) -> None:
    entry = {"salesperson_id": "S-bad", "name": "Li Lei", "active_from": "2020-01-01", **changes}
    refused = problem(await running.client.post("/staff", json=entry), 422)
    assert [error["field"] for error in refused["errors"]] == [field]


async def test_unknown_and_inactive_salespeople_get_no_customers(running: Installation) -> None:
    customer_id = await enter(running)
    path = f"/customers/{customer_id}/assignments"
    left = await hire(running, active_to="2025-12-31")
    for seller in ("S-nobody", left):
        sent = {"salesperson_id": seller, "from_day": "2026-01-01"}
        refused = problem(await running.client.post(path, json=sent), 422)
        assert refused["errors"][0]["field"] == "salesperson_id"
        assert seller in refused["errors"][0]["reason"]
    await assign(running, customer_id, left, "2025-12-31")


async def test_events_that_name_a_stranger_are_taken_and_the_stranger_is_listed(
    running: Installation,
) -> None:
    customer_id, stranger = await enter(running), f"S-{uuid.uuid4().hex[:8]}"
    told = body("customer.assigned", customer_id=customer_id, salesperson_id=stranger)
    await running.publish(make(told, producer="erp"))

    async def known() -> bool:
        return (await running.client.get(f"/staff/{stranger}")).status_code == 200

    await until(known)
    assert (await shown(running, customer_id))["salesperson_id"] == stranger
    strangers = [s["salesperson_id"] for s in await every_page(running, "/staff", entered="false")]
    assert stranger in strangers
    problem(
        await running.client.post(
            f"/customers/{customer_id}/assignments",
            json={"salesperson_id": stranger, "from_day": "2026-05-01"},
        ),
        422,
    )
    await hire(running, stranger)
    assert (await running.client.get(f"/staff/{stranger}")).json()["revision"] == 1
    await verified(running)


async def test_a_leaver_hands_over_and_the_past_stays(running: Installation) -> None:
    leaver, heir, other = [await hire(running) for _ in range(3)]
    ids = sorted([await enter(running) for _ in range(5)])
    for customer_id in ids:
        await assign(running, customer_id, leaver, "2026-01-01")
    await assign(running, ids[4], other, "2026-02-01")
    path, sent = f"/staff/{leaver}/handover", {"to": heir, "from_day": "2026-03-01"}
    problem(await running.client.post(path, json=sent, headers=bearer("sales")), 403)
    some = problem(await running.client.post(path, json={**sent, "customer_ids": [ids[0], ids[4]]}), 422)
    assert some["errors"][0]["field"] == "customer_ids.1"
    assert (
        problem(await running.client.post(path, json={**sent, "to": "S-nobody"}), 422)["errors"][0]["field"]
        == "to"
    )
    problem(await running.client.post("/staff/S-unheard/handover", json=sent), 404)
    key = {"Idempotency-Key": uuid.uuid4().hex}
    done = await running.client.post(path, json=sent, headers=key)
    assert (done.status_code, done.json()["customer_ids"], done.json()["remaining"]) == (200, ids[:4], 0), (
        done.text
    )
    assert (await running.client.post(path, json=sent, headers=key)).json() == done.json()
    assert (await running.client.post(path, json=sent)).json()["customer_ids"] == []
    assert await owned(running, leaver, "2026-02-28") == ids[:4]
    assert await owned(running, leaver, "2026-03-01") == []
    assert await owned(running, heir, "2026-03-01") == ids[:4]
    events = [e for _, e in await published(running, "customers", "customer_id", ids[0], 3)]
    assert [(e.data.salesperson_id, e.data.by) for e in events[1:]] == [
        (leaver, "manager-person"),
        (heir, "manager-person"),
    ]
    await verified(running)


async def test_two_handovers_at_once_give_each_customer_to_one(running: Installation) -> None:
    leaver, one, two = [await hire(running) for _ in range(3)]
    ids = sorted([await enter(running) for _ in range(4)])
    for customer_id in ids:
        await assign(running, customer_id, leaver, "2026-01-01")
    path = f"/staff/{leaver}/handover"
    calls = [running.client.post(path, json={"to": to, "from_day": "2026-03-01"}) for to in (one, two)]
    moved = [(await call).json()["customer_ids"] for call in asyncio.as_completed(calls)]
    assert sorted(moved) == [[], ids]
    assert sorted([await owned(running, one, "2026-03-01"), await owned(running, two, "2026-03-01")]) == [
        [],
        ids,
    ]
