"""Write-offs over HTTP: given up, releasing what passes, repeated, refused."""

from typing import Any

import pytest

from tests.services.credit.api.conftest import Till

pytestmark = pytest.mark.asyncio(loop_scope="session")


def body(till: Till, invoice: str, amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "write_off_id": till.new("W"),
        "invoice_id": invoice,
        "currency": "CNY",
        "amount": amount,
        "reason": "damaged in transit",
        **fields,
    }


async def test_what_is_written_off_is_no_longer_owed_and_makes_room(till: Till) -> None:
    customer = await till.customer("100.00")
    invoice = await till.invoice(customer, "90.00")
    held = await till.order(customer, "40.00", 3)
    assert await till.outcome(held) == "held"

    answer = await till.post(f"/accounts/{customer}/write-offs", body(till, invoice, "30.00"), status=201)

    assert [released["order_id"] for released in answer["released"]] == [held]
    assert answer["by"] == "finance-person"
    assert await till.outcome(held) == "approved"
    exposure = await till.get(f"/accounts/{customer}/exposure")
    assert exposure["exposure"] == "100.00"


async def test_the_same_write_off_again_changes_nothing(till: Till) -> None:
    customer = await till.customer()
    invoice = await till.invoice(customer, "90.00")
    again = body(till, invoice, "30.00")
    first = await till.post(f"/accounts/{customer}/write-offs", again, status=201)
    second = await till.post(f"/accounts/{customer}/write-offs", again, status=201)
    assert second["account"]["journal_seq"] == first["account"]["journal_seq"]
    problem = await till.post(f"/accounts/{customer}/write-offs", again | {"amount": "31.00"}, status=409)
    assert problem["errors"][0]["field"] == "write_off_id"
    other = await till.invoice(customer, "90.00", 5)
    problem = await till.post(f"/accounts/{customer}/write-offs", again | {"invoice_id": other}, status=409)
    assert problem["errors"][0]["field"] == "write_off_id"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"amount": "90.01"}, 409, "amount"),
        ({"amount": "0.00"}, 409, "amount"),
        ({"amount": "1.005"}, 422, "amount"),
        ({"currency": "USD"}, 409, "currency"),
        ({"invoice_id": "nobody-knows"}, 409, "invoice_id"),
        ({"reason": " "}, 422, "reason"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
async def test_what_cannot_be_written_off_is_refused(
    till: Till, change: dict[str, str], status: int, field: str
) -> None:
    customer = await till.customer()
    invoice = await till.invoice(customer, "90.00")
    asked = body(till, invoice, "10.00") | change
    problem = await till.post(f"/accounts/{customer}/write-offs", asked, status=status)
    assert problem["errors"][0]["field"] == field
    assert (await till.get(f"/accounts/{customer}"))["journal_seq"] == 2


async def test_nobody_writes_off_for_a_customer_who_is_not_known_or_without_the_role(till: Till) -> None:
    await till.post("/accounts/nobody/write-offs", body(till, "I", "1.00"), status=404)
    customer = await till.customer()
    invoice = await till.invoice(customer, "90.00")
    for role in ("sales", "system", "ops"):
        await till.post(
            f"/accounts/{customer}/write-offs", body(till, invoice, "1.00"), status=403, role=role
        )


async def test_another_customers_invoice_is_out_of_reach(till: Till) -> None:
    theirs = await till.invoice(await till.customer(), "90.00")
    customer = await till.customer()
    problem = await till.post(f"/accounts/{customer}/write-offs", body(till, theirs, "1.00"), status=409)
    assert problem["errors"][0]["field"] == "invoice_id"
