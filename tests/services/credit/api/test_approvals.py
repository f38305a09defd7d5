"""Ceilings, and what is above them: a second person approves or refuses, never the same one."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.api.test_cases import held, published
from tests.services.credit.events import DAY, activation, partition

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ceiling(till: Till, name: str, amount: str | None, currency: str = "CNY", status: int = 200) -> Any:
    body = {"currency": currency, "amount": amount, "reason": "the rules of 2026"}
    answer = await till.ask("PUT", f"/credit/ceilings/people/{name}", body, role="manager")
    assert answer.status_code == status, answer.text
    return answer.json()


async def asked(till: Till, amount: str = "500.00") -> tuple[str, str, dict[str, Any]]:
    """A held order above the clerk's ceiling whose release the clerk has asked for."""
    await ceiling(till, "clerk", "100.00")
    customer = await till.customer("100.00")
    order = await till.order(customer, amount)
    request = await till.post(
        f"/held-orders/{order}/release", {"reason": "good customer"}, role="clerk", status=202
    )
    return customer, order, request


async def answer(till: Till, request: dict[str, Any], what: str, **options: Any) -> Any:
    path = f"/credit/approvals/{request['approval_id']}/{what}"
    return await till.post(path, {"reason": "agreed"}, **options)


async def test_within_the_ceiling_one_person_releases(till: Till) -> None:
    await ceiling(till, "clerk", "150.00")
    customer = await till.customer("100.00")
    order = await till.order(customer, "150.00")
    await till.post(f"/held-orders/{order}/release", {"reason": "x"}, role="clerk")
    other = await till.order(customer, "150.01")
    await till.post(f"/held-orders/{other}/release", {"reason": "x"}, role="clerk", status=202)


async def test_above_it_a_second_person_approves_and_both_are_named(till: Till) -> None:
    customer, order, request = await asked(till)
    assert (request["state"], request["amount"], request["requested_by"]) == ("open", "500.00", "clerk")
    assert await till.outcome(order) == "held"
    assert (await held(till, customer, order))["approval_id"] == request["approval_id"]
    page = await till.get("/credit/approvals", params={"state": "open", "customer": customer})
    assert page["items"] == [request]

    done = await answer(till, request, "approval", role="manager")
    assert (done["decision"]["by"], done["decision"]["approved_by"]) == ("clerk", "manager-person")
    assert (done["decision"]["outcome"], done["decision"]["comment"]) == ("approved", "good customer")
    assert done["account"]["balances"]["open_orders"] == "500.00"
    assert (done["approval"]["state"], done["approval"]["closed_by"]) == ("approved", "manager-person")

    first, last, released = await published(
        till,
        customer,
        "credit.approval_requested",
        "credit.approval_closed",
        "credit.order_released",
    )
    assert (first["requested_by"], first["due_on"], first["reason"]) == (
        "clerk",
        (DAY + timedelta(days=2)).isoformat(),
        "good customer",
    )
    assert (last["outcome"], last["by"], last["comment"]) == ("approved", "manager-person", "agreed")
    assert (released["by"], released["approved_by"]) == ("clerk", "manager-person")
    history = await till.get(f"/held-orders/{order}/history")
    assert {(s["what"], s["by"]) for s in history["steps"]} == {
        ("held", None),
        ("approval requested", "clerk"),
        ("approval approved", "manager-person"),
        ("approved", "clerk"),
    }


@pytest.mark.parametrize("key", ["clerk", "clerk's other key"])
@pytest.mark.parametrize("what", ["approval", "refusal"])
async def test_nobody_answers_their_own_request_whatever_key_they_use(
    till: Till, key: str, what: str
) -> None:
    _, order, request = await asked(till)
    refused = await answer(till, request, what, role=key, status=409)
    assert "another person" in refused["errors"][0]["reason"]
    assert await till.outcome(order) == "held"
    await answer(till, request, "refusal", role="manager")


async def test_the_second_person_needs_a_ceiling_that_reaches(till: Till) -> None:
    _, order, request = await asked(till)
    await ceiling(till, "deputy", "499.99")
    refused = await answer(till, request, "approval", role="deputy", status=409)
    assert refused["errors"] == [
        {"field": "path.approval_id", "reason": "is above your own ceiling of 499.99 CNY"}
    ]
    await ceiling(till, "deputy", "500.00")
    await answer(till, request, "approval", role="deputy")
    assert await till.outcome(order) == "approved"


