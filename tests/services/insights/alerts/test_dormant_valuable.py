"""A dormant customer with enough at stake becomes an alert, and it goes when the customer is back or worth less."""

from datetime import timedelta
from typing import Any

from services.insights.verify import verify
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.alerts.test_missing_orders import START, on
from tests.services.insights.events import event

KEY = "dormant_valuable:C-1:CNY"


def orders(customer_id: str, amount: str) -> list[Any]:
    return [
        event("order.placed", at=d, customer_id=customer_id, order_id=f"{customer_id}-{d}", amount=amount)
        for d in (0, 20, 45, 60)
    ]


# Customers who come back after long silences, so that one of the population has a chance to.
OTHERS = [
    event("order.placed", at=d, customer_id=f"C-{n}", order_id=f"C-{n}-{d}", amount="5.00")
    for n in range(3, 15)
    for d in (n, n + 2, n + 4, n + 70, n + 73, 119 - n)
]


async def test_from_going_dormant_to_coming_back(inbox: Inbox) -> None:
    both = [
        *orders("C-1", "90000.00"),
        *orders("C-2", "9.00"),
        *OTHERS,
        event("customer.assigned", salesperson_id="S-1"),
    ]
    active = await on(inbox, START + timedelta(119), *both)
    assert not any(key.startswith("dormant_valuable") for key in active)
    open_ = await on(inbox, START + timedelta(126))
    assert [key for key in open_ if key.startswith("dormant_valuable")] == [KEY]
    row = await inbox.row("kind = 'dormant_valuable'")
    [forecast] = await inbox.processing.rows("order_forecasts", "customer_id = 'C-1'")
    assert row["facts"]["amount"] == f"{round(4 * 9_000_000 * forecast['active']) / 100:.2f}"
    assert row["facts"]["days"] == 126 - 60
    assert (row["owner_id"], row["severity"]) == ("S-1", "warning")
    back = event("order.placed", at=127, customer_id="C-1", order_id="C-1-127")
    assert KEY not in await on(inbox, START + timedelta(127), back)
    cancelled = event("order.cancelled", at=128, customer_id="C-1", order_id="C-1-127")
    assert KEY in await on(inbox, START + timedelta(128), cancelled)
    assert (await verify(inbox.database)).problems == []


async def test_what_was_bought_more_than_a_year_ago_is_at_stake_no_more(inbox: Inbox) -> None:
    assert KEY in await on(inbox, START + timedelta(130), *OTHERS, *orders("C-1", "900000.00"))
    assert KEY not in await on(inbox, START + timedelta(500))
