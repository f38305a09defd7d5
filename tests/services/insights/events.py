"""Makes events as they come off the broker."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.events import EVENT_TYPES

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
_numbers = count(1)

_DEFAULTS: dict[str, Any] = {
    "customer_id": "C-1",
    "order_id": "O-1",
    "currency": "CNY",
    "amount": "100.00",
    "revision": 1,
    "name": "Somebody",
}
_DECISION: dict[str, Any] = {
    "outcome": "approved",
    "decision_version": 1,
    "policy_version": 1,
    "exposure": "100.00",
    "limit": "500.00",
    "journal_seq": 1,
    "order_occurred_at": START.isoformat(),
}
_OF_TYPE: dict[str, dict[str, Any]] = {
    "order.invoiced": {"invoice_id": "I-1", "issued_on": "2026-01-05"},
    "order.returned": {"return_id": "R-1"},
    "order.shipped": {"shipment_id": "S-1"},
    "payment.received": {"payment_id": "P-1"},
    "payment.reversed": {"payment_id": "P-1"},
    "customer.assigned": {"salesperson_id": "S-1", "from_day": "2026-01-01"},
    "customer.blacklisted": {"reason": "bounced"},
    "product.created": {"product_id": "TEA"},
    "product.changed": {"product_id": "TEA"},
    "credit.exposure_changed": {
        "journal_seq": 1,
        "day": "2026-01-05",
        "limit": "500.00",
        "term_days": 30,
        **dict.fromkeys(("open_orders", "shipped", "invoiced", "unapplied", "exposure"), "0.00"),
        "overdue_amount": "0.00",
        **dict.fromkeys(("overdue_items", "overdue_days", "held_orders"), 0),
        "blacklisted": False,
        "on_hold": False,
    },
}


def event(type_: str, at: datetime | float = 0, event_id: str | None = None, **fields: Any) -> Event[Any]:
    """An event that went over the wire; ``at`` is a moment, or days after START."""
    model = EVENT_TYPES[type_]
    known = {name: value for name, value in _DEFAULTS.items() if name in model.model_fields}
    if type_.startswith("credit.order_"):
        known |= _DECISION
    body = {**known, **_OF_TYPE.get(type_, {}), **fields}
    moment = at if isinstance(at, datetime) else START + timedelta(days=at)
    named = ("prospect_id", "customer_id", "product_id", "salesperson_id")
    key = next((body[name] for name in named if body.get(name)), None) or str(body["partition"])
    made: Event[Any] = Event(event_id or f"e-{next(_numbers)}", type_, 1, moment, key, "test", None, body)
    return decode(encode(made))


def line(product_id: str, quantity: str, amount: str) -> dict[str, str]:
    """A line of an order, invoice or return."""
    return {"product_id": product_id, "quantity": quantity, "unit_price": "1", "amount": amount}


def tick(day: str) -> Event[Any]:
    """The beginning of a business day."""
    return event(
        "clock.day_started", at=datetime.fromisoformat(f"{day}T00:00:00+08:00"), day=day, partition=0
    )
