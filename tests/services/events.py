"""Makes events as they come off the broker."""

import uuid
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from contracts.codec import decode, encode, new_event
from contracts.envelope import Event
from contracts.events import EVENT_TYPES, EventData
from services.kit.records import Received, Record, event_key

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)


def received(event: Event[Any], partition: int = 0, offset: int = 0) -> Received:
    """An event as the consumer hands it to a handler, having gone over the wire."""
    value = encode(event)
    event = decode(value)
    key = event.key.encode()
    topic = EVENT_TYPES[event.type].TOPIC
    moment = event.occurred_at.timestamp()
    record = Record(topic, 0, partition, offset, key, value, (), int(moment * 1000), moment, event, None)
    return Received(event, record, event_key(event.producer, event.id), event.occurred_at.date())


def make(data: EventData, minute: float = 0, event_id: str | None = None, producer: str = "pos") -> Received:
    """A body as an event ``minute`` minutes into the test's day."""
    key: str = next(str(getattr(data, field)) for field in _KEYS if getattr(data, field, None) is not None)
    at = START + timedelta(minutes=minute)
    return received(
        new_event(data, id=event_id or f"e-{next(_numbers)}", occurred_at=at, key=key, producer=producer)
    )


def body(type_: str, **fields: Any) -> EventData:
    """A body of an event type, from fields and what tests do not care about."""
    model = EVENT_TYPES[type_]
    defaults = {name: value for name, value in _DEFAULTS.items() if name in model.model_fields}
    for prefix, further in _OF_KIND.items():
        if type_.startswith(prefix):
            defaults |= further
    return model(**{**defaults, **_OF_TYPE.get(type_, {}), **fields})


# In this order: a conversion is keyed by its prospect, although it names a customer.
_KEYS = ("prospect_id", "customer_id", "product_id", "salesperson_id", "partition")
_DEFAULTS: dict[str, Any] = {
    "order_id": "O-1",
    "customer_id": "C-1",
    "currency": "CNY",
    "amount": "100.00",
    "outcome": "approved",
    "decision_version": 1,
    "policy_version": 1,
    "exposure": "100.00",
    "limit": "500.00",
    "journal_seq": 1,
    "order_occurred_at": START,
}
_OF_KIND: dict[str, dict[str, Any]] = {
    "product.": {"product_id": "P-1", "name": "Tea", "currency": "CNY"},
    "customer.c": {"name": "Blue Door Shop"},
}
_OF_TYPE: dict[str, dict[str, Any]] = {
    "order.amended": {"revision": 1},
    "order.shipped": {"shipment_id": "S-1"},
    "order.invoiced": {"invoice_id": "I-1", "issued_on": date(2026, 3, 2)},
    "order.returned": {"return_id": "R-1"},
    "customer.assigned": {"salesperson_id": "S-1", "from_day": date(2026, 3, 1)},
    "customer.blacklisted": {"reason": "bounced twice"},
    "credit.exposure_changed": {
        "day": date(2026, 3, 2),
        "term_days": 30,
        "open_orders": "100.00",
        "shipped": "0.00",
        "invoiced": "50.00",
        "unapplied": "10.00",
        "exposure": "140.00",
        "overdue_amount": "0.00",
        "overdue_items": 0,
        "overdue_days": 0,
        "held_orders": 0,
        "blacklisted": False,
        "on_hold": False,
    },
    "credit.order_held": {"outcome": "held"},
    "credit.order_rejected": {"outcome": "rejected"},
}


def an_order(**changes: Any) -> dict[str, Any]:
    line = {"product_id": "TEA", "quantity": "1.5", "unit_price": "66.6667", "amount": "100.00"}
    number = uuid.uuid4().hex[:8]
    return {
        "order_id": f"O-{number}",
        "customer_id": f"C-{number}",
        "currency": "CNY",
        "amount": "100.00",
        "salesperson_id": "S-7",
        "lines": [line],
        **changes,
    }


def decided(order: dict[str, Any], type_: str = "credit.order_approved", **changes: Any) -> Any:
    return make(
        body(type_, order_id=order["order_id"], customer_id=order["customer_id"], **changes),
        producer="credit",
    )


OVER_THE_LIMIT = {"rule": "limit", "value": "200.00", "threshold": "100.00", "documents": ["O-9"]}
