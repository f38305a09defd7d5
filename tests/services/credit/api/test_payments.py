"""Payments over HTTP: received, looked up, repeated, taken back, refused."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


def payment(till: Till, customer: str, amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "payment_id": till.new("P"),
        "customer_id": customer,
        "currency": "CNY",
        "amount": amount,
        "method": "bank transfer",
        **fields,
    }


async def test_a_payment_pays_the_oldest_first_and_releases_what_passes(till: Till) -> None:
    customer = await till.customer("500.00")
    newer = await till.invoice(customer, "200.00", due_on=DAY + timedelta(days=9))
    older = await till.invoice(customer, "250.00", due_on=DAY + timedelta(days=1))
    held = await till.order(customer, "100.00", 3)
    assert await till.outcome(held) == "held"

    body = payment(till, customer, "300.00")
    answer = await till.post("/payments", body, status=201, role="system")

    assert answer["applied"] == [
        {"invoice_id": older, "amount": "250.00"},
        {"invoice_id": newer, "amount": "50.00"},
    ]
    assert answer["unapplied"] == "0.00"
    assert [(r["order_id"], r["version"]) for r in answer["released"]] == [(held, 2)]
    assert answer["event"].startswith("credit-api/")
    decision = await till.get(f"/decisions/{held}", role="ops")
    assert decision["effective"]["released"] is True
    assert decision["effective"]["trigger"] == f"payment {body['payment_id']}"
    assert decision["effective"]["event"] == answer["event"]


async def test_what_is_left_is_kept_and_what_is_meant_for_a_later_invoice_waits(till: Till) -> None:
    customer = await till.customer()
    paid = await till.invoice(customer, "40.00")
    body = payment(
        till,
        customer,
        "100.00",
        allocations=[{"invoice_id": paid, "amount": "40.00"}, {"invoice_id": "LATER-1", "amount": "35.00"}],
    )
    answer = await till.post("/payments", body, status=201)
    assert answer["applied"] == [{"invoice_id": paid, "amount": "40.00"}]
    assert answer["reserved"] == [{"invoice_id": "LATER-1", "amount": "35.00"}]
    assert answer["unapplied"] == "60.00"

    await till.invoice(customer, "35.00", 5, invoice_id="LATER-1", due_on=DAY - timedelta(days=3))
    found = await till.get(f"/payments/{body['payment_id']}")
    assert (found["amount"], found["applied"], found["unapplied"]) == ("100.00", "75.00", "25.00")
    assert [(i["invoice_id"], i["amount"], i["open"]) for i in found["invoices"]] == [
        (paid, "40.00", "0.00"),
        ("LATER-1", "35.00", "0.00"),
    ]
    assert found["invoices"][1]["days_late"] == 3
    assert found["reserved"] == []
    assert found["status"] == "received"


async def test_the_same_payment_again_gets_the_same_answer(till: Till) -> None:
    customer = await till.customer()
    await till.invoice(customer, "40.00")
    body = payment(till, customer, "30.00")
    first = await till.post("/payments", body, status=201)
    await till.invoice(customer, "10.00", 6)
    assert await till.post("/payments", body, status=201) == first
    account = await till.get(f"/accounts/{customer}")
    assert account["balances"]["invoiced"] == "20.00"


@pytest.mark.parametrize(
    "change",
    [{"amount": "31.00"}, {"method": "cash"}, {"allocations": [{"invoice_id": "I-x", "amount": "1.00"}]}],
    ids=lambda change: next(iter(change)),
)
async def test_another_body_under_its_id_is_refused(till: Till, change: dict[str, Any]) -> None:
    customer = await till.customer()
    body = payment(till, customer, "30.00")
    await till.post("/payments", body, status=201)
    refused = await till.post("/payments", body | change, status=409)
    assert "before with another" in refused["detail"]
    assert refused["errors"][0]["field"] == "payment_id"


async def test_a_payment_that_came_over_kafka_is_known(till: Till) -> None:
    customer = await till.customer()
    body = payment(till, customer, "30.00")
    await till.happened("payment.received", 3, **body)
    answer = await till.post("/payments", body, status=201)
    assert answer["event"].startswith("pos/")
    await till.post("/payments", body | {"method": "cash"}, status=409)


async def test_another_customers_payment_id_is_refused(till: Till) -> None:
    body = payment(till, await till.customer(), "30.00")
    await till.post("/payments", body, status=201)
    refused = await till.post("/payments", body | {"customer_id": await till.customer()}, status=409)
    assert "belongs to customer" in refused["errors"][0]["reason"]


async def test_an_idempotency_key_gets_the_same_answer_and_has_one_effect(till: Till) -> None:
    customer = await till.customer()
    body = payment(till, customer, "30.00")
    key = {"Idempotency-Key": till.new("key")}
    first = await till.ask("POST", "/payments", body, headers=key)
    again = await till.ask("POST", "/payments", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await till.ask("POST", "/payments", body | {"amount": "1.00"}, headers=key)
    assert other.status_code == 422


async def test_thirty_payments_at_once_all_count(till: Till) -> None:
    customer = await till.customer("1000.00")
    await till.invoice(customer, "900.00")
    bodies = [payment(till, customer, "10.01") for _ in range(30)]
    answers = await asyncio.gather(*(till.ask("POST", "/payments", body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["journal_seq"] for answer in answers}) == 30
    account = await till.get(f"/accounts/{customer}")
    assert account["balances"]["invoiced"] == "599.70"


async def test_the_same_payment_thirty_times_at_once_counts_once(till: Till) -> None:
    body = payment(till, till.new(), "10.00")
    answers = await asyncio.gather(*(till.ask("POST", "/payments", body) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    account = await till.get(f"/accounts/{body['customer_id']}")
    assert account["balances"]["unapplied"] == "10.00"


async def test_two_customers_cannot_report_one_payment_at_once(till: Till) -> None:
    body = payment(till, till.new(), "10.00")
    bodies = [body | {"customer_id": till.new()} for _ in range(8)]
    answers = await asyncio.gather(*(till.ask("POST", "/payments", one) for one in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_a_bounced_payment_opens_again_what_it_had_paid(till: Till) -> None:
    customer = await till.customer()
    invoice = await till.invoice(customer, "80.00")
    body = payment(till, customer, "100.00")
    await till.post("/payments", body, status=201)
    path = f"/payments/{body['payment_id']}"
    answer = await till.post(f"{path}/reversal", {"reason": "bounced"})
    assert answer["reopened"] == [{"invoice_id": invoice, "amount": "80.00"}]
    account = await till.get(f"/accounts/{customer}")
    assert (account["balances"]["invoiced"], account["balances"]["unapplied"]) == ("80.00", "0.00")
    found = await till.get(path)
    assert (found["status"], found["reversal_reason"], found["invoices"]) == ("reversed", "bounced", [])
    assert [part["amount"] for part in found["history"]] == ["80.00", "-80.00"]

    assert await till.post(f"{path}/reversal", {"reason": "bounced"}) == answer
    refused = await till.post(f"{path}/reversal", {"reason": "fraud"}, status=409)
    assert refused["errors"] == [
        {
            "field": "reason",
            "reason": f"payment {body['payment_id']!r} was taken back before, with the reason 'bounced'",
        }
    ]


async def test_a_payment_taken_back_before_it_was_reported_is_refused(till: Till) -> None:
    customer, payment_id = await till.customer(), till.new("P")
    await till.happened("payment.reversed", 1, customer_id=customer, payment_id=payment_id, reason="bounced")
    refused = await till.post("/payments", payment(till, customer, "5.00", payment_id=payment_id), status=409)
    assert "taken back before" in refused["detail"]
    assert (await till.get(f"/payments/{payment_id}"))["status"] == "reversed"


async def test_an_unknown_payment_is_not_found(till: Till) -> None:
    missing = await till.get("/payments/NEVER", status=404)
    assert missing["errors"] == [{"field": "path.payment_id", "reason": "is not known"}]
    await till.post("/payments/NEVER/reversal", {"reason": "x"}, status=404)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"amount": "0.00"}, "amount", "a payment of nothing"),
        ({"amount": "1.005"}, "amount", "more than the 2 decimals"),
        ({"amount": 10}, "amount", "valid string"),
        ({"amount": "-1.00"}, "amount", "not negative"),
        ({"currency": "XYZ"}, "currency", "unknown currency"),
        ({"paid_by": "me"}, "paid_by", "not known"),
        ({"allocations": [{"invoice_id": "I", "amount": "11.00"}]}, "allocations", "more than the payment"),
        ({"allocations": [{"invoice_id": "I", "amount": "1.00", "x": 1}]}, "allocations.0.x", "not known"),
        ({"customer_id": "with space"}, "customer_id", "visible ASCII"),
    ],
)
async def test_a_wrong_body_says_field_and_reason(
    till: Till, change: dict[str, Any], field: str, reason: str
) -> None:
    refused = await till.post("/payments", payment(till, "C-x", "10.00") | change, status=422)
    assert refused["errors"][0]["field"] == field
    assert reason in refused["errors"][0]["reason"]


async def test_another_currency_than_the_accounts_is_refused(till: Till) -> None:
    refused = await till.post(
        "/payments", payment(till, await till.customer(), "5.00", currency="USD"), status=409
    )
    assert refused["errors"] == [
        {"field": "currency", "reason": "the account is kept in CNY, not USD, and exchange_rate is missing"}
    ]


async def test_the_list_filters_and_goes_in_pages(till: Till) -> None:
    customer = await till.customer("900.00")
    await till.invoice(customer, "150.00")
    bodies = [payment(till, customer, amount) for amount in ("100.00", "40.00", "30.00", "20.00")]
    for body in bodies:
        await till.post("/payments", body, status=201)
    ids = [body["payment_id"] for body in bodies]

    async def listed(**query: Any) -> list[str]:
        page = await till.get("/payments", params={"customer": customer, **query})
        return [item["payment_id"] for item in page["items"]]

    assert set(await listed(unapplied="true")) == set(ids[2:])
    reversal = await till.post(f"/payments/{ids[1]}/reversal", {"reason": "bounced"})
    assert [part["amount"] for part in reversal["reopened"]] == ["40.00"]
    assert [part["amount"] for part in reversal["paid_from_hand"]] == ["20.00", "20.00"]
    assert await listed(unapplied="true") == [], "what was left pays what is open again"
    assert set(await listed()) == set(ids)
    assert await listed(sort="-amount") == ids
    assert await listed(status="reversed") == [ids[1]]
    assert await listed(min_amount="30", sort="amount") == [ids[2], ids[1], ids[0]]
    assert await listed(min_amount="30", currency="USD") == []
    day = DAY.isoformat()
    assert set(await listed(**{"from": day, "to": day})) == set(ids)
    assert await listed(to=(DAY - timedelta(days=1)).isoformat()) == []

    query: dict[str, Any] = {"customer": customer, "limit": 3}
    first = await till.get("/payments", params=query)
    second = await till.get("/payments", params=query | {"cursor": first["next"]})
    assert len(first["items"]) == 3
    assert second["next"] is None
    assert {item["payment_id"] for item in first["items"] + second["items"]} == set(ids)
