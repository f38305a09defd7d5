"""What the facts must be, computed from a customer's whole history at once, the slow and obvious way.

Shares no code with the service but the event types.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contracts.envelope import Event

DECIMALS = {"CNY": 2, "JPY": 0, "KWD": 3}
Facts = dict[tuple[Any, ...], dict[str, int]]


def minor(amount: str, currency: str) -> int:
    return int(Decimal(amount) * 10 ** DECIMALS[currency])


class History:
    """One customer's events, with the catalogue's."""

    def __init__(self, events: Iterable[Event[Any]], customer_id: str, zone: ZoneInfo) -> None:
        self.zone = zone
        self.customer_id = customer_id
        self.events = sorted(
            (e for e in events if getattr(e.data, "customer_id", customer_id) == customer_id),
            key=lambda e: e.occurred_at,
        )
        self.months: Facts = defaultdict(Counter)
        self.sales: Facts = defaultdict(Counter)
        self.products: Facts = defaultdict(Counter)
        self.order_days: list[Any] = []
        self.payment_days: list[Any] = []
        self._orders()
        self._returns()
        self._payments()
        for (month, currency, _), numbers in self.products.items():
            self.months[month, currency]["distinct_products"] += numbers["orders"] > 0

    def of(self, *types: str) -> list[Event[Any]]:
        return [e for e in self.events if e.type in types]

    def earliest(self, type_: str, id_: str) -> dict[str, Event[Any]]:
        """Of several events about one document the earliest holds."""
        found: dict[str, Event[Any]] = {}
        for e in self.of(type_):
            found.setdefault(getattr(e.data, id_), e)
        return found

    def day(self, e: Event[Any]) -> Any:
        return e.occurred_at.astimezone(self.zone).date()

    def owner(self, day: Any) -> str:
        assigned = [e for e in self.of("customer.assigned") if e.data.from_day <= day]
        last = max(assigned, key=lambda e: (e.data.from_day, e.occurred_at), default=None)
        return last.data.salesperson_id if last else ""

    def cost(self, product_id: str, quantity: str, currency: str, moment: Any) -> int | None:
        known = [
            e
            for e in self.of("product.created", "product.changed")
            if (e.data.product_id, e.data.currency) == (product_id, currency) and e.data.unit_cost is not None
        ]
        if not known:
            return None
        before = [e for e in known if e.occurred_at <= moment]
        unit_cost = Decimal((before[-1] if before else known[0]).data.unit_cost)
        cost = Decimal(quantity) * unit_cost * 10 ** DECIMALS[currency]
        return int(cost.quantize(Decimal(1), ROUND_HALF_UP))

    def add(self, day: Any, currency: str, seller: str, **numbers: int) -> None:
        month = day.replace(day=1)
        self.months[month, currency].update(numbers)
        self.sales[month, currency, self.owner(day), seller].update(numbers)

    def lines(self, lines: Iterable[Any], currency: str, moment: Any) -> dict[str, list[int]]:
        """Product to quantity, amount, cost and costed amount, costs computed on the sum of a product's lines."""
        quantities: Counter[str] = Counter()
        amounts: Counter[str] = Counter()
        for line in lines:
            quantities[line.product_id] += int(Decimal(line.quantity) * 1000)
            amounts[line.product_id] += minor(line.amount, currency)
        result = {}
        for product_id, quantity in quantities.items():
            cost = self.cost(product_id, str(Decimal(quantity) / 1000), currency, moment)
            costed = 0 if cost is None else amounts[product_id]
            result[product_id] = [quantity, amounts[product_id], cost or 0, costed]
        return result

    def _orders(self) -> None:
        for order_id, placed in self.earliest("order.placed", "order_id").items():
            mine = [e for e in self.events if getattr(e.data, "order_id", None) == order_id]
            reads = placed.data
            amended = [e for e in mine if e.type == "order.amended"]
            if amended:
                reads = min(amended, key=lambda e: (-e.data.revision, e.occurred_at)).data
            decided = [e for e in mine if e.type.startswith("credit.order_")]
            last = min(decided, key=lambda e: (-e.data.decision_version, e.occurred_at), default=None)
            outcome = last.type.removeprefix("credit.order_") if last else ""
            lines, amount = reads.lines, minor(reads.amount, reads.currency)
            if outcome == "rejected" or any(e.type == "order.cancelled" for e in mine):
                invoices = [
                    e.data
                    for e in self.earliest("order.invoiced", "invoice_id").values()
                    if (e.data.order_id, e.data.currency) == (order_id, reads.currency)
                ]
                if not invoices:
                    continue
                lines = [line for invoice in invoices for line in invoice.lines]
                amount = sum(minor(invoice.amount, invoice.currency) for invoice in invoices)
            elif outcome == "held":
                self.add(
                    self.day(placed),
                    reads.currency,
                    placed.data.salesperson_id or "",
                    held_orders=1,
                    held_minor=amount,
                )
                continue
            self._order(placed, reads.currency, amount, lines)

    def _order(self, placed: Event[Any], currency: str, amount: int, lines: Iterable[Any]) -> None:
        day, seller = self.day(placed), placed.data.salesperson_id or ""
        self.order_days.append(day)
        self.add(day, currency, seller, orders=1, amount_minor=amount)
        for product_id, numbers in self.lines(lines, currency, placed.occurred_at).items():
            names = ("quantity_milli", "amount_minor", "cost_minor", "costed_minor")
            found = dict(zip(names, numbers, strict=True))
            self.products[day.replace(day=1), currency, product_id].update(orders=1, **found)
            del found["amount_minor"]
            self.add(day, currency, seller, **found)

    def _returns(self) -> None:
        placed = self.earliest("order.placed", "order_id")
        for returned in self.earliest("order.returned", "return_id").values():
            data, day = returned.data, self.day(returned)
            sale = placed.get(data.order_id or "")
            seller = (sale.data.salesperson_id or "") if sale else ""
            moment = sale.occurred_at if sale else returned.occurred_at
            amount = minor(data.amount, data.currency)
            self.add(day, data.currency, seller, returns=1, returned_minor=amount)
            for product_id, numbers in self.lines(data.lines, data.currency, moment).items():
                names = ("quantity_milli", "minor", "cost_minor", "costed_minor")
                found = {f"returned_{name}": number for name, number in zip(names, numbers, strict=True)}
                self.products[day.replace(day=1), data.currency, product_id].update(found)
                del found["returned_minor"]
                self.add(day, data.currency, seller, **found)

    def _payments(self) -> None:
        reversals = self.earliest("payment.reversed", "payment_id")
        for payment_id, payment in self.earliest("payment.received", "payment_id").items():
            currency, amount = payment.data.currency, minor(payment.data.amount, payment.data.currency)
            self.add(self.day(payment), currency, "", payments=1, collected_minor=amount)
            if payment_id in reversals:
                self.add(self.day(reversals[payment_id]), currency, "", reversed_minor=amount)
            else:
                self.payment_days.append(self.day(payment))


def nonzero(facts: Facts) -> Facts:
    """Leave out zeros, and rows of nothing else."""
    kept = {key: {name: n for name, n in numbers.items() if n} for key, numbers in facts.items()}
    return {key: numbers for key, numbers in kept.items() if numbers}
