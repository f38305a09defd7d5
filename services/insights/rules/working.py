"""What a batch touches, in memory. Handlers change it, the store loads and saves it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.insights.rules.alerts.signals import Signal
from services.insights.rules.costs import Cost
from services.insights.rules.customers import Assignment, Customer, OwnerHistory, Product
from services.insights.rules.documents import Invoice, Order, Payment, Return, Tracked
from services.insights.rules.evaluation import (
    evaluate_order,
    evaluate_payment,
    evaluate_return,
    invoices_that_count,
)
from services.insights.rules.follow_ups import FollowUp, Salesperson
from services.insights.rules.prospects import Prospect
from services.insights.rules.receivables import Receivable
from services.insights.rules.write_offs import WrittenOff

Key = tuple[str, str]
"""Customer and document."""


@dataclass(slots=True)
class WorkingSet:
    """Everything known that the events of a batch touch.

    Attributes:
        zone: decides on which day a moment falls.
        newcomers: customers that no batch before this one touched.
        signals: what alerts are made of, as this batch heard it.
    """

    zone: ZoneInfo
    customers: dict[str, Tracked[Customer]] = field(default_factory=dict)
    owners: dict[str, OwnerHistory] = field(default_factory=dict)
    orders: dict[Key, Tracked[Order]] = field(default_factory=dict)
    returns: dict[Key, Tracked[Return]] = field(default_factory=dict)
    invoices: dict[Key, Tracked[Invoice]] = field(default_factory=dict)
    payments: dict[Key, Tracked[Payment]] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    costs: dict[tuple[str, str, datetime], Cost] = field(default_factory=dict)
    receivables: dict[str, Receivable] = field(default_factory=dict)
    follow_ups: dict[Key, FollowUp] = field(default_factory=dict)
    salespeople: dict[str, Salesperson] = field(default_factory=dict)
    write_offs: dict[Key, WrittenOff] = field(default_factory=dict)
    assignments: list[Assignment] = field(default_factory=list)
    prospects: dict[str, Prospect] = field(default_factory=dict)
    newcomers: set[str] = field(default_factory=set)
    signals: list[Signal] = field(default_factory=list)
    _by_order: dict[Key, list[Invoice]] | None = field(default=None, init=False)

    def day(self, moment: datetime) -> date:
        """Return the business day a moment falls on."""
        return moment.astimezone(self.zone).date()

    def order(self, customer_id: str, order_id: str) -> Tracked[Order]:
        """Return an order; one never heard of is tracked from here on."""
        key = customer_id, order_id
        if key not in self.orders:
            self.orders[key] = Tracked(Order(customer_id, order_id))
        return self.orders[key]

    def payment(self, customer_id: str, payment_id: str) -> Tracked[Payment]:
        """Return a payment; one never heard of is tracked from here on."""
        key = customer_id, payment_id
        if key not in self.payments:
            self.payments[key] = Tracked(Payment(customer_id, payment_id))
        return self.payments[key]

    def follow_up(self, customer_id: str, follow_up_id: str) -> FollowUp:
        """Return what this batch heard of a follow-up."""
        key = customer_id, follow_up_id
        return self.follow_ups.setdefault(key, FollowUp(customer_id, follow_up_id))

    def prospect(self, prospect_id: str) -> Prospect:
        """Return what this batch heard of a prospect."""
        return self.prospects.setdefault(prospect_id, Prospect(prospect_id))

    def owners_of(self, customer_id: str) -> OwnerHistory:
        """Return the assignments of a customer."""
        return self.owners.setdefault(customer_id, OwnerHistory())

    def untouched_newcomers(self) -> set[str]:
        """Return the newcomers of whom every event was refused: nothing is known of them."""
        documents: list[dict[Key, Any]] = [self.orders, self.returns, self.invoices, self.payments]
        known = {customer_id for tracked in documents for customer_id, _ in tracked}
        known |= {key for key, entry in self.customers.items() if entry.now != entry.before}
        known |= {key for key, history in self.owners.items() if history.changed}
        known |= {customer_id for customer_id, _ in self.follow_ups}
        known |= {customer_id for customer_id, _ in self.write_offs}
        known |= {signal.customer_id for signal in self.signals}
        return self.newcomers - known - self.receivables.keys()

    def invoices_of(self, order: Order) -> list[Invoice]:
        """Return the invoices a dropped order counts with; none for others, whose invoices are not in hand."""
        if not order.dropped:
            return []
        mine = self._invoices_by_order().get((order.customer_id, order.order_id), ())
        return invoices_that_count(order, mine)

    def evaluate(self) -> None:
        """Work out what follows from every document in hand, once all events are applied."""
        self._by_order = None
        for order in self.orders.values():
            evaluate_order(order.now, self.owners_of(order.now.customer_id), self.invoices_of(order.now))
        for returned in self.returns.values():
            named = self.orders.get((returned.now.customer_id, returned.now.order_id))
            owners = self.owners_of(returned.now.customer_id)
            evaluate_return(returned.now, owners, None if named is None else named.now)
        for payment in self.payments.values():
            evaluate_payment(payment.now, self.owners_of(payment.now.customer_id))

    def _invoices_by_order(self) -> dict[Key, list[Invoice]]:
        if self._by_order is None:
            self._by_order = {}
            for invoice in self.invoices.values():
                key = invoice.now.customer_id, invoice.now.order_id
                self._by_order.setdefault(key, []).append(invoice.now)
        return self._by_order
