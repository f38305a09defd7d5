"""Drafting a policy, bringing it into force, and what the decisions say afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY, PARTITIONS
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

STRICT: dict[str, Any] = {
    "company": {
        "overdue_days": {"max_days": 30},
        "single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "40"}]},
    }
}


async def draft(office: Till, policy: dict[str, Any]) -> int:
    answer = await office.post("/credit/policies", {"policy": policy, "reason": "a test"}, status=201)
    version: int = answer["version"]
    return version


async def in_force(office: Till, version: int) -> None:
    async def everywhere() -> bool:
        return bool((await office.get(f"/credit/policies/{version}"))["in_force_on"] == PARTITIONS)

    await until(everywhere)


async def test_a_draft_is_activated_and_decides_from_then_on(office: Till) -> None:
    customer = await office.customer("1000.00")
    before = await office.order(customer, "50.00")
    version = await draft(office, STRICT)
    shown = await office.get(f"/credit/policies/{version}")
    assert (shown["status"], shown["policy"], shown["created_by"]) == ("draft", STRICT, "finance-person")
    activated = await office.post(
        f"/credit/policies/{version}/activation", {"reason": "agreed"}, role="manager"
    )
    assert activated["effective_from"] == DAY.isoformat()
    await in_force(office, version)
    assert await office.outcome(before) == "approved"
    order = await office.order(customer, "50.00", 2)
    decision = (await office.get(f"/decisions/{order}"))["effective"]
    assert (decision["outcome"], decision["policy_version"]) == ("held", version)
    assert [(r["rule"], r["threshold"]) for r in decision["reasons"]] == [("single_order_maximum", "40.00")]
    shown = await office.get(f"/credit/policies/{version}")
    assert (shown["status"], shown["activated_by"], shown["activation_reason"]) == (
        "in_force",
        "manager-person",
        "agreed",
    )
    asked = {"customer_id": customer, "currency": "CNY", "amount": "50.00"}
    dry = await office.post("/credit/dry-run", asked)
    assert (dry["policy_version"], dry["largest_amount"]) == (version, "40.00")

    loose = await draft(office, {"company": {}})
    await office.post(f"/credit/policies/{loose}/activation", {"reason": "too strict"}, role="manager")
    await in_force(office, loose)
    decision = (await office.get(f"/decisions/{order}"))["effective"]
    assert (decision["outcome"], decision["released"], decision["trigger"]) == (
        "approved",
        True,
        f"policy {loose} in force",
    )
    listed = (await office.get("/credit/policies"))["items"]
    statuses = {item["version"]: item["status"] for item in listed}
    assert statuses == {loose: "in_force", version: "replaced", 1: "replaced"}
    assert [i["version"] for i in (await office.get("/credit/policies?status=in_force"))["items"]] == [loose]


async def test_a_version_for_a_later_day_waits(office: Till) -> None:
    version = await draft(office, {"company": {"term_change": {"active": True}}})
    day = (DAY + timedelta(days=3)).isoformat()
    body = {"reason": "next month", "effective_from": day}
    await office.post(f"/credit/policies/{version}/activation", body, role="manager")

    async def arrived() -> bool:
        rows = await office.runtime.database.pool.fetch(
            "SELECT turn FROM partition_policies WHERE version = $1", version
        )
        return [row["turn"] for row in rows] == [None] * PARTITIONS

    await until(arrived)
    assert (await office.get(f"/credit/policies/{version}"))["status"] == "scheduled"
    for place in range(PARTITIONS):
        await office.happened("clock.day_started", 3 * 1440, day=DAY + timedelta(days=3), partition=place)
    await in_force(office, version)
    customer = await office.customer(term_days=10)
    order = await office.order(customer, "1.00", 3 * 1440 + 1, term_days=30)
    reason = (await office.get(f"/decisions/{order}"))["effective"]["reasons"][0]
    assert reason["text"] == "the order asks for 30 days to pay, 10 days are allowed"


WRONG: list[tuple[Any, str, str]] = [
    ({"company": {"limit": {"actve": True}}}, "policy.company.limit.actve", "not known"),
    ({"company": {"overdue_days": {"max_days": -1}}}, "policy.company.overdue_days.max_days", "greater"),
    ({"company": {"overdue_days": {"max_items": 1}}}, "policy.company.overdue_days.max_items", "not known"),
    (
        {"company": {}, "customers": [{"customer_id": "C", "rules": {"limits": {}}}]},
        "policy.customers.0.rules.limits",
        "not known",
    ),
    (
        {"company": {}, "risk_classes": [{"risk_class": "E", "rules": {}}]},
        "policy.risk_classes.0.risk_class",
        "'A', 'B', 'C' or 'D'",
    ),
    (
        {"company": {"overdue_amount": {"amounts": [{"currency": "CNY", "amount": "0.001"}]}}},
        "policy.company.overdue_amount.amounts.0.amount",
        "2 decimals",
    ),
    ({}, "policy.company", "missing"),
]


@pytest.mark.parametrize(("policy", "field", "reason"), WRONG, ids=[field for _, field, _ in WRONG])
async def test_a_wrong_document_says_where_and_why(
    office: Till, policy: Any, field: str, reason: str
) -> None:
    before = (await office.get("/credit/policies"))["items"]
    refused = await office.post("/credit/policies", {"policy": policy, "reason": "x"}, status=422)
    assert [error["field"] for error in refused["errors"]] == [field]
    assert reason in refused["errors"][0]["reason"]
    assert (await office.get("/credit/policies"))["items"] == before


async def test_an_activation_that_cannot_be(office: Till) -> None:
    path, body = "/credit/policies/{}/activation", {"reason": "x"}
    await office.post(path.format(9_999), body, role="manager", status=404)
    await office.post(path.format(1), body, role="finance", status=403)
    again = await office.post(path.format(1), body, role="manager", status=409)
    assert "draft it anew" in again["errors"][0]["reason"]
    version = await draft(office, STRICT)
    past = body | {"effective_from": (DAY - timedelta(days=1)).isoformat()}
    refused = await office.post(path.format(version), past, role="manager", status=422)
    assert refused["errors"][0]["field"] == "effective_from"
    assert (await office.get(f"/credit/policies/{version}"))["status"] == "draft"


async def test_an_idempotency_key_drafts_once(office: Till) -> None:
    key = {"Idempotency-Key": office.new("key")}
    body = {"policy": STRICT, "reason": "twice"}
    first = await office.ask("POST", "/credit/policies", body, headers=key)
    assert (await office.ask("POST", "/credit/policies", body, headers=key)).json() == first.json()


async def test_a_risk_class_is_set_and_shown(till: Till) -> None:
    customer = await till.customer()
    answer = await till.ask("PUT", f"/accounts/{customer}/risk-class", {"risk_class": "B", "reason": "score"})
    assert answer.json()["account"]["terms"]["risk_class"] == "B"
    refused = await till.ask(
        "PUT", f"/accounts/{customer}/risk-class", {"risk_class": "E", "reason": "score"}
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "risk_class")
    [_, entry] = (await till.get(f"/accounts/{customer}/journal"))["items"]
    assert (entry["kind"], entry["entry"]["by"]) == ("risk_class", "finance-person")


async def test_how_somebody_pays_is_shown(till: Till) -> None:
    customer = await till.customer()
    late: dict[str, Any] = {"issued_on": DAY - timedelta(days=40), "due_on": DAY - timedelta(days=9)}
    await till.invoice(customer, "10.00", **late)
    await till.invoice(customer, "20.00")
    payment = till.new("P")
    await till.happened("payment.received", 3, customer_id=customer, payment_id=payment, amount="30.00")
    standing = (await till.get(f"/accounts/{customer}"))["standing"]
    assert (standing["settled_invoices"], standing["average_days_late"]) == (2, 4.5)
    await till.happened("payment.reversed", 4, customer_id=customer, payment_id=payment)
    standing = (await till.get(f"/accounts/{customer}"))["standing"]
    assert (standing["settled_invoices"], standing["average_days_late"]) == (0, None)
