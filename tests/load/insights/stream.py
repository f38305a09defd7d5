"""The load: what a wholesaler's customers do, with what credit and the customers service say of it, already encoded.

An order comes with credit's decision and the customer's new exposure, and later its invoice and a payment, each with
the exposure that follows: seven events of three customers. One in twenty orders is held, and so becomes an alert.
"""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.clock import DayStarted
from contracts.events.credit import ExposureChanged, OrderApproved, OrderHeld, Reason
from contracts.events.customers import CustomerAssigned, CustomerCreated
from contracts.events.orders import OrderInvoiced, OrderLine, OrderPlaced
from contracts.events.payments import Allocation, PaymentReceived
from contracts.events.products import ProductCreated
from contracts.topics import partition_of
from tests.load.drain import PARTITIONS
from tests.load.workload import Message

MONTH_END = datetime(2026, 3, 31, 9, tzinfo=UTC)
BEGINNING = MONTH_END - timedelta(days=800)
"""The day on which everything is measured: the month that ends with it is closed while events come."""
PRODUCTS = [f"P-{number:03}" for number in range(200)]
SALESPEOPLE = 10
EVENTS_PER_ORDER = 7
HELD_OF = 20
UNDER_WAY = 50
"""Orders that are not invoiced yet, and invoices that are not paid yet."""


