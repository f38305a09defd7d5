"""Documents in another currency than the account's, as callers read them: own amount, rate and what they count for."""

from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _usd(rate: str) -> dict[str, Any]:
    return {"currency": "USD", "exchange_rate": rate}


async def test_a_decision_and_the_queue_show_the_amount_in_both_currencies(till: Till) -> None:
    customer = await till.customer("500.00")
    order = await till.order(customer, "100.00", **_usd("7.1234"))
    shown = (await till.get(f"/decisions/{order}"))["effective"]
    assert (shown["amount"], shown["currency"], shown["exchange_rate"]) == ("100.00", "USD", "7.1234")
    assert (shown["account_amount"], shown["account_currency"], shown["outcome"]) == ("712.34", "CNY", "held")
    assert shown["reasons"][0]["value"] == "712.34"
    [held] = (await till.get("/held-orders", params={"customer": customer}))["items"]
    assert (held["amount"], held["account_amount"], held["exchange_rate"]) == ("100.00", "712.34", "7.1234")
    ruled = await till.post(f"/held-orders/{order}/release", {"reason": "agreed"})
    assert (ruled["decision"]["exposure"], ruled["account"]["balances"]["open_orders"]) == (
        "712.34",
        "712.34",
    )


async def test_without_a_rate_the_reason_says_what_is_missing(till: Till) -> None:
    customer = await till.customer("500.00")
    order = await till.order(customer, "1.00", currency="USD")
    [reason] = (await till.get(f"/decisions/{order}"))["effective"]["reasons"]
    assert reason["rule"] == "currency"
    assert reason["text"] == "the order is in USD, the account is kept in CNY, and exchange_rate is missing"
    await till.post(f"/held-orders/{order}/release", {"reason": "agreed"}, status=409)


async def test_a_ceiling_is_measured_in_the_accounts_currency(till: Till) -> None:
    ceiling = {"amount": "712.00", "currency": "CNY", "reason": "tried"}
    answer = await till.ask("PUT", "/credit/ceilings/people/deputy", ceiling, role="manager")
    assert answer.status_code == 200, answer.text
    customer = await till.customer("0.00")
    small = await till.order(customer, "99.90", **_usd("7.12"))
    large = await till.order(customer, "100.10", 2, **_usd("7.12"))
    await till.post(f"/held-orders/{small}/release", {"reason": "agreed"}, role="deputy")
    asked = await till.post(f"/held-orders/{large}/release", {"reason": "agreed"}, role="deputy", status=202)
    assert (asked["amount"], asked["currency"]) == ("712.71", "CNY")


async def test_every_document_shows_its_own_amount_and_what_it_counts_for(till: Till) -> None:
    customer = await till.customer(None)
    order = await till.order(customer, "300.00", **_usd("7.0"))
    shipment = {"shipment_id": till.new("S"), "currency": "USD", "amount": "120.00"}
    await till.happened("order.shipped", 2, customer_id=customer, order_id=order, **shipment)
    await till.invoice(customer, "100.00", 3, order_id=order, **_usd("7.1"))
    exposure = await till.get(f"/accounts/{customer}/exposure")
    assert {c["category"]: c["amount"] for c in exposure["categories"]} == {
        "open_orders": "1260.00",
        "shipped": "140.00",
        "invoiced": "710.00",
        "unapplied": "0.00",
    }
    expected = {
        "open_orders": ("1260.00", "300.00", "USD", "7"),
        "shipped": ("140.00", "300.00", "USD", "7"),
        "invoiced": ("710.00", "100.00", "USD", "7.1"),
    }
    for as_of in ({}, {"as_of": str(DAY)}):
        for category, figures in expected.items():
            page = await till.get(f"/accounts/{customer}/exposure/{category}", params=as_of)
            [shown] = page["items"]
            fields = (shown["counted"], shown["amount"], shown["currency"], shown["exchange_rate"])
            assert (*fields, shown["counted_currency"]) == (*figures, "CNY")


