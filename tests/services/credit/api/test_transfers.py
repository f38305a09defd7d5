"""Moving money and open invoices between customers over HTTP."""

import asyncio
from typing import Any

import pytest

from services.credit.rebuild import rebuild
from tests.services.credit.api.conftest import Till
from tests.services.credit.events import event

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _paid(till: Till, customer: str, amount: str) -> None:
    await till.happened("payment.received", 3, customer_id=customer, payment_id=till.new("P"), amount=amount)


def _body(till: Till, source: str, target: str, amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "transfer_id": till.new("T"),
        "kind": "receivable" if "invoice_id" in fields else "money",
        "from_customer_id": source,
        "to_customer_id": target,
        "currency": "CNY",
        "amount": amount,
        "reason": "sister company",
        **fields,
    }


async def test_money_is_moved_and_stands_on_both_statements(till: Till) -> None:
    source, target = await till.customer(), await till.customer("0.00")
    await _paid(till, source, "100.00")
    held = await till.order(target, "60.00", 4)
    body = _body(till, source, target, "70.00")
    moved = await till.post("/transfers", body, status=201)
    assert moved["from_customer"]["account"]["balances"]["unapplied"] == "30.00"
    assert moved["to_customer"]["account"]["balances"]["unapplied"] == "70.00"
    assert [order["order_id"] for order in moved["to_customer"]["released"]] == [held]
    assert await till.outcome(held) == "approved"
    for customer, other, column in ((source, target, "charged"), (target, source, "credited")):
        line = (await till.get(f"/accounts/{customer}/statement"))["lines"][-1]
        assert (line["kind"], line["document_id"]) == ("transfer", body["transfer_id"])
        assert (line["other_customer_id"], line[column], line["reason"]) == (other, "70.00", "sister company")
        page = await till.ask("GET", f"/accounts/{customer}/statement", params={"format": "html"})
        assert f"with customer {other}" in page.text
    sums = (await till.get(f"/accounts/{source}/statement"))["sums"]
    assert (sums["invoiced"], sums["paid"], sums["transferred"]) == ("0.00", "100.00", "70.00")
    [in_hand] = (await till.get(f"/accounts/{target}/exposure/unapplied"))["items"]
    assert (in_hand["kind"], in_hand["document_id"]) == ("transfer", body["transfer_id"])
    # The same again is nothing, another content or another customer under its id is refused.
    again = await till.post("/transfers", body, status=201)
    assert again["to_customer"]["account"]["balances"]["unapplied"] == "70.00"
    await till.post("/transfers", body | {"amount": "30.00"}, status=409)
    await till.post("/transfers", body | {"to_customer_id": await till.customer()}, status=409)
    stranger = await till.customer()
    await _paid(till, stranger, "100.00")
    await till.post("/transfers", body | {"from_customer_id": stranger}, status=409)


async def test_an_open_invoice_is_taken_over(till: Till) -> None:
    source, target = await till.customer(), await till.customer()
    invoice = await till.invoice(source, "100.00")
    body = _body(till, source, target, "100.00", invoice_id=invoice)
    await till.post("/transfers", body, status=201)
    [owed] = (await till.get(f"/accounts/{target}/exposure/invoiced"))["items"]
    [was] = [
        li for li in (await till.get(f"/accounts/{source}/statement"))["lines"] if li["kind"] == "invoice"
    ]
    assert (owed["document_id"], owed["due_on"]) == (f"transfer:{body['transfer_id']}", was["due_on"])
    assert (await till.get(f"/accounts/{source}"))["balances"]["exposure"] == "0.00"
    assert (await till.get(f"/accounts/{target}"))["balances"]["exposure"] == "100.00"


async def test_what_is_not_there_cannot_be_moved_and_nothing_is_done(till: Till) -> None:
    source, target = await till.customer(), await till.customer()
    dollars = till.new()
    await till.happened("terms.set", customer_id=dollars, currency="USD")
    invoice = await till.invoice(source, "100.00")
    refused = await till.post("/transfers", _body(till, source, target, "0.01"), status=409)
    assert refused["errors"][0]["field"] == "amount"
    more = _body(till, source, target, "100.01", invoice_id=invoice)
    await till.post("/transfers", more, status=409)
    await till.post("/transfers", more | {"amount": "1.00", "invoice_id": "I-none"}, status=409)
    # The second side refuses: the first is undone with it.
    other = _body(till, source, dollars, "50.00", invoice_id=invoice)
    refused = await till.post("/transfers", other, status=409)
    assert "USD" in refused["errors"][0]["reason"]
    assert (await till.get(f"/accounts/{source}"))["balances"]["invoiced"] == "100.00"
    await till.post("/transfers", more | {"to_customer_id": "C-nobody"}, status=404)
    await till.post("/transfers", more | {"kind": "money"}, status=422)
    await till.post("/transfers", more | {"to_customer_id": source}, status=422)
    await till.post("/transfers", more | {"amount": "1.00"}, status=403, role="sales")


async def test_to_and_fro_at_once_ends_and_loses_nothing(till: Till) -> None:
    one, two = await till.customer(), await till.customer()
    for customer in (one, two):
        await _paid(till, customer, "100.00")
    pairs = [(one, two), (two, one)] * 6
    answers = await asyncio.gather(
        *(till.ask("POST", "/transfers", _body(till, a, b, "40.00")) for a, b in pairs)
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    left = [(await till.get(f"/accounts/{c}"))["balances"]["unapplied"] for c in (one, two)]
    assert sum(map(float, left)) == 200.0


async def test_an_id_of_somebody_elses_is_refused_even_in_the_same_batch(till: Till) -> None:
    first, second, target = [await till.customer() for _ in range(3)]
    for customer in (first, second):
        await _paid(till, customer, "100.00")
        await till.invoice(customer, "10.00", 4)
    transfer = {"transfer_id": till.new("T"), "amount": "50.00"}
    dead = "SELECT count(*) FROM dead_letters"
    before = await till.runtime.database.pool.fetchval(dead)
    await till.live.apply_events(
        event("payment.transferred_out", 9, customer_id=first, to_customer_id=target, **transfer),
        event("payment.transferred_out", 9, customer_id=second, to_customer_id=target, **transfer),
        event("payment.transferred_in", 9, customer_id=target, from_customer_id=first, **transfer),
        event("payment.transferred_in", 9, customer_id=second, from_customer_id=first, **transfer),
    )
    assert await till.runtime.database.pool.fetchval(dead) == before + 2
    left = [(await till.get(f"/accounts/{c}"))["balances"]["unapplied"] for c in (first, second, target)]
    assert left == ["40.00", "90.00", "50.00"]


async def test_sides_come_in_any_order_and_the_books_are_rebuilt(till: Till) -> None:
    source, target = await till.customer(), await till.customer()
    await _paid(till, source, "100.00")
    transfer = {"transfer_id": till.new("T"), "amount": "80.00"}
    await till.happened("payment.transferred_in", 9, customer_id=target, from_customer_id=source, **transfer)
    await till.happened("payment.transferred_out", 9, customer_id=source, to_customer_id=target, **transfer)
    balances = [(await till.get(f"/accounts/{c}"))["balances"]["unapplied"] for c in (source, target)]
    assert balances == ["20.00", "80.00"]
    assert (await rebuild(till.runtime.settings)).identical