async def test_a_refused_request_leaves_the_order_held_and_may_be_made_again(till: Till) -> None:
    customer, order, request = await asked(till)
    path = f"/held-orders/{order}/release"
    again = await till.post(path, {"reason": "x"}, role="clerk", status=409)
    assert "'clerk' asked" in again["errors"][0]["reason"]
    refused = await answer(till, request, "refusal", role="deputy")
    assert (refused["state"], refused["closed_by"], refused["comment"]) == ("refused", "deputy", "agreed")
    late = await answer(till, request, "approval", role="manager", status=409)
    assert "is refused by 'deputy'" in late["errors"][0]["reason"]
    await till.post(path, {"reason": "x"}, role="clerk", status=202)
    events = await published(till, customer, "credit.approval_closed")
    assert [event["outcome"] for event in events] == ["refused"]


async def test_only_who_asked_withdraws(till: Till) -> None:
    _, _, request = await asked(till)
    path = f"/credit/approvals/{request['approval_id']}"
    assert (await till.ask("DELETE", path, role="deputy")).status_code == 409
    withdrawn = await till.ask("DELETE", path, role="clerk's other key")
    assert withdrawn.json()["state"] == "withdrawn"


@pytest.mark.parametrize("end", ["release", "rejection", "cancellation", "payment", "amendment"])
async def test_a_request_expires_when_the_order_is_decided_otherwise(till: Till, end: str) -> None:
    customer, order, request = await asked(till)
    if end in ("release", "rejection"):
        await till.post(f"/held-orders/{order}/{end}", {"reason": "x"}, role="manager")
    elif end == "cancellation":
        await till.happened("order.cancelled", 5, customer_id=customer, order_id=order)
    elif end == "payment":
        await till.happened(
            "payment.received", 5, customer_id=customer, payment_id=till.new("P"), amount="400.00"
        )
    else:
        await till.happened("order.amended", 5, customer_id=customer, order_id=order, amount="600.00")
    late = await answer(till, request, "approval", role="manager", status=409)
    assert "is expired" in late["errors"][0]["reason"]
    [closed] = await published(till, customer, "credit.approval_closed")
    assert (closed["outcome"], closed["approval_id"]) == ("expired", request["approval_id"])
    expected = {"release": "approved", "payment": "approved", "amendment": "held", "cancellation": "held"}
    assert await till.outcome(order) == expected.get(end, "rejected")


