"""Terms, temporary limits and holds over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")

TERMS = {"currency": "CNY", "term_days": 30, "limit": "500.00", "reason": "yearly review"}


async def put(
    till: Till, customer: str, body: dict[str, Any], status: int = 200, role: str = "finance"
) -> Any:
    answer = await till.ask("PUT", f"/accounts/{customer}/terms", body, role=role)
    assert answer.status_code == status, answer.text
    return answer.json()


def temporary(limit: str | None) -> dict[str, Any]:
    return {
        "currency": "CNY",
        "limit": limit,
        "from_day": DAY.isoformat(),
        "until_day": (DAY + timedelta(days=5)).isoformat(),
        "reason": "trade fair",
    }


async def test_a_new_customer_is_cash_only_until_terms_are_set(till: Till) -> None:
    customer = till.new()
    order = await till.order(customer, "100.00")
    assert await till.outcome(order) == "held"
    account = await till.get(f"/accounts/{customer}")
    assert (account["terms"]["limit"], account["terms"]["term_days"]) == ("0.00", 0)

    answer = await put(till, customer, TERMS)
    assert [r["order_id"] for r in answer["released"]] == [order]
    assert answer["by"] == "finance-person"
    assert answer["account"]["standing"]["available"] == "400.00"
    assert answer["account"] == await till.get(f"/accounts/{customer}")


async def test_terms_are_set_in_full(till: Till) -> None:
    customer = till.new()
    full = TERMS | {
        "limit": None,
        "grace_days": 3,
        "single_order_max": "200.00",
        "overdue": {"max_amount": "0", "max_days": None, "max_items": 2},
        "review_on": "2026-12-31",
    }
    answer = await put(till, customer, full, role="manager")
    assert answer["account"]["terms"] == {
        "term_days": 30,
        "limit": None,
        "temporary_limit": None,
        "risk_class": None,
        "grace_days": 3,
        "single_order_max": "200.00",
        "overdue": {"max_amount": "0.00", "max_days": None, "max_items": 2},
        "review_on": "2026-12-31",
    }
    assert answer["account"]["standing"]["available"] is None
    answer = await put(till, customer, TERMS)
    assert answer["account"]["terms"]["overdue"] is None
    assert answer["account"]["terms"]["single_order_max"] is None


async def test_who_and_why_are_in_the_journal(till: Till) -> None:
    customer = till.new()
    await put(till, customer, TERMS | {"reason": "new shop opened"}, role="manager")
    journal = await till.get(f"/accounts/{customer}/journal")
    [entry] = journal["items"]
    assert (entry["kind"], entry["entry"]["by"], entry["entry"]["reason"]) == (
        "terms",
        "manager-person",
        "new shop opened",
    )


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"limit": "1.234"}, "limit", "decimals"),
        ({"limit": "-1"}, "limit", "not negative"),
        ({"single_order_max": "0.001"}, "single_order_max", "decimals"),
        ({"overdue": {"max_amount": "0.001"}}, "overdue.max_amount", "decimals"),
        ({"overdue": {"max_dayz": 3}}, "overdue.max_dayz", "not known"),
        ({"term_days": -1}, "term_days", "greater than or equal"),
        ({"term_days": "30"}, "term_days", "integer"),
        ({"term_days": True}, "term_days", "integer"),
        ({"reason": ""}, "reason", "at least 1 character"),
        ({"reason": "  "}, "reason", "must say why"),
        ({"by": "somebody else"}, "by", "not known"),
        ({"currency": "cny"}, "currency", "ISO 4217"),
        ({"review_on": "31.12.2026"}, "review_on", "date"),
    ],
)
async def test_wrong_terms_say_field_and_reason(
    till: Till, change: dict[str, Any], field: str, reason: str
) -> None:
    refused = await put(till, till.new(), TERMS | change, status=422)
    assert refused["errors"][0]["field"] == field
    assert reason in refused["errors"][0]["reason"]


async def test_a_limit_must_be_said_even_if_there_is_none(till: Till) -> None:
    refused = await put(till, till.new(), {k: v for k, v in TERMS.items() if k != "limit"}, status=422)
    assert refused["errors"] == [{"field": "limit", "reason": "is missing"}]


async def test_the_currency_stays_while_there_are_balances(till: Till) -> None:
    customer = await till.customer()
    await till.order(customer, "10.00")
    refused = await put(till, customer, TERMS | {"currency": "USD"}, status=409)
    assert refused["errors"][0]["field"] == "currency"
    assert "balances in CNY" in refused["errors"][0]["reason"]
    [entry, _] = (await till.get(f"/accounts/{customer}/journal"))["items"]
    assert entry["kind"] == "terms", "the refused command has left nothing"


async def test_a_temporary_limit_releases_and_stands_in_place_of_the_ordinary_one(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "250.00")
    answer = await till.post(f"/accounts/{customer}/temporary-limit", temporary("300.00"))
    assert [r["order_id"] for r in answer["released"]] == [order]
    standing, terms = answer["account"]["standing"], answer["account"]["terms"]
    assert (standing["limit_in_force"], standing["available"], terms["limit"]) == (
        "300.00",
        "50.00",
        "100.00",
    )
    assert terms["temporary_limit"]["until_day"] == (DAY + timedelta(days=5)).isoformat()


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"until_day": "2026-03-01", "from_day": "2026-02-01"}, 422, "until_day"),
        ({"until_day": "2026-03-02", "from_day": "2026-03-03"}, 422, "until_day"),
        ({"limit": "0.001"}, 422, "limit"),
        ({"currency": "USD"}, 409, "currency"),
    ],
)
async def test_a_wrong_temporary_limit_is_refused(
    till: Till, change: dict[str, Any], status: int, field: str
) -> None:
    customer = await till.customer()
    body = temporary("300.00") | change
    refused = await till.post(f"/accounts/{customer}/temporary-limit", body, status=status)
    assert refused["errors"][0]["field"] == field
    assert (await till.get(f"/accounts/{customer}"))["journal_seq"] == 1


async def test_a_hold_holds_new_orders_until_it_is_lifted(till: Till) -> None:
    customer = await till.customer()
    answer = await till.post(f"/accounts/{customer}/hold", {"reason": "disputed invoice"})
    assert answer["account"]["standing"]["on_hold"] == "disputed invoice"
    order = await till.order(customer, "10.00")
    prepaid = await till.order(customer, "10.00", payment_method="prepaid")
    assert await till.outcome(prepaid) == "approved"
    decision = (await till.get(f"/decisions/{order}"))["effective"]
    assert decision["outcome"] == "held"
    assert decision["reasons"][0]["text"] == "finance holds all orders of this customer: disputed invoice"

    lifted = await till.ask("DELETE", f"/accounts/{customer}/hold", params={"reason": "settled"})
    assert lifted.status_code == 200
    assert [r["order_id"] for r in lifted.json()["released"]] == [order]
    again = await till.ask("DELETE", f"/accounts/{customer}/hold")
    assert again.status_code == 409
    assert again.json()["errors"] == [{"field": "path.customer_id", "reason": "is not on hold"}]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_customer_nobody_knows_has_no_hold(till: Till, method: str) -> None:
    customer = till.new()
    body = {"reason": "typo"} if method == "POST" else None
    missing = await till.ask(method, f"/accounts/{customer}/hold", body)
    assert missing.status_code == 404
    assert missing.json()["errors"] == [{"field": "path.customer_id", "reason": "has no account"}]
    await till.get(f"/accounts/{customer}", status=404)


async def test_an_id_may_have_slashes(till: Till) -> None:
    customer = till.new("北京/A".encode().hex() + "/2026")
    await put(till, customer, TERMS)
    assert (await till.get(f"/accounts/{customer}"))["customer_id"] == customer
    assert (await till.get(f"/accounts/{customer}/exposure"))["exposure"] == "0.00"
    assert len((await till.get(f"/accounts/{customer}/journal"))["items"]) == 1


async def test_an_idempotency_key_sets_terms_once(till: Till) -> None:
    customer, key = till.new(), {"Idempotency-Key": till.new("key")}
    path = f"/accounts/{customer}/terms"
    first = await till.ask("PUT", path, TERMS, headers=key)
    again = await till.ask("PUT", path, TERMS, headers=key)
    assert first.json() == again.json()
    assert (await till.get(f"/accounts/{customer}"))["journal_seq"] == 1
