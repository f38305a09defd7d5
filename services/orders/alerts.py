"""The alerts of this service: an order waits for a decision that does not come."""

from datetime import datetime

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.alerts import AlertRaised, AlertResolved
from contracts.money import decimal_string
from services.kit.outbox import OutboxRow
from services.orders.rules.book import OrderBook
from services.orders.rules.order import Order

PRODUCER = "orders"
KIND = "order_undecided"


def raised(order: Order, waited_s: int, at: datetime) -> OutboxRow:
    """Return the alert that nobody has decided on an order. One per order: its ids are made of the order's."""
    currency = order.currency
    amount = f"{decimal_string(order.amount_minor, currency)} {currency}" if currency else "unknown"
    data = AlertRaised(
        alert_id=_alert_id(order),
        dedup_key=f"{KIND}:{order.order_id}",
        kind=KIND,
        severity="critical",
        customer_id=order.customer_id,
        owner_id=order.salesperson_id,
        subject=order.order_id,
        documents=[order.order_id],
        title=f"Order {order.order_id} waits for a credit decision",
        evidence=f"No decision for {waited_s} s; amount {amount}. It counts as held until one comes.",
        suggested_step="Do not deliver yet. See whether the credit service runs and keeps up (deploy/runbook.md).",
    )
    return _row(order, data, _alert_id(order), at)


def resolved(order: Order, book: OrderBook) -> OutboxRow:
    """Return the end of that alert: a decision came."""
    first = next(decision for decision in book.decisions if decision.order_id == order.order_id)
    data = AlertResolved(
        alert_id=_alert_id(order),
        customer_id=order.customer_id,
        reason=f"credit has decided: {first.outcome}",
    )
    return _row(order, data, _alert_id(order, "decided"), first.decided_at)


def _alert_id(order: Order, what: str = "undecided") -> str:
    # Order ids have up to 64 characters, and so have those of alerts.
    return f"{what}-{order.order_id}"[:64]


def _row(order: Order, data: EventData, event_id: str, at: datetime) -> OutboxRow:
    event = new_event(data, id=event_id, occurred_at=at, key=order.customer_id, producer=PRODUCER)
    return OutboxRow(data.TOPIC, order.customer_id.encode(), event_id, encode(event))