async def test_a_payment_realises_the_difference_and_the_statement_shows_it(till: Till) -> None:
    customer = await till.customer(None)
    invoice = await till.invoice(customer, "100.00", **_usd("7.1"))
    payment = till.new("P")
    body = {"payment_id": payment, "customer_id": customer, "amount": "110.00", **_usd("7.2")}
    receipt = await till.post("/payments", body, status=201)
    assert (receipt["own_amount"], receipt["own_currency"], receipt["exchange_rate"]) == (
        "110.00",
        "USD",
        "7.2",
    )
    assert (receipt["amount"], receipt["exchange_difference"]) == ("782.00", "-10.00")
    assert receipt["applied"] == [{"invoice_id": invoice, "amount": "710.00"}]
    assert receipt["unapplied"] == "72.00"
    assert await till.post("/payments", body, status=201) == receipt
    await till.post("/payments", body | {"exchange_rate": "7.3"}, status=409)
    detail = await till.get(f"/payments/{payment}")
    assert (detail["amount"], detail["own_amount"], detail["exchange_difference"]) == (
        "782.00",
        "110.00",
        "-10.00",
    )

    statement = await till.get(f"/accounts/{customer}/statement")
    lines = [(li["kind"], li["charged"], li["credited"], li["balance"]) for li in statement["lines"]]
    assert lines == [
        ("invoice", "710.00", None, "710.00"),
        ("payment", None, "792.00", "-82.00"),
        ("exchange_difference", "10.00", None, "-72.00"),
    ]
    assert (statement["lines"][0]["own_amount"], statement["lines"][0]["own_currency"]) == ("100.00", "USD")
    assert statement["sums"]["exchange"] == "10.00"

    await till.post(f"/payments/{payment}/reversal", {"reason": "bounced"})
    statement = await till.get(f"/accounts/{customer}/statement")
    assert [(li["kind"], li["charged"], li["credited"]) for li in statement["lines"][3:]] == [
        ("reversal", "792.00", None),
        ("exchange_difference", None, "10.00"),
    ]
    assert (statement["closing_balance"], statement["sums"]["exchange"]) == ("710.00", "0.00")
    assert statement["ageing"]["receivables"] == "710.00"
    for form in ("csv", "html"):
        answer = await till.ask("GET", f"/accounts/{customer}/statement", params={"format": form})
        assert "7.1" in answer.text
        assert "USD" in answer.text


async def test_money_that_came_first_shows_its_difference_when_the_invoice_comes(till: Till) -> None:
    customer = await till.customer(None)
    body = {"payment_id": till.new("P"), "customer_id": customer, "amount": "100.00", **_usd("7.2")}
    await till.post("/payments", body, status=201)
    await till.invoice(customer, "100.00", 9999, **_usd("7.1"))
    statement = await till.get(f"/accounts/{customer}/statement")
    assert [(li["kind"], li["balance"]) for li in statement["lines"]] == [
        ("payment", "-720.00"),
        ("exchange_difference", "-710.00"),
        ("invoice", "0.00"),
    ]


async def test_a_dry_run_takes_a_rate_and_answers_in_both_currencies(till: Till) -> None:
    customer = await till.customer("712.34")
    question = {"customer_id": customer, "amount": "100.00", **_usd("7.1234")}
    answer = await till.post("/credit/dry-run", question)
    assert (answer["passes"], answer["exposure_after"]) == (True, "712.34")
    assert (answer["largest_amount"], answer["largest_amount_own"]) == ("712.34", "100.00")
    order = await till.order(customer, "100.01", **_usd("7.1234"))
    assert await till.outcome(order) == "held"
    answer = await till.post("/credit/dry-run", question | {"exchange_rate": None})
    assert [reason["rule"] for reason in answer["reasons"]] == ["currency"]
    refused = await till.post("/credit/dry-run", question | {"exchange_to": "EUR"}, status=422)
    assert refused["errors"][0]["field"] == "exchange_to"
