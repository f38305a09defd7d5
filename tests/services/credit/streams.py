"""Streams of events with everything in them that goes wrong: few documents, so that they meet again and again."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from contracts.envelope import Event
from contracts.events import EVENT_TYPES, EventData
from tests.services.credit.events import DAY, PARTITIONS, body, make

AMOUNTS = ("0.00", "0.01", "20.00", "99.99", "100.00", "150.00", "300.00")
LIMITS = (None, "0.00", "100.00", "500.00", "1000.00")
WEIGHTS = {
    "order.placed": 30,
    "order.amended": 8,
    "order.cancelled": 5,
    "order.shipped": 10,
    "order.invoiced": 20,
    "order.returned": 4,
    "payment.received": 15,
    "payment.reversed": 4,
    "receivable.written_off": 4,
    "terms.set": 6,
    "terms.temporary_limit_granted": 3,
    "terms.risk_class_set": 2,
    "terms.hold_placed": 2,
    "terms.hold_lifted": 4,
    "terms.order_release_ruled": 3,
    "terms.order_rejection_ruled": 2,
    "customer.blacklisted": 1,
    "customer.blacklist_lifted": 3,
    "clock.day_started": 12,
}


def stream(
    seed: int, length: int, customers: int = 5, documents: int = 12, *, strangers: bool = True
) -> Iterator[Event[Any]]:
    """Events in the order in which they are applied. Documents belong to one customer, with rare exceptions."""
    random = Random(seed)
    day = DAY
    # Orders in flight at the start of a life are worth more than an account that nobody gave a limit to.
    for number in range(customers):
        if random.random() < 0.7:
            yield make(_terms(random, f"C-{number}"), 0, f"opening-{number}", "finance")
    types, weights = list(WEIGHTS), list(WEIGHTS.values())
    for number in range(length):
        type_ = random.choices(types, weights)[0]
        minute = (day - DAY).days * 1440 + number / 1000
        if type_ == "clock.day_started":
            day += timedelta(days=random.choice((1, 1, 1, 5, 20)))
            for partition in range(PARTITIONS):
                tick = body(type_, day=day, partition=partition)
                yield make(tick, minute, f"day-{day}-{partition}", "clock")
            continue
        customer = f"C-{random.randrange(customers)}"
        owner = "C-0" if strangers and random.random() < 0.01 else customer
        data = _data(random, type_, customer, owner, random.randrange(documents), (day - DAY).days)
        yield make(data, minute, f"e-{seed}-{number}")


def _data(random: Random, type_: str, customer: str, owner: str, number: int, today: int) -> EventData:
    fields: dict[str, Any] = {"customer_id": customer, "order_id": f"{owner}-O-{number}"}
    fields["amount"] = random.choice(AMOUNTS)
    fields["currency"] = "CNY" if random.random() > 0.02 else "USD"
    match type_:
        case "order.placed":
            fields["payment_method"] = random.choice(("account", "account", "account", "prepaid"))
            fields["term_days"] = random.choice((None, None, None, 30, 60))
            fields["promised_on"] = random.choice((None, DAY + timedelta(days=today + random.randrange(9))))
        case "order.amended":
            fields["revision"] = random.randint(1, 5)
        case "order.shipped":
            fields["shipment_id"] = f"S-{number}"
        case "order.invoiced" | "order.returned":
            fields |= _receivable(random, type_, owner, number, today)
        case "payment.received" | "payment.reversed":
            fields |= _payment(random, type_, owner, number, fields["amount"])
        case "receivable.written_off":
            invoice = f"{owner}-I-{number}-{random.randrange(2)}"
            fields |= {"write_off_id": f"{owner}-W-{number}", "invoice_id": invoice}
        case "terms.set":
            return _terms(random, customer)
        case "terms.risk_class_set":
            fields["risk_class"] = random.choice((None, "A", "B", "C", "D"))
        case "terms.temporary_limit_granted":
            first = DAY + timedelta(days=today + random.randint(-2, 4))
            fields |= {
                "limit": random.choice(LIMITS),
                "from_day": first,
                "until_day": first + timedelta(days=3),
            }
    return body(type_, **_known(type_, fields))


def _receivable(random: Random, type_: str, owner: str, number: int, today: int) -> dict[str, Any]:
    order_id = random.choice((f"{owner}-O-{number}", f"{owner}-O-{number}", None))
    if type_ == "order.returned":
        invoice = random.choice((None, f"{owner}-I-{number}"))
        return {"return_id": f"{owner}-R-{number}", "invoice_id": invoice, "order_id": order_id}
    issued = DAY + timedelta(days=today)
    due = random.choice((None, issued, issued + timedelta(days=10), issued - timedelta(days=5)))
    closes = random.random() < 0.3
    invoice = f"{owner}-I-{number}-{random.randrange(2)}"
    return {
        "invoice_id": invoice,
        "order_id": order_id,
        "issued_on": issued,
        "due_on": due,
        "closes_order": closes,
    }


def _payment(random: Random, type_: str, owner: str, number: int, amount: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"payment_id": f"{owner}-P-{number}"}
    if type_ == "payment.received" and random.random() < 0.5:
        invoices = [f"{owner}-I-{random.randrange(number + 1)}-{random.randrange(2)}" for _ in range(2)]
        part = f"{float(amount) / 2:.2f}" if random.random() < 0.9 else amount
        fields["allocations"] = [{"invoice_id": invoice, "amount": part} for invoice in invoices]
    return fields


def _terms(random: Random, customer: str) -> EventData:
    overdue = random.choice((None, None, {"max_items": 0}, {"max_days": 3, "max_amount": "50.00"}))
    return body(
        "terms.set",
        customer_id=customer,
        limit=random.choice(LIMITS),
        term_days=random.choice((0, 10, 30)),
        grace_days=random.choice((0, 0, 5)),
        single_order_max=random.choice((None, None, "200.00")),
        overdue=overdue,
    )


def _known(type_: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in EVENT_TYPES[type_].model_fields}
