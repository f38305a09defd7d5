"""A year of a small wholesaler, so that every page of insights has something to show."""

from typing import Any

from contracts.envelope import Event
from tests.services.insights.alerts.inbox import overdue
from tests.services.insights.events import event, line, tick

TODAY = "2026-11-20"
"""Day 319: the fifth of January is day 0."""
OWNERS = {f"C-{n}": "S-1" if n <= 6 else "S-2" for n in range(1, 11)}
MINE = [customer for customer, owner in OWNERS.items() if owner == "S-1"]
THEIRS = [customer for customer, owner in OWNERS.items() if owner == "S-2"]
NAMES = {customer: f"锦程副食 {customer}" for customer in OWNERS}
BUYS: dict[str, tuple[range | list[int], int]] = {
    "C-1": (range(-300, 318, 7), 9_000),
    "C-2": (range(-300, 150, 10), 4_000),
    "C-3": (range(-200, 296, 7), 2_500),
    "C-4": ([*range(-100, 60, 15), 200, 215, 230, 290], 1_200),
    "C-5": (range(250, 318, 12), 600),
    "C-6": (range(-50, 40, 20), 400),
    "C-7": (range(-300, 317, 14), 3_000),
    "C-8": (range(-250, 170, 14), 1_500),
    "C-9": (range(0, 318, 30), 300),
}
"""Customer to its days with an order and what one is worth. C-10 never buys."""


POLICIES: dict[str, Any] = {
    "salespeople": {"active_rate_percent": 90, "people": {"S-2": 40}},
    "margin-tiers": {
        "tiers": [
            {"name": "high", "from_percent": "30", "commission_percent": "5"},
            {"name": "low", "commission_percent": "1"},
        ]
    },
}
"""Set by the manager from 2025 on."""


MIX: dict[str, Any] = {
    "name": "tea beside rice",
    "one": {"name": "Rice", "product_ids": ["RICE"]},
    "two": {"name": "Tea", "product_ids": ["TEA"]},
    "target_percent": 66,
}


def _invoiced(customer: str, place: int, day: int) -> list[Event[Any]]:
    """An order that is invoiced and paid; the goods of the last one come back."""
    order, lines = f"P-{place}", [line("TEA", "6", "600.00"), line("RICE", "4", "400.00")]
    whole = {"customer_id": customer, "order_id": order, "amount": "1000.00"}
    made = [
        event("order.placed", at=day, **whole, lines=lines),
        event(
            "order.invoiced", at=day + 1, **whole, lines=lines, invoice_id=f"I-{place}", due_on="2026-12-31"
        ),
        event(
            "payment.received", at=day + 9, customer_id=customer, payment_id=f"M-{place}", amount="1000.00"
        ),
    ]
    back = [line("TEA", "6", "600.00")]
    returned = event(
        "order.returned", at=day + 12, customer_id=customer, order_id=order, amount="600.00", lines=back
    )
    return [*made, returned] if place == 4 else made


def _prospects() -> list[Event[Any]]:
    """Two prospects that nobody has visited, one of them graded."""
    entered = [
        event("prospect.entered", at=at, prospect_id=p, name=name, currency="CNY", salesperson_id="S-1")
        for p, name, at in (("P-1", "山塘茶馆", 310), ("P-2", "Corner Tea", 280))
    ]
    grade: dict[str, Any] = {
        "policy_version": 1,
        "score": "80",
        "grade": "A",
        "priority": 1,
        "visit_days": 14,
    }
    return [*entered, event("prospect.graded", at=310, prospect_id="P-1", **grade)]


def history() -> list[Event[Any]]:
    """Return what happened, in order of time."""
    people = [
        event("staff.entered", at=-400, salesperson_id=s, name=name, active_from="2024-01-01")
        for s, name in (("S-1", "李娜"), ("S-2", "Wang Wei"))
    ]
    products = [
        event("product.created", at=-400, product_id=p, unit_cost=cost, currency="CNY")
        for p, cost in (("TEA", "60"), ("RICE", "85"))
    ]
    customers = [
        event("customer.created", at=-399, customer_id=c, name=NAMES[c], region="North", category="Tea")
        for c in OWNERS
    ]
    owners = [event("customer.assigned", at=-398, customer_id=c, salesperson_id=s) for c, s in OWNERS.items()]
    orders = [
        event(
            "order.placed",
            at=day,
            customer_id=c,
            order_id=f"O-{c}-{day}",
            amount=f"{worth}.00",
            lines=[line("TEA" if place % 3 else "RICE", str(worth / 100), f"{worth}.00")],
        )
        for c, (days, worth) in BUYS.items()
        for place, day in enumerate(days)
    ]
    paid = [
        made
        for place, day in enumerate((40, 60, 250, 280, 300))
        for made in _invoiced("C-7" if place % 2 else "C-1", place, day)
    ]
    contacts = [
        event(
            "follow_up.recorded",
            at=day,
            customer_id=c,
            follow_up_id=f"F-{c}",
            salesperson_id=OWNERS[c],
            how="call",
            happened_at="2026-07-10T09:00:00+08:00",
        )
        for c, day in (("C-4", 186), ("C-8", 186))
    ]
    timed = sorted([*orders, *paid, *contacts], key=lambda e: e.occurred_at)
    owing = [overdue(1, 40 if n % 2 else 5, customer_id=c) for n, c in enumerate(OWNERS)]
    return [tick(TODAY), *people, *products, *customers, *owners, *timed, *owing, *_prospects()]
