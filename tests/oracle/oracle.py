"""What the credit service must come to, written as plainly as possible: documents in dicts, every figure added up anew.

It shares nothing with the service but the events. Nothing is kept that can be computed: exposure, overdue figures and
queues are sums and sorts over all documents of the customer, each time they are needed.
"""

from datetime import UTC, date, timedelta
from typing import Any

from contracts.envelope import Event
from contracts.money import minor_units
from contracts.topics import partition_of

CLOSED = ("cancelled", "rejected", "invoiced")
DEFAULT_OVERDUE = (None, 30, None)


class Refused(Exception):
    """The event is not applied."""


class Customer:
    """One customer's documents and terms."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.touched = False
        self.today = date.min
        self.limit: int | None = 0
        self.term_days = self.grace_days = 0
        self.single_max: int | None = None
        self.overdue_limits: tuple[int | None, int | None, int | None] | None = None
        self.temporary: tuple[int | None, date, date] | None = None
        self.blacklisted = self.on_hold = False
        self.orders: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.credits: dict[str, dict[str, Any]] = {}

    def open_orders(self) -> int:
        return sum(
            remaining(o) for o in self.orders.values() if o["status"] == "approved" and o["on_account"]
        )

    def shipped(self) -> int:
        return sum(
            o["shipped"] for o in self.orders.values() if o["status"] == "approved" and o["on_account"]
        )

    def invoiced(self) -> int:
        return sum(invoice["open"] for invoice in self.invoices.values())

    def unapplied(self) -> int:
        return sum(credit["left"] for credit in self.credits.values())

    def exposure(self) -> int:
        return self.open_orders() + self.invoiced() - self.unapplied()

    def held(self) -> list[dict[str, Any]]:
        held = [order for order in self.orders.values() if order["status"] == "held"]
        return sorted(held, key=lambda order: (order["placed_at"], order["id"]))

    def owed(self) -> list[dict[str, Any]]:
        """Open invoices, the oldest due first."""
        owed = [invoice for invoice in self.invoices.values() if invoice["open"]]
        return sorted(owed, key=lambda invoice: (invoice["due"], invoice["id"]))

    def overdue(self, today: date) -> list[dict[str, Any]]:
        return [
            invoice for invoice in self.owed() if today > invoice["due"] + timedelta(days=self.grace_days)
        ]

    def limit_on(self, today: date) -> int | None:
        if self.temporary is not None and self.temporary[1] <= today <= self.temporary[2]:
            return self.temporary[0]
        return self.limit


def remaining(order: dict[str, Any]) -> int:
    return 0 if order["closed"] else max(0, order["amount"] - order["invoiced"])


def exceeds(value: int, most: int | None) -> bool:
    return most is not None and value > most


class Oracle:
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

    # Orders

    def _order(self, customer: Customer, order_id: str) -> dict[str, Any]:
        new = {
            "id": order_id,
            "status": "announced",
            "amount": 0,
            "invoiced": 0,
            "shipped": 0,
            "closed": False,
        }
        new |= {"revision": 0, "placed": None, "placed_at": "", "on_account": True, "currency": ""}
        return customer.orders.setdefault(order_id, new)

    def _fit(self, order: dict[str, Any]) -> None:
        order["shipped"] = min(order["shipped"], remaining(order))

    def _order_placed(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        said = (amount, data.currency, data.payment_method)
        known = customer.orders.get(data.order_id)
        if known is not None and known["placed"] is not None:
            if known["placed"] != said:
                raise Refused
            return False
        if not customer.touched:
            customer.currency = data.currency
        order = self._order(customer, data.order_id)
        order["placed"], order["currency"] = said, data.currency
        order["on_account"] = data.payment_method == "account"
        order["placed_at"] = event.occurred_at.astimezone(UTC)
        if order["revision"] == 0:
            order["amount"] = amount
        if order["status"] == "cancelled":
            self._decided(customer, order, "rejected", ["cancelled"])
        else:
            self._decide(customer, order)
        return True

    def _order_amended(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        known = customer.orders.get(data.order_id)
        if known is not None and known["currency"] and known["currency"] != data.currency:
            raise Refused
        if known is not None and data.revision <= known["revision"]:
            return False
        order = self._order(customer, data.order_id)
        grows = remaining({**order, "amount": amount}) > remaining(order)
        before = remaining(order)
        order["revision"], order["amount"] = data.revision, amount
        if order["status"] == "held" or (order["status"] == "approved" and grows):
            self._decide(customer, order, before)
            return True
        approved = order["status"] == "approved"
        if order["status"] in ("approved", "held") and remaining(order) == 0 and order["invoiced"]:
            order["status"] = "invoiced"
        self._fit(order)
        if approved:
            self._release(customer)
        return True

    def _order_cancelled(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        order = self._order(customer, data.order_id)
        if order["status"] in CLOSED:
            return False
        order["status"] = "cancelled"
        order["shipped"] = 0
        self._release(customer)
        return True

    def _order_shipped(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        order = self._order(customer, data.order_id)
        if order["status"] == "announced":
            order["shipped"] += amount
        elif order["status"] != "cancelled":
            order["shipped"] = min(order["shipped"] + amount, remaining(order))
        return True

    # Deciding

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
        if outcome == "approved" and remaining(order) == 0 and order["invoiced"]:
            order["status"] = "invoiced"
        self._fit(order)
        self.decisions.setdefault(order["id"], []).append((outcome, failing, customer.exposure()))

    def _release(self, customer: Customer) -> None:
        for order in customer.held():
            if not self._failing(customer, order, remaining(order)):
                self._decided(customer, order, "approved", [])

    # Money

    def _same_currency(self, customer: Customer, currency: str) -> None:
        if customer.touched and customer.currency != currency:
            raise Refused
        customer.currency = currency

    def _pay(self, invoice: dict[str, Any], credit: dict[str, Any], amount: int) -> int:
        part = max(0, min(amount, invoice["open"], credit["left"]))
        if part:
            invoice["open"] -= part
            credit["left"] -= part
            credit["paid"][invoice["id"]] = credit["paid"].get(invoice["id"], 0) + part
        return int(part)

    def _order_invoiced(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        known = customer.invoices.get(data.invoice_id)
        if known is not None:
            if (known["amount"], known["order"]) != (amount, data.order_id):
                raise Refused
            return False
        self._same_currency(customer, data.currency)
        if data.order_id is not None:
            self._invoice_order(self._order(customer, data.order_id), amount, closes=data.closes_order)
        due = data.due_on or data.issued_on + timedelta(days=customer.term_days)
        invoice = {
            "id": data.invoice_id,
            "order": data.order_id,
            "amount": amount,
            "open": amount,
            "due": due,
        }
        customer.invoices[data.invoice_id] = invoice
        in_hand = [credit for credit in customer.credits.values() if credit["left"]]
        for credit in in_hand:
            self._pay(invoice, credit, credit["meant"].get(data.invoice_id, 0))
        for credit in in_hand:
            others = sum(part for name, part in credit["meant"].items() if name != data.invoice_id)
            self._pay(invoice, credit, credit["left"] - others)
        for credit in customer.credits.values():
            if data.invoice_id in credit["paid"]:
                credit["meant"].pop(data.invoice_id, None)
        if data.closes_order:
            self._release(customer)
        return True

    def _invoice_order(self, order: dict[str, Any], amount: int, *, closes: bool) -> None:
        order["shipped"] -= min(order["shipped"], amount)
        order["invoiced"] += amount
        order["closed"] |= closes
        if order["status"] != "announced" or closes:
            self._fit(order)
        if remaining(order) == 0 and order["status"] in ("approved", "held"):
            order["status"] = "invoiced"

    def _credit(self, customer: Customer, credit_id: str, amount: int) -> dict[str, Any]:
        credit = {"amount": amount, "left": amount, "meant": {}, "paid": {}, "reversed": False}
        customer.credits[credit_id] = credit
        return credit

    def _payment_received(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        named = [(part.invoice_id, minor_units(part.amount, data.currency)) for part in data.allocations]
        if sum(part for _, part in named) > amount:
            raise Refused
        known = customer.credits.get("payment:" + data.payment_id)
        if known is not None:
            if not known["reversed"] and known["amount"] != amount:
                raise Refused
            return False
        self._same_currency(customer, data.currency)
        credit = self._credit(customer, "payment:" + data.payment_id, amount)
        for invoice_id, part in named:
            invoice = customer.invoices.get(invoice_id)
            if invoice is None:
                credit["meant"][invoice_id] = credit["meant"].get(invoice_id, 0) + part
            else:
                self._pay(invoice, credit, part)
        if not named:
            for invoice in customer.owed():
                self._pay(invoice, credit, amount)
        self._release(customer)
        return True

    def _payment_reversed(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        credit_id = "payment:" + data.payment_id
        if credit_id in customer.credits and customer.credits[credit_id]["reversed"]:
            return False
        credit = customer.credits.get(credit_id) or self._credit(customer, credit_id, 0)
        for invoice_id, part in credit["paid"].items():
            customer.invoices[invoice_id]["open"] += part
        credit.update(left=0, meant={}, paid={}, reversed=True)
        return True

    def _order_returned(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        known = customer.credits.get("return:" + data.return_id)
        if known is not None:
            if known["amount"] != amount:
                raise Refused
            return False
        self._same_currency(customer, data.currency)
        credit = self._credit(customer, "return:" + data.return_id, amount)
        first = [customer.invoices[data.invoice_id]] if data.invoice_id in customer.invoices else []
        for invoice in first + customer.owed():
            self._pay(invoice, credit, amount)
        self._release(customer)
        return True

    # Terms

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