class Stream:
    """Deterministic events of customers; ``now`` is the moment at which they happen."""

    def __init__(self, seed: int, customers: Sequence[str]) -> None:
        self.customers = customers
        self.now = MONTH_END
        self._seed = seed
        self._random = random.Random(seed)
        self._count = 0
        self._uninvoiced: deque[tuple[str, str, list[OrderLine]]] = deque()
        self._unpaid: deque[tuple[str, str]] = deque()

    def cards(self) -> Iterator[Message]:
        """Yield the catalogue, and the customers with who looks after them."""
        self.now = BEGINNING
        for product in PRODUCTS:
            card = ProductCreated(
                product_id=product, name=product, category=f"G-{product[-1]}", currency="CNY", unit_cost="61"
            )
            for partition in range(PARTITIONS):
                yield self._message(card, product, partition)
        for number, customer in enumerate(self.customers):
            yield self._of(
                CustomerCreated(
                    customer_id=customer, name=customer, region=f"R-{number % 20}", tags=[], contacts=[]
                )
            )
            yield self._of(
                CustomerAssigned(
                    customer_id=customer, salesperson_id=f"S-{number % SALESPEOPLE}", from_day=self.now.date()
                )
            )

    def ticks(self, announced: datetime | None = None) -> Iterator[Message]:
        """Yield the beginning of the day, on every partition; announced now, or earlier than what happened before."""
        day, now = self.now.date(), self.now
        self.now = announced or now
        for partition in range(PARTITIONS):
            yield self._message(DayStarted(day=day, partition=partition), "clock", partition)
        self.now = now

    def history(self, months: int) -> Iterator[Message]:
        """Yield an order per customer and month with what belongs to it, in the order of their times."""
        orders = len(self.customers) * months
        for number in range(orders):
            self.now = MONTH_END - timedelta(days=1 + 30 * months * (1 - (number + 1) / orders))
            yield from self._trade(self.customers[number % len(self.customers)])

    def events(self, count: int) -> Iterator[Message]:
        """Yield the next ``count`` events of customers at random."""
        made = 0
        while made < count:
            for message in self._trade(self._random.choice(self.customers)):
                made += 1
                yield message
                if made == count:
                    return

    def late(self, count: int, days: int) -> Iterator[Message]:
        """Yield ``count`` orders of so many days ago, each of another customer as far as there are as many."""
        now, self.now = self.now, self.now - timedelta(days=days)
        for number in range(count):
            yield self._placed(self.customers[number % len(self.customers)])[2]
        self.now = now

    def order_of(self, customer: str, *, held: bool) -> list[Message]:
        """Return the order of a customer with credit's decision."""
        order_id, _, placed = self._placed(customer)
        return [placed, self._decided(customer, order_id, held=held)]

    def _trade(self, customer: str) -> Iterator[Message]:
        order_id, lines, placed = self._placed(customer)
        yield placed
        held = self._count % (HELD_OF * EVENTS_PER_ORDER) < EVENTS_PER_ORDER
        yield self._decided(customer, order_id, held=held)
        yield self._owes(customer)
        self._uninvoiced.append((customer, order_id, lines))
        if len(self._uninvoiced) > UNDER_WAY:
            yield from self._invoiced(*self._uninvoiced.popleft())
        if len(self._unpaid) > UNDER_WAY:
            yield from self._paid(*self._unpaid.popleft())

    def _placed(self, customer: str) -> tuple[str, list[OrderLine], Message]:
        order_id = self._id("O")
        lines = [
            OrderLine(product_id=product, quantity="3", unit_price="100", amount="300")
            for product in self._random.sample(PRODUCTS, 2)
        ]
        placed = OrderPlaced(
            order_id=order_id, customer_id=customer, currency="CNY", amount="600.00", lines=lines
        )
        return order_id, lines, self._of(placed)

    def _decided(self, customer: str, order_id: str, *, held: bool) -> Message:
        fields: dict[str, Any] = {
            "order_id": order_id,
            "customer_id": customer,
            "currency": "CNY",
            "amount": "600.00",
            "outcome": "held" if held else "approved",
            "decision_version": 1,
            "policy_version": 1,
            "exposure": "900.00",
            "limit": "800.00",
            "journal_seq": self._count + 1,
            "order_occurred_at": self.now,
        }
        if not held:
            return self._of(OrderApproved(**fields))
        why = Reason(rule="limit", value="900.00", threshold="800.00", documents=[])
        return self._of(OrderHeld(**fields, reasons=[why]))

    def _invoiced(self, customer: str, order_id: str, lines: list[OrderLine]) -> Iterator[Message]:
        invoice_id = self._id("I")
        yield self._of(
            OrderInvoiced(
                invoice_id=invoice_id,
                customer_id=customer,
                order_id=order_id,
                currency="CNY",
                amount="600.00",
                issued_on=self.now.date(),
                due_on=self.now.date() + timedelta(days=30),
                lines=lines,
            )
        )
        self._unpaid.append((customer, invoice_id))
        yield self._owes(customer)

    def _paid(self, customer: str, invoice_id: str) -> Iterator[Message]:
        yield self._of(
            PaymentReceived(
                payment_id=self._id("R"),
                customer_id=customer,
                currency="CNY",
                amount="600.00",
                allocations=[Allocation(invoice_id=invoice_id, amount="600.00")],
            )
        )
        yield self._owes(customer)

    def _owes(self, customer: str) -> Message:
        late = self._count % 50 == 0
        return self._of(
            ExposureChanged(
                customer_id=customer,
                currency="CNY",
                journal_seq=self._count + 1,
                day=self.now.date(),
                limit="5000.00",
                term_days=30,
                **dict.fromkeys(("open_orders", "shipped", "unapplied"), "0.00"),
                invoiced="600.00",
                exposure="600.00",
                overdue_amount="600.00" if late else "0.00",
                overdue_items=int(late),
                overdue_days=12 if late else 0,
                held_orders=0,
                blacklisted=False,
                on_hold=False,
            )
        )

    def _id(self, kind: str) -> str:
        return f"{kind}{self._seed}-{self._count}"

    def _of(self, data: Any) -> Message:
        return self._message(data, data.customer_id, None)

    def _message(self, data: EventData, key: str, partition: int | None) -> Message:
        self._count += 1
        event = new_event(
            data, id=f"e{self._seed}-{self._count}", occurred_at=self.now, key=key, producer="load"
        )
        raw = key.encode()
        place = partition_of(raw, PARTITIONS) if partition is None else partition
        return Message(data.TOPIC, place, raw, encode(event))
