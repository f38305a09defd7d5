"""What must hold for every feed, and the sums the independent computations are compared with."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from contracts.codec import decode, encode
from contracts.envelope import Event
from contracts.money import minor_units


@dataclass
class Sums:
    """What one customer ordered, was invoiced, paid and was credited, in minor units."""

    orders: int = 0
    ordered: int = 0
    invoiced: int = 0
    paid: int = 0
    credited: int = 0

    @property
    def balance(self) -> int:
        return self.invoiced - self.paid - self.credited


@dataclass
class Seen:
    """What a checked feed held."""

    by_type: Counter[str] = field(default_factory=Counter)
    by_customer: dict[str, Sums] = field(default_factory=dict)
    days: list[date] = field(default_factory=list)


def checked(
    events: Iterable[Event[Any]], partitions: int, seen: Seen, *, decoding: int = 7, complete: bool = True
) -> Iterator[Event[Any]]:
    """Pass events on while checking order, ids, references, ticks and, for one in ``decoding``, the wire form.

    ``complete``: every document that is referred to is in the feed, which an export of a part need not keep.
    """
    ids: set[tuple[str, str]] = set()
    last: datetime | None = None
    ticks: Counter[date] = Counter()
    documents = _Documents()
    for number, event in enumerate(events):
        assert last is None or event.occurred_at >= last, f"{event.id} is earlier than the event before it"
        last = event.occurred_at
        assert (event.producer, event.id) not in ids, f"{event.id} comes twice"
        ids.add((event.producer, event.id))
        if number % decoding == 0:
            back = decode(encode(event))
            assert (back.id, back.type, back.key, back.occurred_at) == (event.id, event.type, event.key, last)
        if event.type == "clock.day_started":
            ticks[event.data.day] += 1
            if ticks[event.data.day] == 1:
                assert not seen.days or event.data.day == seen.days[-1] + timedelta(days=1), (
                    "a day is missing"
                )
                seen.days.append(event.data.day)
        else:
            assert seen.days, f"{event.id} comes before the first day"
            assert event.occurred_at.date() == seen.days[-1], (
                f"{event.id} is not of the day that was announced"
            )
            assert ticks[seen.days[-1]] == partitions, "not every partition was told of the day"
        if complete:
            documents.check(event)
        _add(event, seen)
        yield event


class _Documents:
    """References between documents hold at the moment they are made."""

    def __init__(self) -> None:
        self.customers: set[str] = set()
        self.orders: dict[str, str] = {}
        self.invoices: dict[str, str] = {}
        self.payments: dict[str, str] = {}

    def check(self, event: Event[Any]) -> None:
        data = event.data
        customer_id = str(getattr(data, "customer_id", ""))
        if event.type == "customer.created":
            self.customers.add(customer_id)
        elif customer_id:
            assert customer_id == event.key
            assert customer_id in self.customers, f"{event.id}: {customer_id} was not created"
        order_id: str | None = getattr(data, "order_id", None)
        if event.type == "order.placed":
            assert order_id is not None
            assert order_id not in self.orders
            self.orders[order_id] = customer_id
        elif order_id is not None:
            assert self.orders.get(order_id) == customer_id, (
                f"{event.id}: {order_id} is not an order of the customer"
            )
        self._money(event, data, customer_id)

    def _money(self, event: Event[Any], data: Any, customer_id: str) -> None:
        if event.type == "order.invoiced":
            assert data.invoice_id not in self.invoices
            self.invoices[data.invoice_id] = customer_id
        elif event.type == "order.returned" and data.invoice_id is not None:
            assert self.invoices.get(data.invoice_id) == customer_id
        elif event.type == "payment.received":
            self.payments[data.payment_id] = customer_id
            named = sum(minor_units(part.amount, data.currency) for part in data.allocations)
            assert named <= minor_units(data.amount, data.currency)
            assert all(self.invoices.get(part.invoice_id) == customer_id for part in data.allocations)
        elif event.type == "payment.reversed":
            assert self.payments.get(data.payment_id) == customer_id


def _add(event: Event[Any], seen: Seen) -> None:
    seen.by_type[event.type] += 1
    data = event.data
    column = {
        "order.placed": "ordered",
        "order.invoiced": "invoiced",
        "payment.received": "paid",
        "order.returned": "credited",
    }.get(event.type)
    if column is None:
        return
    sums = seen.by_customer.setdefault(data.customer_id, Sums())
    setattr(sums, column, getattr(sums, column) + minor_units(data.amount, data.currency))
    sums.orders += column == "ordered"
