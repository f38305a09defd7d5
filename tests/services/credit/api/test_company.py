"""The dry run and the company's receivables over HTTP."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(till: Till, customer: str, amount: str, **fields: Any) -> Any:
    body = {"customer_id": customer, "currency": "CNY", "amount": amount, **fields}
    return await till.post("/credit/dry-run", body, role="ops")


async def test_a_till_learns_what_would_pass_and_what_to_pay(till: Till) -> None:
    customer = await till.customer("500.00")
    await till.invoice(customer, "300.00", due_on=DAY + timedelta(days=9))
    small = await till.invoice(customer, "120.00", due_on=DAY - timedelta(days=3))
    answer = await ask(till, customer, "200.00")
    assert (answer["passes"], answer["outcome"]) == (False, "held")
    assert answer["reasons"][0]["text"].endswith("120.00 CNY too much")
    assert (answer["largest_amount"], answer["exposure_after"], answer["limit_in_force"]) == (
        "80.00",
        "620.00",
        "500.00",
    )
    assert answer["to_pay"] == {
        "count": 1,
        "amount": "120.00",
        "proven": True,
        "invoices": [
            {
                "invoice_id": small,
                "open": "120.00",
                "due_on": (DAY - timedelta(days=3)).isoformat(),
                "days_past_due": 3,
            }
        ],
    }
    await till.post(
        "/payments",
        {
            "payment_id": till.new("P"),
            "customer_id": customer,
            "currency": "CNY",
            "amount": answer["to_pay"]["amount"],
            "allocations": [{"invoice_id": small, "amount": "120.00"}],
        },
        status=201,
    )
    again = await ask(till, customer, "200.00")
    assert (again["passes"], again["to_pay"]["count"]) == (True, 0)
    order = await till.order(customer, "200.00", 9)
    assert await till.outcome(order) == "approved"


async def test_a_dry_run_changes_nothing_and_waits_for_nobody(till: Till) -> None:
    customer = await till.customer("500.00")
    before = await till.get(f"/accounts/{customer}")
    async with till.runtime.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM accounts WHERE customer_id = $1 FOR UPDATE", customer)
        answer = await asyncio.wait_for(ask(till, customer, "500.00"), timeout=10)
    assert answer["passes"] is True
    assert await till.get(f"/accounts/{customer}") == before


async def test_a_customer_without_an_account_pays_cash(till: Till) -> None:
    customer = till.new()
    answer = await ask(till, customer, "10.00", currency="USD")
    assert (answer["passes"], answer["largest_amount"], answer["to_pay"]) == (False, "0.00", None)
    assert answer["account_currency"] == "USD"
    assert [reason["rule"] for reason in answer["reasons"]] == ["limit"]
    cash = await ask(till, customer, "10.00", payment_method="cash")
    assert (cash["passes"], cash["largest_amount"]) == (True, None)
    await till.get(f"/accounts/{customer}", status=404)


async def test_held_orders_that_a_payment_would_release_are_reckoned_with(till: Till) -> None:
    customer = await till.customer("100.00")
    await till.invoice(customer, "100.00")
    await till.order(customer, "60.00", 3)
    answer = await ask(till, customer, "50.00")
    assert answer["held_orders"] == 1
    assert answer["to_pay"] is None, "paying everything releases the held order, and 40.00 is left"
    assert (await ask(till, customer, "40.00"))["to_pay"]["amount"] == "100.00"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "1.005"}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"payment_method": "barter"}, "payment_method"),
        ({"limit": "9"}, "limit"),
    ],
)
async def test_a_wrong_question_says_field_and_reason(till: Till, change: dict[str, str], field: str) -> None:
    body = {"customer_id": "C-1", "currency": "CNY", "amount": "1.00"} | change
    refused = await till.post("/credit/dry-run", body, status=422)
    assert refused["errors"][0]["field"] == field


async def test_receivables_are_the_sum_of_all_accounts(till: Till) -> None:
    dollars = await till.customer("900.00", currency="USD")
    await till.invoice(dollars, "70.00", currency="USD", due_on=DAY - timedelta(days=50))
    await till.order(dollars, "5000.00", 3, currency="USD")
    mixed = await till.customer("10.00", currency="USD")
    await till.order(mixed, "11.00", 4, currency="EUR")

    found = await till.get("/credit/receivables", role="ops")
    assert found["day"] == DAY.isoformat()
    totals = {row["currency"]: row for row in found["totals"]}
    accounts: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 500}
    while True:
        page = await till.get("/accounts", params=query)
        accounts += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    for currency in ("CNY", "USD"):
        mine = [account for account in accounts if account["currency"] == currency]
        total = totals[currency]
        for name in ("open_orders", "shipped", "invoiced", "unapplied", "exposure"):
            expected = sum((Decimal(account["balances"][name]) for account in mine), Decimal(0))
            assert Decimal(total[name]) == expected, (currency, name)
        overdue = sum((Decimal(account["standing"]["overdue_amount"]) for account in mine), Decimal(0))
        assert Decimal(total["overdue_amount"]) == overdue
        assert total["accounts"] == len(mine)
        assert total["over_limit"] == sum(account["standing"]["over_limit"] for account in mine)
    assert (totals["USD"]["held_orders"], totals["USD"]["held_amount"]) == (1, "5000.00")
    assert totals["USD"]["overdue_share"] == 1.0
    assert totals["USD"]["oldest_overdue"] == (DAY - timedelta(days=50)).isoformat()
    assert (totals["EUR"]["held_orders"], totals["EUR"]["held_amount"], totals["EUR"]["accounts"]) == (
        1,
        "11.00",
        0,
    )
