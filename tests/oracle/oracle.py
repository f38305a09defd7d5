"""What the credit service must come to, written as plainly as possible: documents in dicts, every figure added up anew.

It shares nothing with the service but the events. Nothing is kept that can be computed: exposure, overdue figures and
queues are sums and sorts over all documents of the customer, each time they are needed.
"""

from typing import Any

from contracts.envelope import Event
from contracts.money import minor_units
from tests.oracle.customer import Customer, Refused
from tests.oracle.money import Money

__all__ = ["Customer", "Oracle"]


class Oracle(Money):
    """Applies events and remembers every decision; handles what people set."""

    def _terms_set(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        money = customer.open_orders() or customer.invoiced() or customer.unapplied() or customer.held()
        if data.currency != customer.currency and money:
            raise Refused

        def amount(text: str | None) -> int | None:
            return None if text is None else minor_units(text, data.currency)

        customer.currency, customer.limit = data.currency, amount(data.limit)
        customer.term_days, customer.grace_days = data.term_days, data.grace_days
        customer.single_max = amount(data.single_order_max)
        overdue = data.overdue
        limits = (amount(overdue.max_amount), overdue.max_days, overdue.max_items) if overdue else None
        customer.overdue_limits = limits
        self._release(customer)
        return True

    def _terms_temporary_limit_granted(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        if data.until_day < data.from_day or data.currency != customer.currency:
            raise Refused
        limit = None if data.limit is None else minor_units(data.limit, data.currency)
        customer.temporary = (limit, data.from_day, data.until_day)
        self._release(customer)
        return True

    def _terms_risk_class_set(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        """The delivered policy has no levels of risk classes."""

    def _terms_hold_placed(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        customer.on_hold = True

    def _terms_hold_lifted(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        customer.on_hold = False
        self._release(customer)

    def _customer_blacklisted(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        customer.blacklisted = True

    def _customer_blacklist_lifted(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        customer.blacklisted = False
        self._release(customer)

    def _ruled(self, customer: Customer, order_id: str) -> dict[str, Any]:
        order = customer.orders.get(order_id)
        if order is None or order["status"] != "held":
            raise Refused
        return order

    def _terms_order_release_ruled(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        order = self._ruled(customer, data.order_id)
        if customer.blacklisted or (order["on_account"] and order["currency"] != customer.currency):
            raise Refused
        self._decided(customer, order, "approved", [])

    def _terms_order_rejection_ruled(self, customer: Customer, data: Any, event: Event[Any]) -> None:
        self._decided(customer, self._ruled(customer, data.order_id), "rejected", ["manual_rejection"])
