"""What is known in the installations of the scope tests, and how every parameter of a route is filled.

Everything is there twice, in the same way: for a customer of the caller's (MINE) and one of somebody else's (THEIRS).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from services.kit.records import Received
from tests.services.events import an_order, body, make

WHOSE = ("MINE", "THEIRS")
SELLER = {"MINE": "sales-person", "THEIRS": "S-THEIRS"}

ALERT = {"MINE": "A-MINE", "THEIRS": "A-THEIRS"}
"""Ids of alerts, as soon as they are known."""

PATH: dict[str, str] = {
    "customer_id": "C-{whose}",
    "order_id": "O-{whose}",
    "payment_id": "PAY-{whose}",
    "prospect_id": "PR-{whose}",
    "follow_up_id": "F-{whose}",
    "alert_id": "{alert}",
    "approval_id": "AP-{whose}",
    "salesperson_id": "{seller}",
    "product_id": "TEA",
    "back_test_id": "1",
    "channel_id": "CH-1",
    "letter_id": "1",
    "category": "invoiced",
    "kind": "order",
    "document_id": "O-{whose}",
    "login": "person-{whose}",
    "key_id": "tmk_{whose}",
    "session_id": "S-{whose}",
    "scope": "people",
    "name": "{seller}",
    "version": "1",
    "comparison_id": "launch",
}
"""Values of path parameters."""

QUERY: dict[str, str] = {
    "at": "2026-03-05T00:00:00Z",
    "currency": "CNY",
    "from": "2026-02",
    "to": "2026-03",
    "month": "2026-03",
    "what": "active",
}
"""Values of query parameters that must be given."""

NARROWING: dict[str, str] = {
    "customer": "C-{whose}",
    "salesperson": "{seller}",
    "seller": "{seller}",
    "prospect": "PR-{whose}",
    "subject": "O-{whose}",
    "owner": "{seller}",
    "q": "{whose}",
}
"""Values of query parameters that ask for something of a customer."""

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/customers"): {"customer_id": "C-{whose}", "name": "Another", "bank_account": ""},
    ("post", "/follow-ups/several"): {
        "customer_ids": ["C-{whose}"],
        "salesperson_id": "{seller}",
        "how": "call",
        "remind_on": "2030-01-01",
    },
    ("post", "/follow-ups"): {
        "customer_id": "C-{whose}",
        "salesperson_id": "{seller}",
        "how": "call",
        "happened_at": "2026-03-05T10:00:00Z",
        "outcome": "not_reached",
    },
    ("post", "/credit/dry-run"): {"customer_id": "C-{whose}", "currency": "CNY", "amount": "1.00"},
    ("post", "/orders"): an_order(order_id="O-new-{whose}", customer_id="C-{whose}"),
    ("post", "/insights/alerts/{alert_id}/resolution"): {"reason": "settled"},
    ("post", "/insights/alerts/{alert_id}/snooze"): {"until": "2036-01-01T00:00:00Z"},
}
"""Bodies of writes that name their customer, or are read before it is known whose it is."""

REFUSED: dict[tuple[str, str], int] = {
    ("post", "/customers"): 409,
    ("post", "/follow-ups"): 422,
    ("post", "/follow-ups/several"): 422,
    ("post", "/credit/dry-run"): 404,
    ("post", "/orders"): 202,
}
"""What salespeople get to a write that names somebody else's customer. Anybody's order may be taken down (0021)."""

READY: dict[str, list[str]] = {
    "customers": ["/customers", "/follow-ups", "/prospects"],
    "orders": ["/orders"],
    "credit": ["/accounts", "/payments"],
    "insights": [
        "/insights/segments/customers",
        "/insights/segments/stages",
        "/insights/forecasts/customers",
        "/insights/alerts",
    ],
}
"""Lists that show both customers once everything has arrived."""

VACUOUS = {
    "/insights/segments/changes",
    "/insights/mix/comparisons/{comparison_id}/customers",
    "/insights/mix/comparisons/{comparison_id}/scatter",
    "/insights/stopped-products",
    "/insights/stopped-products/totals",
    "/insights/commission/statements",
    "/insights/commission/entries",
    "/insights/commission/tiers",
    "/insights/forecasts/growth",
    "/insights/forecasts/products",
}
"""Lists of which this history fills nothing."""


def filled(value: Any, whose: str) -> Any:
    """Return a value with the names of one side in it."""
    if isinstance(value, str):
        return (
            value.replace("{whose}", whose)
            .replace("{seller}", SELLER[whose])
            .replace("{alert}", ALERT[whose])
        )
    if isinstance(value, dict):
        return {name: filled(item, whose) for name, item in value.items()}
    return [filled(item, whose) for item in value] if isinstance(value, list) else value


def history() -> Iterator[Received]:
    """Return what happened, in order."""
    for whose in WHOSE:
        entry = {
            "salesperson_id": SELLER[whose],
            "revision": 1,
            "name": whose,
            "active_from": date(2024, 1, 1),
        }
        yield make(body("staff.entered", **entry), 0, f"staff-{whose}", "customers")
    yield make(body("product.created", product_id="TEA", unit_cost="10.00"), 0, "tea", "erp")
    for minute, whose in enumerate(WHOSE, 1):
        for number, event in enumerate(_of(whose)):
            producer = {"credit": "credit", "follow_up": "customers", "prospect": "customers"}
            kind = event.TYPE.split(".")[0]
            yield make(event, minute * 100 + number, f"{whose}-{number}", producer.get(kind, "erp"))
    for partition in range(2):
        yield make(
            body("clock.day_started", day=date(2026, 8, 15), partition=partition), 239_040, None, "credit"
        )


def _of(whose: str) -> list[Any]:
    customer = {"customer_id": f"C-{whose}"}
    order = {**customer, "order_id": f"O-{whose}"}
    held = {**customer, "order_id": f"H-{whose}"}
    line = {"product_id": "TEA", "quantity": "1", "unit_price": "100.00", "amount": "100.00"}
    seller = SELLER[whose]
    follow_up = {
        "follow_up_id": f"F-{whose}",
        "salesperson_id": seller,
        "how": "call",
        "contact": "",
        "outcome": "not_reached",
        "happened_at": "2026-03-04T10:05:00+08:00",
    }
    return [
        body("customer.created", **customer, revision=1, name=f"Shop {whose}"),
        body("customer.assigned", **customer, salesperson_id=seller, from_day=date(2026, 3, 1)),
        body("order.placed", **order, payment_method="account", salesperson_id=seller, lines=[line]),
        body("credit.order_approved", **order),
        body("order.placed", **held, payment_method="account", salesperson_id=seller, lines=[line]),
        body("credit.order_held", **held),
        body("order.shipped", **order, shipment_id=f"SH-{whose}"),
        body("order.invoiced", **order, invoice_id=f"I-{whose}", lines=[line]),
        body("payment.received", **customer, payment_id=f"PAY-{whose}", amount="10.00", method="cash"),
        body("credit.exposure_changed", **customer),
        body(
            "satisfaction.recorded",
            **customer,
            satisfaction_id=f"SAT-{whose}",
            score=4,
            source="visit",
            on=date(2026, 3, 4),
        ),
        body("follow_up.recorded", **customer, **follow_up),
        body(
            "prospect.entered",
            prospect_id=f"PR-{whose}",
            revision=1,
            name=f"Lead {whose}",
            salesperson_id=seller,
        ),
    ]
