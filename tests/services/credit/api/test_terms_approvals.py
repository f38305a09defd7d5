"""Terms that raise the ordinary limit beyond a ceiling wait for a second person; lowering never does."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from tests.services.credit.api.conftest import Till
from tests.services.credit.api.paying import paid
from tests.services.credit.api.test_approvals import answer, ceiling
from tests.services.credit.api.test_cases import published

pytestmark = pytest.mark.asyncio(loop_scope="session")

OWN = {
    "currency": "CNY",
    "term_days": 30,
    "grace_days": 4,
    "single_order_max": "700.00",
    "overdue": {"max_amount": "90.00", "max_days": None, "max_items": 3},
    "review_on": "2026-09-01",
}


def terms_of(limit: str | None, **fields: Any) -> dict[str, Any]:
    return {**OWN, "limit": limit, "reason": "grows", **fields}


async def put(
    till: Till, customer: str, limit: str | None, *, role: str = "clerk", status: int = 200, **fields: Any
) -> Any:
    found = await till.ask("PUT", f"/accounts/{customer}/terms", terms_of(limit, **fields), role=role)
    assert found.status_code == status, found.text
    return found.json()


async def limit_of(till: Till, customer: str) -> str | None:
    account = await till.get(f"/accounts/{customer}")
    found: str | None = account["terms"]["limit"]
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def customer(till: Till) -> str:
    """A customer with a limit of 500.00; the clerk may raise it by 100.00."""
    await ceiling(till, "clerk", "100.00")
    return await till.customer("500.00")


async def test_a_raise_within_the_ceiling_and_any_lowering_needs_nobody_else(
    till: Till, customer: str
) -> None:
    for limit in ("600.00", "700.00", "50.00", "150.00", "0.00"):
        await put(till, customer, limit)
        assert await limit_of(till, customer) == limit
    unlimited = await till.customer(None)
    await put(till, unlimited, "9000.00")
    await put(till, unlimited, "9100.01", status=202)


async def test_a_raise_beyond_it_waits_and_both_people_are_named(till: Till, customer: str) -> None:
    order = await till.order(customer, "650.00")
    request = await put(till, customer, "650.00", status=202)
    assert (request["kind"], request["amount"], request["requested_by"]) == ("terms", "650.00", "clerk")
    assert request["request"]["terms"] == {**OWN, "limit": "650.00"}
    assert (request["request"]["before"]["limit"], request["request"]["proposal"]) == ("500.00", None)
    assert (await limit_of(till, customer), await till.outcome(order)) == ("500.00", "held")
    waits = await till.get(
        "/credit/approvals", params={"state": "open", "kind": "terms", "customer": customer}
    )
    assert waits["items"] == [request]
    again = await put(till, customer, "900.00", status=409)
    assert "a limit of 650.00 waits" in again["title"] + again.get("detail", "")

    done = await answer(till, request, "approval", role="manager")
    assert (done["decision"], done["approval"]["state"]) == (None, "approved")
    shown = done["account"]["terms"]
    assert (shown["limit"], shown["grace_days"], shown["review_on"]) == ("650.00", 4, "2026-09-01")
    assert shown["overdue"] == OWN["overdue"]
    assert await till.outcome(order) == "approved"
    journal = await till.get(f"/accounts/{customer}/journal")
    entry = [item["entry"] for item in journal["items"] if item["kind"] == "terms"][-1]
    assert (entry["by"], entry["approved_by"], entry["reason"]) == ("clerk", "manager-person", "grows")
    [requested] = await published(till, customer, "credit.approval_requested")
    [closed] = await published(till, customer, "credit.approval_closed")
    assert (requested["kind"], closed["outcome"], closed["by"]) == ("terms", "approved", "manager-person")


@pytest.mark.parametrize("key", ["clerk", "clerk's other key"])
@pytest.mark.parametrize("what", ["approval", "refusal"])
async def test_never_the_same_person_whatever_key_they_use(
    till: Till, customer: str, key: str, what: str
) -> None:
    request = await put(till, customer, None, status=202)
    refused = await answer(till, request, what, role=key, status=409)
    assert "another person" in refused["errors"][0]["reason"]
    assert await limit_of(till, customer) == "500.00"


async def test_the_second_person_needs_a_ceiling_that_reaches(till: Till, customer: str) -> None:
    request = await put(till, customer, "800.00", status=202)
    await ceiling(till, "deputy", "299.99")
    await answer(till, request, "approval", role="deputy", status=409)
    await ceiling(till, "deputy", "300.00")
    await answer(till, request, "approval", role="deputy")
    assert await limit_of(till, customer) == "800.00"


async def test_a_refused_or_withdrawn_request_changes_nothing_and_may_be_made_again(
    till: Till, customer: str
) -> None:
    request = await put(till, customer, "800.00", status=202)
    assert (await answer(till, request, "refusal", role="manager"))["state"] == "refused"
    request = await put(till, customer, "800.00", status=202)
    path = f"/credit/approvals/{request['approval_id']}"
    assert (await till.ask("DELETE", path, role="manager")).status_code == 409
    assert (await till.ask("DELETE", path, role="clerk's other key")).json()["state"] == "withdrawn"
    late = await answer(till, request, "approval", role="manager", status=409)
    assert "is withdrawn" in late["errors"][0]["reason"]
    assert await limit_of(till, customer) == "500.00"
    await put(till, customer, "800.00", status=202)


@pytest.mark.parametrize("by", ["api", "topic"])
async def test_a_request_about_terms_that_changed_since_is_not_approved(
    till: Till, customer: str, by: str
) -> None:
    request = await put(till, customer, "800.00", status=202)
    if by == "api":
        await put(till, customer, "400.00")
    else:
        await till.happened("terms.set", 5, customer_id=customer, limit="500.00", grace_days=9)
    refused = await answer(till, request, "approval", role="manager", status=409)
    assert "changed in between" in refused["errors"][0]["reason"]
    assert await limit_of(till, customer) == ("400.00" if by == "api" else "500.00")
    # Asked anew, the old request is settled and the new one stands.
    second = await put(till, customer, "800.00", status=202)
    late = await answer(till, request, "approval", role="manager", status=409)
    assert "is expired" in late["errors"][0]["reason"]
    await answer(till, second, "approval", role="manager")
    outcomes = [event["outcome"] for event in await published(till, customer, "credit.approval_closed")]
    assert outcomes == ["expired", "approved"]


async def test_another_currency_raises_from_nothing_and_an_impossible_one_is_refused_at_once(
    till: Till, customer: str
) -> None:
    await ceiling(till, "clerk", "100.00", "USD")
    await put(till, customer, "100.01", currency="USD", status=202)
    owing = await till.customer("500.00")
    await till.invoice(owing, "10.00")
    refused = await put(till, owing, "900.00", currency="USD", status=409)
    assert refused["errors"][0]["field"] == "currency"
    assert await published(till, owing, "credit.approval_requested") == []


async def test_a_customer_nobody_knows_yet(till: Till) -> None:
    await ceiling(till, "clerk", "100.00")
    stranger = till.new()
    requests = await asyncio.gather(
        *(till.ask("PUT", f"/accounts/{stranger}/terms", terms_of("900.00"), role="clerk") for _ in range(3))
    )
    assert sorted(r.status_code for r in requests) == [202, 409, 409]
    [request] = [r.json() for r in requests if r.status_code == 202]
    await answer(till, request, "approval", role="manager")
    assert await limit_of(till, stranger) == "900.00"


async def test_accepting_a_proposal_that_raises_the_limit_beyond_the_ceiling(till: Till) -> None:
    await ceiling(till, "clerk", "0.00")
    customer = await till.customer("100.00")
    for _ in range(3):
        await paid(till, customer, 0, "3000.00")
    path = f"/accounts/{customer}/risk"
    before = await till.get(path)
    name = before["proposal"]["proposal"]
    body = {"proposal": name, "reason": "yearly review"}
    request = await till.post(f"{path}/acceptance", body, role="clerk", status=202)
    assert (request["kind"], request["request"]["proposal"]) == ("terms", name)
    assert (await till.get(f"/accounts/{customer}"))["terms"]["risk_class"] is None
    assert (await till.get(f"{path}/rulings"))["items"] == []
    await answer(till, request, "approval", role="clerk's other key", status=409)
    done = await answer(till, request, "approval", role="manager")
    assert done["account"]["terms"]["limit"] == before["proposal"]["limit"] == request["amount"]
    assert done["account"]["terms"]["risk_class"] == before["risk_class"]
    [ruling] = (await till.get(f"{path}/rulings"))["items"]
    assert (ruling["accepted"], ruling["by"], ruling["reason"]) == (True, "clerk", "yearly review")
