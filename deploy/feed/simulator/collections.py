"""Money coming in: on time, early, late, in part, bounced, or never."""

from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from contracts.events.orders import OrderInvoiced
from contracts.events.payments import Allocation, PaymentReceived, PaymentReversed
from deploy.feed.simulator.customers import Customer, OpenInvoice
from deploy.feed.simulator.world import World

MIN_PAYMENT_MINOR = 100


class Collections:
    """Payments of the simulated business."""

    def __init__(self, world: World) -> None:
        self._world = world

    def invoiced(
        self,
        customer: Customer,
        invoice_id: str,
        amount_minor: int,
        chance: Random,
        at: datetime,
    ) -> None:
        """Take an invoice on account and schedule its payment."""
        due_on = at.date() + timedelta(days=customer.term_days)
        spread = self._world.parameters.payments.invoice_sd_days
        intended = due_on + timedelta(days=round(chance.normalvariate(customer.days_late, spread)))
        pay_on = self._pay_day(customer, max(intended, at.date() + timedelta(days=1)))
        invoice = OpenInvoice(invoice_id, at.date(), due_on, amount_minor, pay_on)
        customer.invoices.append(invoice)
        self._expect_payment(customer, pay_on)

    def _pay_day(self, customer: Customer, day: date) -> date:
        """The customer's weekday of paying that is nearest to ``day``."""
        ahead = (customer.pay_weekday - day.weekday()) % 7
        return day + timedelta(days=ahead if ahead <= 3 else ahead - 7)

    def _expect_payment(self, customer: Customer, day: date) -> None:
        if day in customer.paying_on:
            return
        customer.paying_on.add(day)
        chance = self._world.random("payment", f"{customer.customer_id}|{day}")
        self._world.on_working_day(day, chance, partial(self._pay_planned, customer, day, chance))

    def _pay_planned(self, customer: Customer, day: date, chance: Random, at: datetime) -> None:
        customer.paying_on.discard(day)
        self._settle(
            customer, [invoice for invoice in customer.invoices if invoice.pay_on <= day], chance, at
        )

    def credited(self, customer: Customer, invoice_id: str, amount_minor: int) -> None:
        """Take a credit note off the invoice, or off a later payment if that is paid already."""
        for invoice in customer.invoices:
            if invoice.invoice_id == invoice_id:
                taken = min(amount_minor, invoice.open_minor)
                invoice.open_minor -= taken
                amount_minor -= taken
        customer.credit_minor += amount_minor

    def chase(self, customer: Customer, order_minor: int, chance: Random, at: datetime) -> None:
        """An order is held: many customers then pay what is overdue, or as much as the order needs."""
        if (
            customer.chased_on == at.date()
            or chance.random() >= self._world.parameters.assumptions.chased_share
        ):
            return
        customer.chased_on = at.date()
        day = at.date() + timedelta(days=chance.randint(0, 4))
        self._world.on_working_day(day, chance, partial(self._pay_after_chase, customer, order_minor, chance))

    def _pay_after_chase(self, customer: Customer, order_minor: int, chance: Random, at: datetime) -> None:
        if customer.cash_only:
            self.pay_amount(customer, order_minor, "bank transfer", at)
            return
        oldest_first = sorted(customer.invoices, key=lambda invoice: invoice.due_on)
        chosen, covered = list[OpenInvoice](), 0
        for invoice in oldest_first:
            if invoice.due_on < at.date() or covered < order_minor:
                chosen.append(invoice)
                covered += invoice.open_minor
        self._settle(customer, chosen, chance, at)

    def _settle(self, customer: Customer, invoices: list[OpenInvoice], chance: Random, at: datetime) -> None:
        stopped = customer.stops_paying_on is not None and at.date() >= customer.stops_paying_on
        if stopped or not invoices:
            return
        assumed = self._world.parameters.assumptions
        total = sum(invoice.open_minor for invoice in invoices)
        deducted = min(customer.credit_minor, total)
        names = customer.names_invoices and not deducted
        in_part = chance.random() < assumed.part_payment_share
        if in_part:
            share = chance.uniform(0.3, 0.8)
            paid = {i.invoice_id: int(i.open_minor * share) for i in invoices}
            names, deducted = customer.names_invoices, 0
        else:
            paid = {i.invoice_id: i.open_minor for i in invoices}
        amount = sum(paid.values()) - deducted
        if amount < MIN_PAYMENT_MINOR and not deducted:
            return
        customer.credit_minor -= deducted
        for invoice in invoices:
            invoice.open_minor -= paid[invoice.invoice_id]
            if in_part:
                invoice.pay_on = self._pay_day(customer, at.date() + timedelta(days=chance.randint(10, 20)))
                self._expect_payment(customer, invoice.pay_on)
        customer.invoices = [invoice for invoice in customer.invoices if invoice.open_minor > 0]
        if amount < MIN_PAYMENT_MINOR:
            return
        allocations = [(key, value) for key, value in paid.items() if value] if names else []
        payment_id = self._receive(customer, amount, "bank transfer", allocations, at)
        if chance.random() < assumed.bounced_share:
            back = at.date() + timedelta(days=chance.randint(2, 5))
            bounce = partial(self._bounce, customer, payment_id, invoices, paid, deducted, chance)
            self._world.on_working_day(back, chance, bounce)

    def _bounce(
        self,
        customer: Customer,
        payment_id: str,
        invoices: list[OpenInvoice],
        paid: dict[str, int],
        deducted: int,
        chance: Random,
        at: datetime,
    ) -> None:
        """The bank takes a payment back; the customer pays again after a week or so."""
        if not self._world.announced(f"{payment_id}-received"):
            return
        body = PaymentReversed(
            payment_id=payment_id, customer_id=customer.customer_id, reason="insufficient funds"
        )
        self._world.emit(body, f"{payment_id}-reversed", at)
        customer.credit_minor += deducted
        again = self._pay_day(customer, at.date() + timedelta(days=chance.randint(6, 12)))
        for invoice in invoices:
            invoice.open_minor += paid[invoice.invoice_id]
            invoice.pay_on = again
            if invoice not in customer.invoices:
                customer.invoices.append(invoice)
        self._expect_payment(customer, again)

    def pay_cash(self, customer: Customer, invoice_id: str, amount_minor: int, at: datetime) -> None:
        """Pay one invoice at the door."""
        self._receive(customer, amount_minor, "cash", [(invoice_id, amount_minor)], at)

    def pay_amount(self, customer: Customer, amount_minor: int, method: str, at: datetime) -> None:
        """Pay a sum without naming an invoice."""
        self._receive(customer, amount_minor, method, [], at)

    def _receive(
        self, customer: Customer, amount_minor: int, method: str, named: list[tuple[str, int]], at: datetime
    ) -> str:
        world = self._world
        customer.payments += 1
        payment_id = f"{customer.customer_id}-PY{customer.payments:04d}"
        body = PaymentReceived(
            payment_id=payment_id,
            customer_id=customer.customer_id,
            currency=world.currency,
            amount=world.money(amount_minor),
            method=method,
            allocations=[Allocation(invoice_id=key, amount=world.money(value)) for key, value in named],
        )
        world.emit(body, f"{payment_id}-received", at)
        return payment_id

    def open_balances(self, at: datetime) -> None:
        """At the start: bring over the invoices that are open from before, as a migration does."""
        world = self._world
        for customer in world.customers:
            for invoice in customer.invoices:
                body = OrderInvoiced(
                    invoice_id=invoice.invoice_id,
                    customer_id=customer.customer_id,
                    currency=world.currency,
                    amount=world.money(invoice.open_minor),
                    issued_on=invoice.issued_on,
                    due_on=invoice.due_on,
                    lines=[],
                )
                world.emit(body, f"{invoice.invoice_id}-invoiced", at)
