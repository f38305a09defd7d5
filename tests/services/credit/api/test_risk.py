"""Risk, paying behaviour, forecasts and the worklist over HTTP."""

from datetime import timedelta
from decimal import Decimal
from statistics import mean, median
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.api.paying import paid
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")

GOOD_REASON = {"reason": "yearly review"}


async def test_behaviour_is_what_the_payments_say(till: Till) -> None:
    customer = await till.customer("10000.00")
    days = [-3, 0, 4, 11, 25]
    invoices = [await paid(till, customer, late) for late in days]
    await till.invoice(customer, "70.00", 6, due_on=DAY - timedelta(days=9))
    behaviour = await till.get(f"/accounts/{customer}/payment-behaviour", role="ops")
    assert behaviour["day"] == DAY.isoformat()
    figures = {
        "settled": 5,
        "amount": "500.00",
        "late": 3,
        "late_share": 0.6,
        "average_days_late": round(mean(days), 2),
        "median_days_late": median(days),
        "longest_days_late": 25,
    }
    assert behaviour["total"] == figures
    assert behaviour["months"] == [{"month": f"{DAY:%Y-%m}", **figures}]
    assert behaviour["longest"] == {
        "invoice_id": invoices[-1],
        "amount": "100.00",
        "due_on": (DAY - timedelta(days=25)).isoformat(),
        "settled_on": DAY.isoformat(),
        "days_late": 25,
    }
    assert behaviour["habit"]["invoices"] == 5


async def test_only_money_counts_as_paying_and_a_bounced_payment_undoes_it(till: Till) -> None:
    customer = await till.customer("10000.00")
    by_note = await till.invoice(customer, "50.00", 2, due_on=DAY - timedelta(days=8))
    await till.happened(
        "order.returned", 3, customer_id=customer, return_id=till.new("R"), amount="50.00", invoice_id=by_note
    )
    due = DAY - timedelta(days=6)
    bounced = await till.invoice(customer, "80.00", 4, due_on=due)
    payment = till.new("P")
    await till.happened("payment.received", 5, customer_id=customer, payment_id=payment, amount="80.00")
    path = f"/accounts/{customer}/payment-behaviour"
    assert (await till.get(path))["longest"]["invoice_id"] == bounced
    await till.happened("payment.reversed", 6, customer_id=customer, payment_id=payment)
    behaviour = await till.get(path)
    assert (behaviour["total"]["settled"], behaviour["longest"]) == (0, None)
    assert behaviour["total"]["late_share"] is None
    [open_again] = (await till.get(f"/accounts/{customer}/payment-forecast"))["items"]
    assert open_again["invoice_id"] == bounced
    await till.happened("payment.received", 7, customer_id=customer, payment_id=till.new("P"), amount="80.00")
    assert (await till.get(path))["total"]["settled"] == 1


async def test_a_forecast_is_never_in_the_past_and_follows_the_habit(till: Till) -> None:
    slow, quick = await till.customer("90000.00"), await till.customer("90000.00")
    for _ in range(8):
        await paid(till, slow, 30)
        await paid(till, quick, 1)
    found = {}
    for customer in (slow, quick):
        for days in (-10, 0, 60):
            await till.invoice(customer, f"{100 + days}.00", 9, due_on=DAY - timedelta(days=days))
        page = await till.get(f"/accounts/{customer}/payment-forecast", role="ops", params={"limit": 500})
        assert [item["days_past_due"] for item in page["items"]] == [60, 0, -10]
        for item in page["items"]:
            assert DAY.isoformat() <= item["earliest_on"] <= item["expected_on"] <= item["latest_on"]
            assert 0 < item["chance"] <= 1
        found[customer] = page["items"]
    assert found[slow][1]["expected_days_late"] > found[quick][1]["expected_days_late"] + 10
    assert found[slow][1]["chance"] < found[quick][1]["chance"]
    path = f"/accounts/{slow}/payment-forecast"
    first = await till.get(path, params={"limit": 1, "sort": "-amount"})
    second = await till.get(path, params={"limit": 1, "sort": "-amount", "cursor": first["next"]})
    assert [first["items"][0]["open"], second["items"][0]["open"]] == ["160.00", "100.00"]
    sooner = await till.get(path, params={"within_days": 1})
    assert sooner["items"][1]["chance"] < found[slow][1]["chance"]


def expected_values(**changed: str | None) -> dict[str, str | None]:
    entered = ("basic", "financial", "special", "years_in_business", "capital", "agency_report")
    return dict.fromkeys(entered) | changed


async def everything(till: Till) -> str:
    """A customer with a value for every factor of the books."""
    customer = await till.customer("1000.00")
    await paid(till, customer, 5, "300.00", 2)
    await till.invoice(
        customer,
        "200.00",
        8,
        issued_on=DAY - timedelta(days=40),
        due_on=DAY - timedelta(days=10),
    )
    await till.invoice(customer, "100.00", 9, due_on=DAY + timedelta(days=20))
    return customer


async def test_every_factor_is_shown_with_its_share(till: Till) -> None:
    customer = await everything(till)
    risk = await till.get(f"/accounts/{customer}/risk", role="ops")
    values = {factor["name"]: factor["value"] for factor in risk["factors"]}
    assert values == expected_values(
        limit_used="30.00",
        sales_count="3",
        sales_amount="600.00",
        balance="300.00",
        overdue_amount="200.00",
        overdue_days="10",
        overdue_items="1",
        collection_ratio="60.00",
        days_without_trade="0",
    )
    policy = (await till.get("/credit/risk-policy"))["policy"]
    score, proposal = independent(policy, risk)
    assert risk["score"] == score
    assert (risk["risk_class"], risk["proposal"]["limit"], risk["proposal"]["term_days"]) == proposal
    added = sum(Decimal(factor["contribution"]) for factor in risk["factors"])
    assert abs(added - Decimal(risk["score"])) < Decimal("0.1")
    assert risk["last_ruling"] is None


