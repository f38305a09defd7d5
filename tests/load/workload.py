"""The load: orders, invoices and payments of a few thousand customers, already encoded.

Of ten events six are orders with two lines, two invoices and two payments: about the mix of a wholesaler's day. Ids
carry a run number, so that no two rounds collide.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.orders import OrderInvoiced, OrderLine, OrderPlaced
from contracts.events.payments import PaymentReceived
from contracts.events.terms import TermsSet
from contracts.topics import partition_of

START = datetime(2026, 3, 2, tzinfo=UTC)
LINES = [
    OrderLine(product_id="P-1001", quantity="3", unit_price="100", amount="300"),
    OrderLine(product_id="P-1002", quantity="1.5", unit_price="623", amount="934.5"),
]


@dataclass(frozen=True, slots=True)
class Message:
    """One encoded event and where it belongs."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    order_id: str | None = None


class Workload:
    """A deterministic stream of events over ``customers`` customers."""

    def __init__(self, seed: int, customers: int, partitions: int) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._partitions = partitions
        self._customers = [f"C{seed}-{number}" for number in range(customers)]
        self._count = 0
        self._open: list[tuple[str, str]] = []

    def terms(self) -> Iterator[Message]:
        """Give every customer a limit that some orders will exceed."""
        for customer in self._customers:
            yield self._message(
                TermsSet(customer_id=customer, currency="CNY", term_days=30, limit="40000.00")
            )

    def events(self, count: int) -> Iterator[Message]:
        """Yield the next ``count`` events."""
        for _ in range(count):
            kind = self._count % 10
            if kind in (2, 6) and self._open:
                yield self._invoice()
            elif kind in (4, 8):
                yield self._payment()
            else:
                yield self._order()

    def held(self, count: int) -> Iterator[Message]:
        """Give ``count`` customers of their own a limit and an order above it, which is held."""
        for number in range(count):
            customer = self._waiting(number)
            yield self._message(TermsSet(customer_id=customer, currency="CNY", term_days=30, limit="100.00"))
            yield self._message(
                OrderPlaced(
                    order_id=f"H{self._seed}-{number}",
                    customer_id=customer,
                    currency="CNY",
                    amount="150.00",
                    lines=LINES,
                )
            )

    def releases(self, count: int, every: int) -> Iterator[Message]:
        """Yield events, every ``every``-th of them a payment that releases the next of ``count`` held orders.

        Only these carry an order's id.
        """
        for number in range(count):
            yield from (replace(message, order_id=None) for message in self.events(every - 1))
            payment = PaymentReceived(
                payment_id=f"R{self._seed}-{number}",
                customer_id=self._waiting(number),
                currency="CNY",
                amount="60.00",
                allocations=[],
            )
            yield self._message(payment, f"H{self._seed}-{number}")

    def _waiting(self, number: int) -> str:
        return f"W{self._seed}-{number}"

    def _order(self) -> Message:
        customer = self._random.choice(self._customers)
        order_id = f"O{self._seed}-{self._count}"
        self._open.append((customer, order_id))
        placed = OrderPlaced(
            order_id=order_id, customer_id=customer, currency="CNY", amount="1234.50", lines=LINES
        )
        return self._message(placed, order_id)

    def _invoice(self) -> Message:
        customer, order_id = self._open.pop(
            self._random.randrange(max(1, len(self._open) - 20), len(self._open) + 1) - 1
        )
        return self._message(
            OrderInvoiced(
                invoice_id=f"I{self._seed}-{self._count}",
                customer_id=customer,
                order_id=order_id,
                currency="CNY",
                amount="1234.50",
                issued_on=date(2026, 3, 2),
                lines=LINES,
            )
        )

    def _payment(self) -> Message:
        customer = self._random.choice(self._customers)
        payment_id = f"P{self._seed}-{self._count}"
        return self._message(
            PaymentReceived(
                payment_id=payment_id, customer_id=customer, currency="CNY", amount="2469.00", allocations=[]
            )
        )

    def _message(self, data: EventData, order_id: str | None = None) -> Message:
        self._count += 1
        key: str = data.customer_id  # type: ignore[attr-defined]
        event = new_event(
            data,
            id=f"e{self._seed}-{self._count}",
            occurred_at=START + timedelta(milliseconds=self._count),
            key=key,
            producer="load",
        )
        raw = key.encode()
        return Message(data.TOPIC, partition_of(raw, self._partitions), raw, encode(event), order_id)
