"""Accounts over HTTP: one, all of them, their exposure down to documents, and their journal."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def everything(till: Till) -> str:
    """A customer with something in every category."""
    customer = await till.customer("1000.00", grace_days=2)
    order = await till.order(customer, "200.00", 1, promised_on=DAY + timedelta(days=4))
    await till.happened(
        "order.shipped", 2, customer_id=customer, order_id=order, shipment_id="S-1", amount="80.00"
    )
    await till.order(customer, "50.00", 3)
    await till.order(customer, "30.00", 3, payment_method="cash")
    await till.order(customer, "5000.00", 4)
    await till.invoice(customer, "120.00", 5, due_on=DAY - timedelta(days=10), invoice_id=f"{customer}-late")
    await till.invoice(customer, "60.00", 6, due_on=DAY - timedelta(days=1), invoice_id=f"{customer}-grace")
    await till.invoice(customer, "40.00", 7, due_on=DAY + timedelta(days=3), invoice_id=f"{customer}-open")
    await till.happened(
        "payment.received",
        8,
        customer_id=customer,
        payment_id=f"P-{customer}",
        amount="70.00",
        allocations=[
            {"invoice_id": f"{customer}-open", "amount": "15.00"},
            {"invoice_id": f"{customer}-to-come", "amount": "55.00"},
        ],
    )
    return customer


async def test_an_account_says_where_it_stands(till: Till) -> None:
    customer = await everything(till)
    account = await till.get(f"/accounts/{customer}", role="ops")
    assert account["day"] == DAY.isoformat()
    assert account["balances"] == {
        "open_orders": "170.00",
        "shipped": "80.00",
        "invoiced": "205.00",
        "unapplied": "55.00",
        "exposure": "400.00",
    }
    assert account["standing"] == {
        "limit_in_force": "1000.00",
        "available": "600.00",
        "over_limit": False,
        "blacklisted": None,
        "on_hold": None,
        "overdue_amount": "120.00",
        "overdue_items": 1,
        "overdue_days": 10,
        "oldest_overdue": (DAY - timedelta(days=10)).isoformat(),
        "next_due": (DAY - timedelta(days=1)).isoformat(),
        "held_orders": 1,
        "held_amount": "5000.00",
        "settled_invoices": 0,
        "average_days_late": None,
    }


async def test_every_category_goes_down_to_its_documents(till: Till) -> None:
    customer = await everything(till)
    exposure = await till.get(f"/accounts/{customer}/exposure", role="ops")
    assert exposure["exposure"] == "400.00"
    assert exposure["available"] == "600.00"
    found = {category["category"]: category for category in exposure["categories"]}
    assert {name: c["documents"] for name, c in found.items()} == {
        "open_orders": 2,
        "shipped": 1,
        "invoiced": 3,
        "unapplied": 1,
    }
    assert sum(Decimal(category["amount"]) for category in found.values()) == Decimal("400.00")
    for category in found.values():
        documents = (await till.get(category["href"]))["items"]
        assert len(documents) == category["documents"]
        assert sum(Decimal(document["counted"]) for document in documents) == Decimal(category["amount"])

    invoices = (await till.get(f"/accounts/{customer}/exposure/invoiced"))["items"]
    assert [(i["document_id"], i["counted"], i["days_past_due"], i["overdue"]) for i in invoices] == [
        (f"{customer}-late", "120.00", 10, True),
        (f"{customer}-grace", "60.00", 1, False),
        (f"{customer}-open", "25.00", -3, False),
    ]
    [credit] = (await till.get(f"/accounts/{customer}/exposure/unapplied"))["items"]
    assert (credit["kind"], credit["document_id"], credit["counted"]) == (
        "payment",
        f"P-{customer}",
        "-55.00",
    )
    [shipped] = (await till.get(f"/accounts/{customer}/exposure/shipped"))["items"]
    assert (shipped["counted"], shipped["amount"], shipped["promised_on"]) == (
        "80.00",
        "200.00",
        (DAY + timedelta(days=4)).isoformat(),
    )


async def test_documents_go_in_pages(till: Till) -> None:
    customer = await till.customer("1000.00")
    for number in range(5):
        await till.invoice(customer, f"{10 + number}.00", due_on=DAY + timedelta(days=number % 2))
    path = f"/accounts/{customer}/exposure/invoiced"
    query: dict[str, Any] = {"limit": 2, "sort": "-amount"}
    amounts: list[str] = []
    while True:
        page = await till.get(path, params=query)
        amounts += [item["counted"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert amounts == ["14.00", "13.00", "12.00", "11.00", "10.00"]
    wrong = await till.get(path, params={"sort": "placed_at"}, status=422)
    assert wrong["errors"][0]["field"] == "query.sort"
    await till.get(f"/accounts/{customer}/exposure/nonsense", status=422)


async def test_an_account_that_does_not_exist_is_not_found(till: Till) -> None:
    for path in ("", "/exposure", "/exposure/invoiced", "/journal"):
        missing = await till.get(f"/accounts/NOBODY{path}", status=404)
        assert missing["errors"] == [{"field": "path.customer_id", "reason": "has no account"}], path


async def test_the_list_filters_and_sorts(till: Till) -> None:
    a, b, c, d = [await till.customer("100.00") for _ in range(4)]
    await till.invoice(a, "150.00", due_on=DAY - timedelta(days=40))
    await till.invoice(b, "90.00", due_on=DAY - timedelta(days=5))
    await till.post(f"/accounts/{c}/hold", {"reason": "dispute"})
    await till.happened("customer.blacklisted", 3, customer_id=d, reason="fraud")
    await till.order(b, "50.00", 4)
    mine = {a, b, c, d}

    async def listed(**query: Any) -> list[str]:
        page = await till.get("/accounts", params={"limit": 500, **query})
        return [item["customer_id"] for item in page["items"] if item["customer_id"] in mine]

    assert set(await listed()) == mine
    assert await listed(blacklisted="true") == [d]
    assert d not in await listed(blacklisted="false")
    assert await listed(on_hold="true") == [c]
    assert await listed(over_limit="true") == [a]
    assert set(await listed(over_limit="false")) == {b, c, d}
    assert await listed(with_held_orders="true") == [b]
    assert await listed(overdue_over="0", sort="oldest_overdue") == [a, b]
    assert await listed(overdue_over="90", sort="-overdue_amount") == [a]
    assert await listed(overdue_over="90", currency="USD") == []
    assert await listed(overdue_days_over=5) == [a]
    assert (await listed(sort="-exposure"))[:2] == [a, b]
    wrong = await till.get("/accounts", params={"overdue_over": "1.234"}, status=422)
    assert wrong["errors"][0]["field"] == "query.overdue_over"
    wrong = await till.get("/accounts", params={"overdue_over": "x"}, status=422)
    assert wrong["errors"][0]["field"] == "query.overdue_over"
    wrong = await till.get("/accounts", params={"colour": "red"}, status=422)
    assert wrong["errors"][0]["field"] == "query.colour"


async def test_a_temporary_limit_counts_for_being_over_the_limit(till: Till) -> None:
    customer = await till.customer("100.00")
    await till.invoice(customer, "150.00")
    await till.happened("terms.temporary_limit_granted", 4, customer_id=customer, limit=None)
    page = await till.get("/accounts", params={"over_limit": "true", "limit": 500})
    assert customer not in {item["customer_id"] for item in page["items"]}
    account = await till.get(f"/accounts/{customer}")
    assert (account["standing"]["over_limit"], account["standing"]["limit_in_force"]) == (False, None)


async def test_the_list_goes_in_pages_by_every_sort(till: Till) -> None:
    for amount in ("10.00", "10.00", "20.00"):
        await till.invoice(await till.customer(), amount)
    for sort in ("customer_id", "-exposure", "overdue_amount", "-oldest_overdue", "held_amount"):
        query: dict[str, Any] = {"limit": 4, "sort": sort}
        seen: list[str] = []
        while True:
            page = await till.get("/accounts", params=query)
            seen += [item["customer_id"] for item in page["items"]]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert len(seen) == len(set(seen))
        everybody = await till.runtime.database.pool.fetchval("SELECT count(*) FROM accounts")
        assert len(seen) == everybody, sort


async def test_the_journal_proves_itself(till: Till) -> None:
    customer = await everything(till)
    account = await till.get(f"/accounts/{customer}")
    query: dict[str, Any] = {"limit": 3}
    entries: list[dict[str, Any]] = []
    while True:
        page = await till.get(f"/accounts/{customer}/journal", params=query)
        entries += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert [entry["seq"] for entry in entries] == list(range(1, account["journal_seq"] + 1))
    previous = bytes(32)
    for entry in entries:
        assert entry["previous_hash"] == previous.hex()
        previous = sha256(previous + entry["body"].encode()).digest()
        assert entry["hash"] == previous.hex()
        assert entry["entry"]["seq"] == entry["seq"]
    assert previous.hex() == account["journal_hash"]
    [latest] = (await till.get(f"/accounts/{customer}/journal", params={"sort": "-seq", "limit": 1}))["items"]
    assert latest == entries[-1]


async def test_the_last_trade_is_shown_and_found(till: Till) -> None:
    currency = "NOK"
    quiet = await till.customer("900.00", currency=currency)
    busy = await till.customer("900.00", currency=currency)
    never = await till.customer("900.00", currency=currency)
    await till.invoice(quiet, "30.00", currency=currency, issued_on=DAY - timedelta(days=70))
    await till.invoice(busy, "30.00", currency=currency, issued_on=DAY - timedelta(days=70))
    await till.order(busy, "5.00", 3, currency=currency)
    await till.happened(
        "payment.received", 4, payment_id=till.new("P"), customer_id=busy, amount="30.00", currency=currency
    )
    assert (await till.get(f"/accounts/{quiet}"))["trade"] == {
        "last_order_on": None,
        "last_invoice_on": (DAY - timedelta(days=70)).isoformat(),
        "last_payment_on": None,
        "last_trade_on": (DAY - timedelta(days=70)).isoformat(),
        "days_since_trade": 70,
    }
    trade = (await till.get(f"/accounts/{busy}"))["trade"]
    assert (trade["last_order_on"], trade["last_payment_on"]) == (DAY.isoformat(), DAY.isoformat())
    assert trade["days_since_trade"] == 0

    async def found(**query: Any) -> list[str]:
        page = await till.get("/accounts", params={"currency": currency, **query})
        return [account["customer_id"] for account in page["items"]]

    assert await found(sort="last_trade") == [never, quiet, busy]
    assert await found(days_since_trade_over=69) == [quiet]
    assert await found(days_since_trade_over=70) == []
