"""What a document adds to the facts, and the sum of what a batch changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from services.insights.rules.documents import Order, Payment, Return, Tracked
from services.insights.rules.lines import Line

KeyT = TypeVar("KeyT")


class MonthNumbers(NamedTuple):
    """The facts of a customer in a month. Amounts in minor units, quantities in thousandths.

    ``costed_minor`` is the amount of the lines whose cost is known: profit is costed - cost.
    """

    orders: int = 0
    amount_minor: int = 0
    quantity_milli: int = 0
    cost_minor: int = 0
    costed_minor: int = 0
    held_orders: int = 0
    held_minor: int = 0
    payments: int = 0
    collected_minor: int = 0
    reversed_minor: int = 0
    returns: int = 0
    returned_minor: int = 0
    returned_quantity_milli: int = 0
    returned_cost_minor: int = 0
    returned_costed_minor: int = 0


class ProductNumbers(NamedTuple):
    """The facts of a customer, month and product; amounts are those of the lines."""

    orders: int = 0
    quantity_milli: int = 0
    amount_minor: int = 0
    cost_minor: int = 0
    costed_minor: int = 0
    returned_quantity_milli: int = 0
    returned_minor: int = 0
    returned_cost_minor: int = 0
    returned_costed_minor: int = 0


class MonthKey(NamedTuple):
    """Of the facts of a customer in a month."""

    customer_id: str
    month: date
    currency: str


class SalesKey(NamedTuple):
    """Of the same facts, split by who looked after the customer that day and who took the order ("": nobody)."""

    customer_id: str
    month: date
    currency: str
    owner_id: str
    seller_id: str


class ProductKey(NamedTuple):
    """Of the facts of a product sold to a customer in a month."""

    customer_id: str
    month: date
    currency: str
    product_id: str


@dataclass(slots=True)
class Changes:
    """By how much the facts change; sums are exact, so a document's effect is what it adds now minus before."""

    sales: dict[SalesKey, list[int]] = field(default_factory=dict)
    products: dict[ProductKey, list[int]] = field(default_factory=dict)

    def months(self) -> dict[MonthKey, list[int]]:
        """Return the changes over all owners and sellers."""
        months: dict[MonthKey, list[int]] = {}
        for key, numbers in self.sales.items():
            _add(months, MonthKey(*key[:3]), numbers, 1)
        return months

    def order(self, entry: Tracked[Order]) -> None:
        """Add what an order adds now, and take away what it added before."""
        if entry.before is not None:
            self._order(entry.before, -1)
            if entry.lines is not None:
                self._order_lines(entry.before, entry.stored_lines, -1)
        self._order(entry.now, 1)
        self._order_lines(entry.now, entry.lines or (), 1)

    def returned(self, entry: Tracked[Return]) -> None:
        """Add what a return adds now, and take away what it added before."""
        if entry.before is not None:
            self._return(entry.before, -1)
            if entry.lines is not None:
                self._return_lines(entry.before, entry.stored_lines, -1)
        self._return(entry.now, 1)
        self._return_lines(entry.now, entry.lines or (), 1)

    def payment(self, entry: Tracked[Payment]) -> None:
        """Add what a payment adds now, and take away what it added before."""
        if entry.before is not None:
            self._payment(entry.before, -1)
        self._payment(entry.now, 1)

    def _order(self, order: Order, sign: int) -> None:
        if order.counts_as == "nothing" or order.placed_day is None:
            return
        if order.counts_as == "held":
            numbers = MonthNumbers(held_orders=1, held_minor=order.counted_minor)
        else:
            numbers = MonthNumbers(
                1, order.counted_minor, order.quantity_milli, order.cost_minor, order.costed_minor
            )
        month = first_of_month(order.placed_day)
        key = SalesKey(order.customer_id, month, order.currency, order.owner_id, order.seller_id)
        _add(self.sales, key, numbers, sign)

    def _order_lines(self, order: Order, lines: Iterable[Line], sign: int) -> None:
        if order.counts_as != "order" or order.placed_day is None:
            return
        month = first_of_month(order.placed_day)
        for line in lines:
            if line.kind == order.basis:
                cost, costed = _cost(line)
                numbers = ProductNumbers(1, line.quantity_milli, line.amount_minor, cost, costed)
                key = ProductKey(order.customer_id, month, line.currency, line.product_id)
                _add(self.products, key, numbers, sign)

    def _return(self, returned: Return, sign: int) -> None:
        month = first_of_month(returned.returned_day)
        key = SalesKey(returned.customer_id, month, returned.currency, returned.owner_id, returned.seller_id)
        numbers = MonthNumbers(
            returns=1,
            returned_minor=returned.amount_minor,
            returned_quantity_milli=returned.quantity_milli,
            returned_cost_minor=returned.cost_minor,
            returned_costed_minor=returned.costed_minor,
        )
        _add(self.sales, key, numbers, sign)

    def _return_lines(self, returned: Return, lines: Iterable[Line], sign: int) -> None:
        month = first_of_month(returned.returned_day)
        for line in lines:
            cost, costed = _cost(line)
            numbers = ProductNumbers(
                returned_quantity_milli=line.quantity_milli,
                returned_minor=line.amount_minor,
                returned_cost_minor=cost,
                returned_costed_minor=costed,
            )
            key = ProductKey(returned.customer_id, month, line.currency, line.product_id)
            _add(self.products, key, numbers, sign)

    def _payment(self, payment: Payment, sign: int) -> None:
        if payment.received_day is None:
            return
        received = MonthNumbers(payments=1, collected_minor=payment.amount_minor)
        _add(self.sales, _payment_key(payment, payment.received_day, payment.owner_id), received, sign)
        if payment.reversed_day is not None:
            back = MonthNumbers(reversed_minor=payment.amount_minor)
            key = _payment_key(payment, payment.reversed_day, payment.reversal_owner_id)
            _add(self.sales, key, back, sign)


def first_of_month(day: date) -> date:
    """Return the day that stands for the month in every key."""
    return day.replace(day=1)


def _cost(line: Line) -> tuple[int, int]:
    return (0, 0) if line.cost_minor is None else (line.cost_minor, line.amount_minor)


def _payment_key(payment: Payment, day: date, owner_id: str) -> SalesKey:
    return SalesKey(payment.customer_id, first_of_month(day), payment.currency, owner_id, "")


def _add(into: dict[KeyT, list[int]], key: KeyT, numbers: Iterable[int], sign: int) -> None:
    known = into.get(key)
    if known is None:
        into[key] = [sign * number for number in numbers]
    else:
        for position, number in enumerate(numbers):
            known[position] += sign * number