def independent(policy: dict[str, Any], risk: dict[str, Any]) -> tuple[str, tuple[str, str, int]]:
    """Score and proposal of a customer that began to trade 40 days ago, reckoned here once more."""
    weights = points = 0
    for factor in policy["factors"]:
        value = next(f["value"] for f in risk["factors"] if f["name"] == factor["name"])
        if value is None:
            got = factor["unknown"]
        else:
            fitting = [b for b in factor["bands"] if b["up_to"] is None or float(value) <= float(b["up_to"])]
            got = fitting[0]["points"]
        if got is not None:
            weights += factor["weight"]
            points += factor["weight"] * got
    score = round(points / weights + 1e-9, 2)
    rule = next(c for c in policy["classes"] if score >= float(c["from_score"]))
    sales = next(f["value"] for f in risk["factors"] if f["name"] == "sales_amount")
    limit = int(float(sales) * 30 * float(rule["months_of_sales"]) / 41 // 100 * 100)
    return f"{score:.2f}", (rule["name"], f"{limit}.00", rule["term_days"] if limit else 0)


async def test_what_a_person_enters_counts_and_is_kept(till: Till) -> None:
    customer = await everything(till)
    before = await till.get(f"/accounts/{customer}/risk")
    body = {"years_in_business": 12, "capital": "500000.00", "agency_report": 90, "reason": "agency file 77"}
    answer = await till.ask("PUT", f"/accounts/{customer}/risk/entered", body)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after == await till.get(f"/accounts/{customer}/risk")
    entered = {f["name"]: (f["value"], f["points"]) for f in after["factors"] if f["weight"] <= 3}
    assert entered["years_in_business"] == ("12", 100)
    assert entered["capital"] == ("500000.00", 70)
    assert entered["agency_report"] == ("90", 100)
    assert entered["financial"] == (None, None)
    assert after["score"] != before["score"]
    rows = await till.runtime.database.pool.fetch(
        "SELECT version, by, reason FROM risk_entries WHERE customer_id = $1", customer
    )
    assert [tuple(row) for row in rows] == [(1, "finance-person", "agency file 77")]
    for field, value in (("basic", 101), ("capital", -1), ("reason", " "), ("colour", 3)):
        wrong = await till.ask("PUT", f"/accounts/{customer}/risk/entered", body | {field: value})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, field)
    missing = await till.ask("PUT", f"/accounts/{till.new('NO')}/risk/entered", body)
    assert missing.status_code == 404


async def test_accepting_a_proposal_sets_class_term_and_limit_and_nothing_else(till: Till) -> None:
    customer = await till.customer("100.00", grace_days=4, single_order_max="900.00")
    for _ in range(3):
        await paid(till, customer, 0, "3000.00")
    held = await till.order(customer, "600.00", 20)
    assert await till.outcome(held) == "held"
    risk = await till.get(f"/accounts/{customer}/risk")
    path = f"/accounts/{customer}/risk"
    stale = await till.post(f"{path}/acceptance", {"proposal": "v0-A-0-0", **GOOD_REASON}, status=409)
    assert stale["errors"][0]["field"] == "proposal"
    body = {"proposal": risk["proposal"]["proposal"], **GOOD_REASON}
    await till.post(f"{path}/acceptance", body, status=403, role="sales")
    key: dict[str, Any] = {"headers": {"Idempotency-Key": till.new("K")}}
    answer = await till.post(f"{path}/acceptance", body, role="manager", **key)
    assert [order["order_id"] for order in answer["terms"]["released"]] == [held]
    terms = answer["terms"]["account"]["terms"]
    assert (terms["limit"], terms["term_days"]) == (risk["proposal"]["limit"], risk["proposal"]["term_days"])
    assert (terms["grace_days"], terms["single_order_max"]) == (4, "900.00")
    assert terms["risk_class"] == risk["risk_class"]
    assert (answer["ruling"]["accepted"], answer["ruling"]["by"]) == (True, "manager-person")
    assert answer["ruling"]["event"] == answer["terms"]["event"]
    assert await till.post(f"{path}/acceptance", body, role="manager", **key) == answer
    [ruling] = (await till.get(f"{path}/rulings"))["items"]
    assert ruling == answer["ruling"]
    [entry] = [
        e["entry"]
        for e in (await till.get(f"/accounts/{customer}/journal", params={"limit": 500}))["items"]
        if e["kind"] == "terms" and e["entry"].get("by") == "manager-person"
    ]
    assert entry["reason"] == GOOD_REASON["reason"]


async def test_refusing_a_proposal_is_remembered(till: Till) -> None:
    customer = await everything(till)
    path = f"/accounts/{customer}/risk"
    before = await till.get(path)
    body = {"proposal": before["proposal"]["proposal"], "reason": "the owner is about to retire"}
    ruling = await till.post(f"{path}/refusal", body)
    assert (ruling["accepted"], ruling["event"], ruling["by"]) == (False, None, "finance-person")
    assert ruling["score"] == before["score"]
    after = await till.get(path)
    assert after["last_ruling"] == ruling
    assert after | {"last_ruling": None} == before
    await till.post(f"{path}/refusal", {"proposal": body["proposal"], "reason": ""}, status=422)
    await till.post(f"/accounts/{till.new('NO')}/risk/refusal", body, status=404)


async def test_nobody_is_not_found(till: Till) -> None:
    for part in ("risk", "payment-behaviour", "payment-forecast"):
        missing = await till.get(f"/accounts/NOBODY/{part}", status=404)
        assert missing["errors"] == [{"field": "path.customer_id", "reason": "has no account"}], part
