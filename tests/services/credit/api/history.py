"""Sixty days of a few customers, told day by day: what the tests of past days, ageing and statements read."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.services.credit.events import DAY, PARTITIONS

if TYPE_CHECKING:
    from tests.services.credit.api.conftest import Till

LAST = 60
SHOP, OLD, RICH, LATE = "SHOP", "OLD", "RICH", "L/ATE"

# Day, event type, fields. The currency is CNY unless one is named.
_STORY: list[tuple[int, str, dict[str, Any]]] = [
    (0, "terms.set", {"customer_id": SHOP, "limit": "5000.00", "grace_days": 3}),
    (0, "order.placed", {"customer_id": SHOP, "order_id": "SO-1", "amount": "300.00"}),
    (
        0,
        "order.invoiced",
        {"customer_id": SHOP, "invoice_id": "INV-1", "amount": "1000.00", "order_id": None},
    ),
    (0, "terms.set", {"customer_id": OLD, "currency": "USD", "limit": None}),
    (
        1,
        "order.invoiced",
        {
            "customer_id": OLD,
            "invoice_id": "USD-1",
            "amount": "70.00",
            "currency": "USD",
            "order_id": None,
            "issued_on": DAY - timedelta(days=100),
            "due_on": DAY - timedelta(days=70),
        },
    ),
    (
        10,
        "payment.received",
        {
            "customer_id": SHOP,
            "payment_id": "PAY-1",
            "amount": "400.00",
            "allocations": [{"invoice_id": "INV-1", "amount": "400.00"}],
        },
    ),
    (
        15,
        "order.shipped",
        {"customer_id": SHOP, "order_id": "SO-1", "shipment_id": "S-1", "amount": "100.00"},
    ),
    (
        20,
        "order.invoiced",
        {
            "customer_id": SHOP,
            "invoice_id": "INV-2",
            "order_id": None,
            "amount": "500.00",
            "issued_on": DAY + timedelta(days=20),
        },
    ),
    (25, "payment.received", {"customer_id": SHOP, "payment_id": "=PAY-2", "amount": "2000.00"}),
    (26, "payment.received", {"customer_id": RICH, "payment_id": "PAY-3", "amount": "80.00"}),
    (30, "payment.reversed", {"customer_id": SHOP, "payment_id": "=PAY-2", "reason": "no cover"}),
    (
        40,
        "order.returned",
        {"customer_id": SHOP, "return_id": "CN-1", "invoice_id": "INV-2", "amount": "100.00"},
    ),
    (45, "terms.set", {"customer_id": SHOP, "limit": "2000.00", "grace_days": 10}),
    (
        50,
        "order.invoiced",
        {
            "customer_id": LATE,
            "invoice_id": "INV-9",
            "amount": "12.34",
            "order_id": None,
            "due_on": DAY + timedelta(days=62),
        },
    ),
]


def day(number: int) -> date:
    """A day of the story."""
    return DAY + timedelta(days=number)


async def trade(till: "Till") -> None:
    """Let all of it happen."""
    for number in range(LAST + 1):
        if number:
            for partition in range(PARTITIONS):
                await till.happened(
                    "clock.day_started", number * 1440 - 540, day=day(number), partition=partition
                )
        for place, (on, type_, fields) in enumerate(_STORY):
            if on == number:
                await till.happened(type_, number * 1440 + place, **fields)
