"""Customers that have paid, and lists read to their end, for the tests of risk."""

from datetime import timedelta
from typing import Any

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY


async def paid(till: Till, customer: str, late: int, amount: str = "100.00", minute: float = 5) -> str:
    """An invoice that is settled today, so many days late."""
    due = DAY - timedelta(days=late)
    invoice = await till.invoice(customer, amount, minute, issued_on=due - timedelta(days=30), due_on=due)
    await till.happened(
        "payment.received",
        minute + 1,
        customer_id=customer,
        payment_id=till.new("P"),
        amount=amount,
        allocations=[{"invoice_id": invoice, "amount": amount}],
    )
    return invoice


async def until_current(till: Till, customers: set[str]) -> None:
    """Ask for each, which makes its standing."""
    for customer in customers:
        await till.get(f"/accounts/{customer}/risk")


async def pages(till: Till, path: str, **query: Any) -> list[dict[str, Any]]:
    """All items of a list."""
    found: list[dict[str, Any]] = []
    query = {"limit": 500, **query}
    while True:
        page = await till.get(path, params=query)
        found += page["items"]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]
