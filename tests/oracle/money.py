"""What invoices, payments and returns do, as the oracle sees it."""

from datetime import timedelta
from typing import Any

from contracts.envelope import Event
from contracts.money import minor_units
from tests.oracle.customer import Customer, Refused
from tests.oracle.orders import Orders


class Money(Orders):
    """Handles money."""

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
        order["invoiced"] += amount
        order["closed"] |= closes
        self._end(order)

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
            if not known["reversed"] or known["amount"] or not amount:
                return False
            # Its reversal came before it: both are there, and nothing is left.
            self._same_currency(customer, data.currency)
            known["amount"] = amount
            self._release(customer)
            return True
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
        reopened = {invoice_id: part for invoice_id, part in credit["paid"].items() if part}
        credit.update(left=0, meant={}, paid={}, reversed=True)
        for invoice in sorted(
            (customer.invoices[i] for i in reopened), key=lambda invoice: (invoice["due"], invoice["id"])
        ):
            again = reopened[invoice["id"]]
            for other in [credit for credit in customer.credits.values() if credit["left"]]:
                again -= self._pay(invoice, other, min(again, other["left"] - sum(other["meant"].values())))
        return True

    def _receivable_written_off(self, customer: Customer, data: Any, event: Event[Any]) -> bool:
        amount = minor_units(data.amount, data.currency)
        known = customer.credits.get("write_off:" + data.write_off_id)
        if known is not None:
            if known["amount"] != amount or data.invoice_id not in known["paid"]:
                raise Refused
            return False
        invoice = customer.invoices.get(data.invoice_id)
        if invoice is None or not 0 < amount <= invoice["open"] or data.currency != customer.currency:
            raise Refused
        self._pay(invoice, self._credit(customer, "write_off:" + data.write_off_id, amount), amount)
        self._release(customer)
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
