"""The static part of the archive: contacts, tags, bank accounts, and the audit of every change."""

import uuid
from datetime import date
from typing import Any

import pytest

from tests.services.customers.helpers import (
    a_customer,
    assign,
    enter,
    found,
    give_to_sales,
    hire,
    shown,
    verified,
)
from tests.services.events import body, make
from tests.services.harness import Installation, bearer, every_page, problem, published
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT = "6222 0000 1234 5678"
PERSON = {
    "name": "王芳",
    "role": "采购",
    "phone": "+86 21 5555 0101",
    "phones": ["+86 138 0000 0101"],
    "email": "wang@example.com",
    "chat": "wechat:wangfang",
    "preferred": True,
    "notes": "call after ten",
}


def card(customer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**customer, **changes}.items() if name != "customer_id"}


async def test_several_contacts_with_all_that_reaches_them(running: Installation) -> None:
    people = [PERSON, {"name": "Li Lei"}]
    customer_id = await enter(running, contacts=people, phones=["+86 21 5555 0100"], ownership="walk_in")
    answer = await shown(running, customer_id)
    assert answer["contacts"][0] == PERSON
    assert answer["contacts"][1]["preferred"] is False
    assert (answer["phones"], answer["ownership"]) == (["+86 21 5555 0100"], "walk_in")
    ((_, event),) = await published(running, "customers", "customer_id", customer_id, 1)
    assert event.data.contacts[0].chat == "wechat:wangfang"
    both = a_customer(contacts=[PERSON, {"name": "Li Lei"}, {"name": "Han", "preferred": True}])
    refused = problem(await running.client.post("/customers", json=both), 422)
    assert refused["errors"][0]["field"] == "contacts.2.preferred"
    await verified(running)


async def test_tags_and_ownership_filter(running: Installation) -> None:
    place = uuid.uuid4().hex
    first = await enter(running, region=place, tags=["VIP", "茶具"], ownership="company")
    second = await enter(running, region=place, tags=["茶具"], ownership="salesperson")
    assert await found(running, region=place, tag="VIP") == [first]
    assert await found(running, region=place, tag="茶具") == sorted([first, second])
    assert await found(running, region=place, tag="茶") == []
    assert await found(running, region=place, ownership="salesperson") == [second]
    problem(await running.client.get("/customers", params={"ownership": "state"}), 422)


async def test_the_bank_account_is_masked_for_who_need_not_see_it(running: Installation) -> None:
    customer = a_customer(bank_account=ACCOUNT)
    path = f"/customers/{customer['customer_id']}"
    await running.client.post("/customers", json=customer)
    await give_to_sales(running, customer["customer_id"])
    for role, expected in (
        ("finance", ACCOUNT),
        ("system", ACCOUNT),
        ("sales", "****5678"),
        ("ops", "****5678"),
    ):
        for where in (path, f"{path}/cards", f"{path}/changes"):
            text = (await running.client.get(where, headers=bearer(role))).text
            assert (expected in text, ACCOUNT in text) == (True, expected == ACCOUNT), (role, where)
    listed = await running.client.get("/customers", params={"q": customer["customer_id"]})
    assert "bank_account" not in listed.json()["items"][0]
    # Who sees it masked, or leaves it out, does not lose it by changing something else.
    for revision, sent in ((1, {"bank_account": "****5678"}), (2, {})):
        change = card(customer, region="west", revision=revision) | sent
        change = {k: v for k, v in change.items() if k != "bank_account" or sent}
        answer = await running.client.put(path, json=change, headers=bearer("sales"))
        assert answer.status_code == 200, answer.text
        assert (await shown(running, customer["customer_id"]))["bank_account"] == ACCOUNT
    await running.client.put(path, json=card(customer, bank_account="", revision=3))
    assert (await shown(running, customer["customer_id"]))["bank_account"] == ""


async def test_every_change_says_who_when_before_and_after(running: Installation) -> None:
    customer = a_customer(region="east")
    customer_id = customer["customer_id"]
    path = f"/customers/{customer_id}"
    await running.client.post("/customers", json=customer, headers=bearer("finance"))
    await running.client.put(path, json=card(customer, region="west", revision=1), headers=bearer("finance"))
    one, two = await hire(running), await hire(running)
    await assign(running, customer_id, one, "2026-01-01")
    await assign(running, customer_id, two, "2026-01-01")
    await running.client.post(f"{path}/blacklist", json={"reason": "bounced"}, headers=bearer("finance"))
    changes = await every_page(running, f"{path}/changes")
    assert [(c["kind"], c["by"]) for c in changes] == [
        ("customer.blacklisted", "finance-person"),
        ("customer.assigned", "manager-person"),
        ("customer.assigned", "manager-person"),
        ("customer.changed", "finance-person"),
        ("customer.created", "finance-person"),
    ]
    reassigned, changed = changes[1]["changed"], changes[3]["changed"]
    assert reassigned == [{"field": "salesperson_id", "before": one, "after": two}]
    assert changed == [
        {"field": "region", "before": "east", "after": "west"},
        {"field": "revision", "before": 1, "after": 2},
    ]
    cards = await every_page(running, f"{path}/changes", part="card", sort="at")
    assert [c["kind"] for c in cards] == ["customer.created", "customer.changed"]
    assert len(await every_page(running, f"{path}/changes", by="finance-person")) == 3
    await verified(running)


async def test_a_late_word_finds_its_place_in_the_audit(running: Installation) -> None:
    customer_id = f"C-{uuid.uuid4().hex[:8]}"
    for minute, seller in ((9, "S-late-2"), (3, "S-late-1")):
        told = body("customer.assigned", customer_id=customer_id, salesperson_id=seller)
        await running.publish(make(told, minute, producer="erp"))

    async def both() -> bool:
        return len(await every_page(running, f"/customers/{customer_id}/changes")) == 2

    await until(both)
    later, _ = await every_page(running, f"/customers/{customer_id}/changes")
    assert later["changed"] == [{"field": "salesperson_id", "before": "S-late-1", "after": "S-late-2"}]
    assert (later["by"], later["producer"]) == (None, "erp")
    assert (await shown(running, customer_id, as_of=str(date(2026, 3, 2))))["salesperson_id"] == "S-late-2"
