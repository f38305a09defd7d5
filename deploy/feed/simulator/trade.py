"""From order to invoice, and back as a return."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from math import exp
from random import Random
from typing import Literal

from contracts.events.orders import (
    OrderAmended,
    OrderCancelled,
    OrderInvoiced,
    OrderLine,
    OrderPlaced,
    OrderReturned,
    OrderShipped,
)
from deploy.feed.simulator.catalogue import Item, amount_of
from deploy.feed.simulator.collections import Collections
from deploy.feed.simulator.customers import Customer
from deploy.feed.simulator.finance import Finance
from deploy.feed.simulator.world import World

MAX_DELAY_DAYS = 60
Method = Literal["account", "prepaid", "cash"]


@dataclass(slots=True)
class Order:
    """One order on its way. ``items`` is what has not been shipped yet."""

    order_id: str
    customer: Customer
    method: Method
    items: list[Item]
    placed_at: datetime
    chance: Random
    promised_on: date
    revision: int = 1
    parts: int = 0
    open: bool = True
    waiting_since: date | None = None
    splits: bool = False
    invoices: list[tuple[str, list[Item]]] = field(default_factory=list)


class Trade:
    """Orders of the simulated business."""

    def __init__(self, world: World, collections: Collections, finance: Finance) -> None:
        self._world = world
        self._collections = collections
        self._finance = finance
        self.pending: dict[str, Order] = {}

    def expect_next(self, customer: Customer, after: datetime, *, first: bool = False) -> None:
        """Schedule the customer's next order. The first gap is cut short: nobody saw it begin."""
        random, shape = customer.arrivals, customer.gap_shape
        if first:
            gap = random.random() * random.gammavariate(shape + 1, 1 / (shape * customer.orders_per_day))
        else:
            gap = random.gammavariate(shape, 1 / (shape * customer.orders_per_day))
        calendar, today = self._world.calendar, after.date()
        tomorrow = today + timedelta(days=1)
        noon = (calendar.business_time(today) + calendar.business_time(tomorrow)) / 2
        day = max(calendar.day_at(noon + gap), tomorrow)
        self._world.at(calendar.order_moment(day, random), partial(self._arrive, customer))

    def _arrive(self, customer: Customer, at: datetime) -> None:
        world, fulfilment = self._world, self._world.parameters.fulfilment
        order_id = f"{world.prefix}-O{next(world.order_numbers):06d}"
        chance = world.random("order", order_id)
        order = Order(
            order_id=order_id,
            customer=customer,
            method=self._method(customer, chance),
            items=world.catalogue.basket(customer.taste, chance),
            placed_at=at,
            chance=chance,
            promised_on=world.calendar.working_day(at.date() + timedelta(days=1)),
            splits=chance.random() < fulfilment.split_share,
        )
        customer.orders += 1
        self.pending[order_id] = order
        self._place(order, at)
        if order.method == "prepaid":
            world.at(at + timedelta(minutes=chance.randint(2, 15)), partial(self._prepay, order))
        if chance.random() < world.parameters.assumptions.amended_share:
            world.at(at + timedelta(minutes=chance.randint(10, 120)), partial(self._amend, order))
        if chance.random() < fulfilment.never_invoiced_share:
            world.on_working_day(
                at.date() + timedelta(days=chance.randint(1, 3)), chance, partial(self._cancel, order)
            )
        else:
            self._look_at_in_the_morning(order, order.promised_on + timedelta(days=self._delay(chance)))
        self._finance.after_order(customer, at)
        if customer.arrivals.random() >= customer.leave_share:
            self.expect_next(customer, at)

    def _method(self, customer: Customer, chance: Random) -> Method:
        assumed = self._world.parameters.assumptions
        if not customer.cash_only:
            return "prepaid" if chance.random() < assumed.prepaid_share else "account"
        if chance.random() < assumed.account_try_share:
            return "account"
        return chance.choice(("prepaid", "cash"))

    def _delay(self, chance: Random) -> int:
        fulfilment = self._world.parameters.fulfilment
        if chance.random() >= fulfilment.late_share:
            return 0
        days = exp(chance.normalvariate(fulfilment.late_log_mean, fulfilment.late_log_sd))
        return min(max(round(days), 1), MAX_DELAY_DAYS)

    def _place(self, order: Order, at: datetime) -> None:
        world = self._world
        body = OrderPlaced(
            order_id=order.order_id,
            customer_id=order.customer.customer_id,
            currency=world.currency,
            amount=world.money(amount_of(order.items)),
            payment_method=order.method,
            salesperson_id=order.customer.salesperson_id,
            promised_on=order.promised_on,
            lines=self._lines(order.items),
        )
        world.emit(body, f"{order.order_id}-placed", at)

    def place_again(self, at: datetime) -> None:
        """At the start: announce what is on order from before, without what was shipped already."""
        for order in self.pending.values():
            self._place(order, at)
            if order.method == "prepaid":
                self._prepay(order, at)

    def _prepay(self, order: Order, at: datetime) -> None:
        self._collections.pay_amount(order.customer, amount_of(order.items), "prepaid", at)

    def _amend(self, order: Order, at: datetime) -> None:
        """Change the quantity of the first line by up to a half, before anything is shipped."""
        if not order.open or order.parts or order.method != "account":
            return
        world, first = self._world, order.items[0]
        changed = max(1, round(first.quantity * order.chance.uniform(0.5, 1.5)))
        order.items[0] = Item(first.product, changed)
        order.revision += 1
        body = OrderAmended(
            order_id=order.order_id,
            customer_id=order.customer.customer_id,
            revision=order.revision,
            currency=world.currency,
            amount=world.money(amount_of(order.items)),
            promised_on=order.promised_on,
            lines=self._lines(order.items),
        )
        world.emit(body, f"{order.order_id}-amended-{order.revision}", at)

    def _cancel(self, order: Order, at: datetime) -> None:
        if not order.open:
            return
        self._close(order)
        reason = "waited too long for approval" if order.waiting_since else "no longer needed"
        body = OrderCancelled(order_id=order.order_id, customer_id=order.customer.customer_id, reason=reason)
        self._world.emit(body, f"{order.order_id}-cancelled", at)
        if order.method == "prepaid":
            order.customer.credit_minor += amount_of(order.items)

    def _close(self, order: Order) -> None:
        order.open = False
        del self.pending[order.order_id]

    def _look_at_in_the_morning(self, order: Order, day: date) -> None:
        """Ask at six whether the order may go; see :class:`~deploy.feed.simulator.feedback.Decisions`."""
        day = self._world.calendar.working_day(day)
        self._world.at(self._world.calendar.moment(day, 6), partial(self._morning, order))

    def _morning(self, order: Order, at: datetime) -> None:
        if not order.open:
            return
        answer, today = self._world.decision(order.order_id, at), at.date()
        if answer == "approved":
            self._world.at(
                self._world.calendar.office_moment(today, order.chance), partial(self._ship, order)
            )
            return
        if answer == "rejected":
            self._close(order)
            return
        if order.waiting_since is None:
            order.waiting_since = today
            if answer == "held":
                self._collections.chase(order.customer, amount_of(order.items), order.chance, at)
                self._finance.look_at_held(order.customer, order.order_id, order.chance, at)
        if (today - order.waiting_since).days >= self._world.parameters.assumptions.patience_days:
            self._world.on_working_day(today, order.chance, partial(self._cancel, order))
        else:
            self._look_at_in_the_morning(order, today + timedelta(days=1))

    def _ship(self, order: Order, at: datetime) -> None:
        if not order.open:
            return
        world = self._world
        order.parts += 1
        now, later = order.items, list[Item]()
        if order.splits and order.parts == 1 and len(order.items) > 1:
            now, later = order.items[:-1], order.items[-1:]
        order.items = later
        part = f"{order.order_id}-{order.parts}"
        body = OrderShipped(
            order_id=order.order_id,
            customer_id=order.customer.customer_id,
            shipment_id=part,
            currency=world.currency,
            amount=world.money(amount_of(now)),
        )
        world.emit(body, f"{part}-shipped", at)
        minutes = order.chance.randint(30, 120)
        world.at(at + timedelta(minutes=minutes), partial(self._invoice, order, part, now, not later))
        if later:
            self._look_at_in_the_morning(order, at.date() + timedelta(days=order.chance.randint(3, 10)))
        else:
            self._close(order)

    def _invoice(self, order: Order, part: str, items: list[Item], last: bool, at: datetime) -> None:
        world, on_account = self._world, order.method == "account"
        body = OrderInvoiced(
            invoice_id=part,
            customer_id=order.customer.customer_id,
            order_id=order.order_id,
            currency=world.currency,
            amount=world.money(amount_of(items)),
            issued_on=at.date(),
            due_on=None if on_account else at.date(),
            closes_order=last,
            lines=self._lines(items),
        )
        world.emit(body, f"{part}-invoiced", at)
        order.invoices.append((part, items))
        if on_account:
            self._collections.invoiced(order.customer, part, amount_of(items), order.chance, at)
        elif order.method == "cash":
            pay = partial(self._collections.pay_cash, order.customer, part, amount_of(items))
            world.at(at + timedelta(minutes=1), pay)
        returns = world.parameters.returns
        if last and order.chance.random() < returns.documents_per_order:
            # Exponential with the measured median.
            days = 1 + int(order.chance.expovariate(0.693 / returns.lag_days_median))
            world.on_working_day(at.date() + timedelta(days=days), order.chance, partial(self._return, order))

    def _return(self, order: Order, at: datetime) -> None:
        """Take back part of one line, worth the measured share of the order on average."""
        world, returns = self._world, self._world.parameters.returns
        total = sum(amount_of(items) for _, items in order.invoices)
        target = total * order.chance.random() * 2 * returns.value_share / returns.documents_per_order
        lines = [(invoice_id, item) for invoice_id, items in order.invoices for item in items]
        large_enough = [line for line in lines if line[1].amount_minor >= target]
        invoice_id, item = order.chance.choice(
            large_enough or [max(lines, key=lambda line: line[1].amount_minor)]
        )
        # Rounded by chance, so that the value comes out right on average.
        quantity = min(int(target / item.product.price_minor + order.chance.random()), item.quantity)
        if quantity == 0:
            return
        goods = [Item(item.product, quantity)]
        return_id = f"{order.order_id}-R"
        body = OrderReturned(
            return_id=return_id,
            customer_id=order.customer.customer_id,
            # What was paid before the start is not known to the system, so nothing may refer to it.
            order_id=order.order_id if world.announced(f"{order.order_id}-placed") else None,
            invoice_id=invoice_id if world.announced(f"{invoice_id}-invoiced") else None,
            currency=world.currency,
            amount=world.money(amount_of(goods)),
            reason=order.chance.choice(("damaged", "wrong item", "not sold", "too many")),
            lines=self._lines(goods),
        )
        world.emit(body, f"{return_id}-returned", at)
        self._collections.credited(order.customer, invoice_id, amount_of(goods))

    def _lines(self, items: list[Item]) -> list[OrderLine]:
        money = self._world.money
        return [
            OrderLine(
                product_id=item.product.product_id,
                quantity=str(item.quantity),
                unit_price=money(item.product.price_minor),
                amount=money(item.amount_minor),
            )
            for item in items
        ]
