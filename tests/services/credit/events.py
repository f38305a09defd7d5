"""Makes events as they come off the broker."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from contracts.codec import decode, encode, new_event
from contracts.envelope import Event
from contracts.events import EVENT_TYPES, EventData
from contracts.events.policies import PolicyDocument
from contracts.topics import consumed_by, partition_of
from services.credit.working import BROADCAST
from services.kit.records import Received, Record, event_key

PARTITIONS = 4
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = START.date()
RANKS = {topic: rank for rank, topic in enumerate(consumed_by("credit"))}
_numbers = count(1)


def partition(customer_id: str) -> int:
    return partition_of(customer_id.encode(), PARTITIONS)


def record(event: Event[Any], offset: int = 0) -> Record:
    """An event as a record that has gone over the wire."""
    value = encode(event)
    event = decode(value)
    place = event.data.partition if event.type in BROADCAST else partition(event.key)
    topic = EVENT_TYPES[event.type].TOPIC
    moment = event.occurred_at.timestamp()
    return Record(
        topic,
        RANKS[topic],
        place,
        offset,
        event.key.encode(),
        value,
        (),
        int(moment * 1000),
        moment,
        event,
        None,
    )


def received(event: Event[Any], day: date | None = None) -> Received:
    """An event as a handler gets it."""
    taken = record(event)
    assert taken.event is not None
    key = event_key(event.producer, event.id)
    return Received(taken.event, taken, key, day or taken.event.occurred_at.date())


def make(
    data: EventData, minute: float = 0, event_id: str | None = None, producer: str = "pos"
) -> Event[EventData]:
    """A body as an event, ``minute`` minutes into the test's first day."""
    key = getattr(data, "customer_id", "clock")
    at = START + timedelta(minutes=minute)
    return new_event(data, id=event_id or f"e-{next(_numbers)}", occurred_at=at, key=key, producer=producer)


def body(type_: str, **fields: Any) -> EventData:
    """A body of an event type, from fields and what tests do not care about."""
    model = EVENT_TYPES[type_]
    defaults = {name: value for name, value in _DEFAULTS.items() if name in model.model_fields}
    return model(**{**defaults, **_OF_TYPE.get(type_, {}), **fields})


def event(type_: str, minute: float = 0, event_id: str | None = None, **fields: Any) -> Event[EventData]:
    """An event of a type, from fields and what tests do not care about."""
    return make(body(type_, **fields), minute, event_id)


def activation(
    policy: dict[str, Any], minute: float = 0, *, version: int = 2, partition: int = 0, from_day: date = DAY
) -> Event[EventData]:
    """The activation of a policy on a partition."""
    data = body(
        "policy.activated",
        version=version,
        partition=partition,
        effective_from=from_day,
        policy=PolicyDocument.model_validate_json(json.dumps(policy)),
    )
    return make(data, minute, f"policy-{version}-p{partition}", "clock")


_DEFAULTS: dict[str, Any] = {
    "order_id": "O-1",
    "customer_id": "C-1",
    "currency": "CNY",
    "amount": "100.00",
    "term_days": 30,
    "limit": "500.00",
    "reason": "agreed",
}
_OF_TYPE: dict[str, dict[str, Any]] = {
    "order.placed": {"term_days": None},
    "order.amended": {"revision": 1},
    "order.shipped": {"shipment_id": "S-1"},
    "order.invoiced": {"invoice_id": "I-1", "issued_on": DAY},
    "order.returned": {"return_id": "R-1", "order_id": None},
    "payment.received": {"payment_id": "P-1"},
    "payment.reversed": {"payment_id": "P-1"},
    "terms.risk_class_set": {"risk_class": "B"},
    "terms.temporary_limit_granted": {"from_day": DAY, "until_day": DAY + timedelta(days=7)},
    "terms.order_release_ruled": {"by": "finance-1"},
    "terms.order_rejection_ruled": {"by": "finance-1"},
    "clock.day_started": {"day": DAY, "partition": 0},
}