async def test_two_approvals_at_once_have_one_effect(till: Till) -> None:
    customer, order, request = await asked(till)
    path = f"/credit/approvals/{request['approval_id']}/approval"
    answers = await asyncio.gather(
        *(till.ask("POST", path, {"reason": "x"}, role=role) for role in ("manager", "finance") * 3)
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 5
    assert len(await published(till, customer, "credit.order_released")) == 1
    assert (await till.get(f"/accounts/{customer}"))["balances"]["exposure"] == "500.00"
    assert await till.outcome(order) == "approved"


@pytest.mark.parametrize("round_", range(4))
async def test_an_approval_against_a_ruling_a_payment_or_a_cancellation(till: Till, round_: int) -> None:
    customer, order, request = await asked(till)
    path = f"/credit/approvals/{request['approval_id']}/approval"
    other = (
        till.ask("POST", f"/held-orders/{order}/rejection", {"reason": "y"}, role="finance"),
        till.happened("order.cancelled", 9, customer_id=customer, order_id=order),
        till.happened("payment.received", 9, customer_id=customer, payment_id=till.new("P"), amount="400.00"),
        till.ask("POST", f"/held-orders/{order}/release", {"reason": "y"}, role="finance"),
    )
    approving = asyncio.create_task(till.ask("POST", path, {"reason": "x"}, role="manager"))
    await asyncio.gather(approving, other[round_])
    for unused in other[:round_] + other[round_ + 1 :]:
        unused.close()
    [closed] = await published(till, customer, "credit.approval_closed")
    assert closed["outcome"] == ("approved" if approving.result().status_code == 200 else "expired")
    released = await published(till, customer, "credit.order_released")
    assert len(released) <= 1


async def test_a_ceiling_is_set_by_managers_for_others_and_every_change_is_kept(till: Till) -> None:
    name = till.new("王").replace("王", "wang")
    await till.post("/credit/approvals/NEVER/approval", {"reason": "x"}, status=404)
    for amount in ("10.00", "20.00"):
        await ceiling(till, name, amount)
    await ceiling(till, name.upper(), "5.000", "KWD")
    shown = await till.get("/credit/ceilings", params={"name": name})
    assert {(c["currency"], c["amount"], c["set_by"]) for c in shown["items"]} == {
        ("CNY", "20.00", "manager-person"),
        ("KWD", "5.000", "manager-person"),
    }
    removed = await till.ask("DELETE", f"/credit/ceilings/people/{name}?currency=CNY", role="manager")
    assert removed.json()["removed"] is True
    gone = await till.ask("DELETE", f"/credit/ceilings/people/{name}?currency=CNY", role="manager")
    assert gone.status_code == 404
    history = await till.get("/credit/ceilings/history", params={"name": name, "currency": "CNY"})
    assert [(c["amount"], c["removed"]) for c in history["items"]] == [
        (None, True),
        ("20.00", False),
        ("10.00", False),
    ]
    with pytest.raises(Exception, match="append-only"):
        await till.runtime.database.pool.execute("UPDATE ceilings SET amount = NULL")


async def test_nobody_sets_their_own_ceiling_and_what_is_wrong_is_named(till: Till) -> None:
    own = await ceiling(till, "Manager-PERSON", None, status=409)
    assert own["errors"] == [{"field": "path.name", "reason": "is your own"}]
    wrong = await till.ask(
        "PUT",
        "/credit/ceilings/roles/ops",
        {"currency": "CNY", "amount": None, "reason": "x"},
        role="manager",
    )
    assert wrong.json()["errors"][0]["field"] == "path.name"
    decimals = await ceiling(till, "x", "1.234", status=422)
    assert decimals["errors"][0]["field"] == "amount"
    scope = await till.ask("PUT", "/credit/ceilings/teams/x", {}, role="manager")
    assert scope.json()["errors"][0]["field"] == "path.scope"


def limit_of(amount: str | None, **fields: Any) -> dict[str, Any]:
    days = {"from_day": DAY.isoformat(), "until_day": (DAY + timedelta(days=5)).isoformat()}
    return {"currency": "CNY", "limit": amount, **days, "reason": "trade fair", **fields}


async def test_a_limit_above_the_ceiling_waits_for_a_second_person_and_then_releases(till: Till) -> None:
    await ceiling(till, "clerk", "100.00")
    customer = await till.customer("500.00")
    order = await till.order(customer, "650.00")
    path = f"/accounts/{customer}/temporary-limit"
    await till.post(path, limit_of("600.00"), role="clerk")
    request = await till.post(path, limit_of("650.00"), role="clerk", status=202)
    assert (request["kind"], request["amount"], request["order_id"]) == ("temporary_limit", "650.00", None)
    assert await till.outcome(order) == "held"
    again = await till.post(path, limit_of(None), role="clerk", status=409)
    assert again["errors"][0]["field"] == "path.customer_id"
    await answer(till, request, "approval", role="clerk", status=409)
    done = await answer(till, request, "approval", role="manager")
    assert done["decision"] is None
    assert done["account"]["terms"]["temporary_limit"]["limit"] == "650.00"
    assert await till.outcome(order) == "approved"
    journal = await till.get(f"/accounts/{customer}/journal")
    [granted] = [i["entry"] for i in journal["items"] if i["kind"] == "temporary_limit"][1:]
    assert (granted["by"], granted["approved_by"], granted["limit"]) == ("clerk", "manager-person", 65_000)
    closed = await published(till, customer, "credit.approval_closed")
    assert [(e["kind"], e["outcome"], e["amount"]) for e in closed] == [
        ("temporary_limit", "approved", "650.00")
    ]


async def test_a_wrong_limit_is_refused_before_anybody_is_asked(till: Till) -> None:
    await ceiling(till, "clerk", "100.00")
    customer = await till.customer("500.00")
    path = f"/accounts/{customer}/temporary-limit"
    refused = await till.post(path, limit_of("900.00", currency="USD"), role="clerk", status=409)
    assert refused["errors"][0]["field"] == "currency"
    over = limit_of("900.00", from_day="2026-01-01", until_day="2026-01-02")
    assert (await till.post(path, over, role="clerk", status=422))["errors"][0]["field"] == "until_day"
    unlimited = await till.post(path, limit_of(None), role="clerk", status=202)
    assert unlimited["amount"] is None
    text = json.dumps(await published(till, customer, "credit.approval_requested"))
    assert '"amount": null' in text


async def test_a_raise_beyond_the_policys_percentage_needs_a_second_person_whatever_the_ceiling(
    office: Till,
) -> None:
    customer = await office.customer("500.00")
    document = {"company": {"overdue_days": {"max_days": 30}}, "desk": {"limit_raise_percent": 10}}
    await office.live.apply_events(activation(document, partition=partition(customer)))
    path = f"/accounts/{customer}/temporary-limit"
    await office.post(path, limit_of("550.00"), role="finance")
    await office.post(path, limit_of("400.00"), role="finance")
    request = await office.post(path, limit_of("550.01"), role="finance", status=202)
    await answer(office, request, "approval", role="manager")
    account = await office.get(f"/accounts/{customer}")
    assert account["terms"]["temporary_limit"]["limit"] == "550.01"
