"""The oracle's days and decisions."""

from datetime import date
from typing import Any

from contracts.envelope import Event
from contracts.topics import partition_of
from tests.oracle.customer import Customer, Refused, exceeds, remaining

DEFAULT_OVERDUE = (None, 30, None)


class Deciding:
    """Applies events and remembers every decision: (outcome, failing rules, exposure after it), by order."""

    def __init__(self, partitions: int, currency: str) -> None:
        self.partitions = partitions
        self.currency = currency
        self.customers: dict[str, Customer] = {}
        self.days: dict[int, date] = {}
        self.decisions: dict[str, list[tuple[str, list[str], int]]] = {}
        self.refused: list[str] = []
        self.today = date.min

    def apply(self, event: Event[Any]) -> None:
        if event.type == "clock.day_started":
            self._day(event.data)
            return
        handler = getattr(self, "_" + event.type.replace(".", "_"), None)
        if handler is None:
            return
        customer = self.customers.setdefault(event.key, Customer(self.currency))
        self.today = customer.today = self.days.get(self._partition(event.key)) or event.occurred_at.date()
        try:
            if handler(customer, event.data, event) is not False:
                customer.touched = True
        except Refused:
            self.refused.append(event.id)

    def _partition(self, customer_id: str) -> int:
        return partition_of(customer_id.encode(), self.partitions)

    def _day(self, data: Any) -> None:
        self.days[data.partition] = self.today = max(data.day, self.days.get(data.partition, date.min))
        for customer_id, customer in self.customers.items():
            if self._partition(customer_id) != data.partition:
                continue
            customer.today = self.today
            if customer.temporary is not None:
                if customer.temporary[2] < self.today:
                    customer.temporary = None
                self._release(customer)

    def _end(self, order: dict[str, Any]) -> None:
        """An order that was decided on ends when it is invoiced, or given up."""
        if order["status"] == "announced" or (order["status"] == "rejected" and not order["cancelled"]):
            return
        if order["closed"] or 0 < order["invoiced"] >= order["amount"]:
            order["status"] = "invoiced"
        elif order["cancelled"]:
            order["status"] = "cancelled"

    def _failing(self, customer: Customer, order: dict[str, Any], growth: int) -> list[str]:
        failing = ["blacklist"] if customer.blacklisted else []
        if not order["on_account"]:
            return failing
        if order["currency"] != customer.currency:
            failing.append("currency")
        if customer.on_hold:
            failing.append("manual_hold")
        if exceeds(customer.exposure() + growth, customer.limit_on(self.today)):
            failing.append("limit")
        if exceeds(order["amount"], customer.single_max):
            failing.append("single_order_maximum")
        overdue = customer.overdue(self.today)
        if overdue:
            amount = sum(invoice["open"] for invoice in overdue)
            days = (self.today - min(invoice["due"] for invoice in overdue)).days
            limits = customer.overdue_limits or DEFAULT_OVERDUE
            names = ("overdue_amount", "overdue_days", "overdue_items")
            for name, value, most in zip(names, (amount, days, len(overdue)), limits, strict=True):
                if exceeds(value, most):
                    failing.append(name)
        return failing

    def _decide(self, customer: Customer, order: dict[str, Any], before: int | None = None) -> None:
        """Decide on an order as it now reads; ``before``: what remained of it before it was amended."""
        counted = order["status"] == "approved" and order["on_account"]
        # An approved order's new amount is in the exposure already: leave it at what it adds.
        growth = 0 if counted else remaining(order)
        failing = self._failing(customer, order, growth)
        outcome = "rejected" if "blacklist" in failing else "held" if failing else "approved"
        self._decided(customer, order, outcome, failing)

    def _decided(self, customer: Customer, order: dict[str, Any], outcome: str, failing: list[str]) -> None:
        order["status"] = outcome
        self._end(order)
        self.decisions.setdefault(order["id"], []).append((outcome, failing, customer.exposure()))

    def _release(self, customer: Customer) -> None:
        for order in customer.held():
            if not self._failing(customer, order, remaining(order)):
                self._decided(customer, order, "approved", [])
