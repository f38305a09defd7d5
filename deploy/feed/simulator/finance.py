"""What the sales office and finance do: cards, terms, holds, blacklist, temporary limits, rulings."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from contracts.events.customers import (
    Contact,
    CustomerAssigned,
    CustomerBlacklisted,
    CustomerBlacklistLifted,
    CustomerCreated,
)
from contracts.events.products import ProductCreated
from contracts.events.terms import (
    HoldLifted,
    HoldPlaced,
    OrderRejectionRuled,
    OrderReleaseRuled,
    OverdueThresholds,
    TemporaryLimitGranted,
    TermsSet,
)
from deploy.feed.simulator.customers import Customer, grant_credit
from deploy.feed.simulator.world import Period, World

OFFICER = "finance-1"


class Finance:
    """The office of the simulated business."""

    def __init__(self, world: World) -> None:
        self._world = world

    def announce_goods(self, at: datetime) -> None:
        """Enter the catalogue."""
        world = self._world
        for product in world.catalogue.products:
            body = ProductCreated(
                product_id=product.product_id,
                name=product.name,
                category=product.category,
                currency=world.currency,
                unit_cost=world.money(product.cost_minor),
                list_price=world.money(product.price_minor),
            )
            world.emit(body, f"{product.product_id}-created", at, key=product.product_id)

    def enter(self, customer: Customer, at: datetime) -> None:
        """Open the customer's card, give it to a salesperson, and set its terms if it has any."""
        world, called = self._world, customer.called
        card = CustomerCreated(
            customer_id=customer.customer_id,
            name=called.name,
            short_name=called.short_name,
            region=called.region,
            category="trade",
            business_form=called.business_form,
            tags=[],
            contacts=[Contact(name=called.contact, role="owner", phone=called.phone)],
        )
        world.emit(card, f"{customer.customer_id}-created", at)
        assigned = CustomerAssigned(
            customer_id=customer.customer_id, salesperson_id=customer.salesperson_id, from_day=at.date()
        )
        world.emit(assigned, f"{customer.customer_id}-assigned", at)
        if not customer.cash_only:
            self._set_terms(customer, "yearly review", at)

    def _set_terms(self, customer: Customer, reason: str, at: datetime) -> None:
        world, assumed = self._world, self._world.parameters.assumptions
        body = TermsSet(
            customer_id=customer.customer_id,
            currency=world.currency,
            term_days=customer.term_days,
            limit=None if customer.limit_minor is None else world.money(customer.limit_minor),
            grace_days=assumed.grace_days,
            overdue=OverdueThresholds(max_days=assumed.max_overdue_days),
            reason=reason,
            by=OFFICER,
        )
        world.emit(body, f"{customer.customer_id}-terms-{at.date()}", at)

    def after_order(self, customer: Customer, at: datetime) -> None:
        """A new customer gets credit once it has ordered a few times."""
        needed = self._world.parameters.assumptions.orders_before_credit
        if customer.joined and customer.cash_only and customer.orders == needed:
            chance = self._world.random("credit", customer.customer_id)
            grant_credit(customer, chance, self._world.parameters)
            day = at.date() + timedelta(days=1)
            self._world.on_working_day(
                day, chance, partial(self._set_terms, customer, "regular customer now")
            )

    def plan_year(self, customer: Customer, period: Period) -> None:
        """Draw what happens to a customer during these days: holds, blacklist, limits, bad debt."""
        world, assumed = self._world, self._world.parameters.assumptions
        chance = world.random("year", period.name(customer.customer_id))
        years = period.days / 365
        if chance.random() < assumed.hold_share * years:
            self._some_day(period, chance, partial(self._hold, customer, chance))
        if chance.random() < assumed.blacklist_share * years:
            self._some_day(period, chance, partial(self._blacklist, customer, chance))
        if chance.random() < assumed.temporary_limit_share * years:
            self._some_day(period, chance, partial(self._raise_limit, customer, chance))
        if chance.random() < assumed.bad_debt_share and customer.stops_paying_on is None:
            self._goes_bad(customer, period, chance)

    def _goes_bad(self, customer: Customer, period: Period, chance: Random) -> None:
        """It stops paying; finance first holds its orders, then blacklists it."""
        stops = period.first + timedelta(days=chance.randrange(-20, max(period.days // 2, 1)))
        customer.stops_paying_on = stops
        hold = partial(self._stop_orders, customer, "does not pay")
        self._world.on_working_day(stops + timedelta(days=customer.term_days + 25), chance, hold)
        end = partial(self._stop_for_good, customer, "insolvent")
        self._world.on_working_day(stops + timedelta(days=customer.term_days + 55), chance, end)

    def _some_day(self, period: Period, chance: Random, action: partial[None]) -> None:
        day = period.first + timedelta(days=chance.randrange(period.days))
        self._world.on_working_day(day, chance, action)

    def _hold(self, customer: Customer, chance: Random, at: datetime) -> None:
        self._stop_orders(
            customer, chance.choice(("dispute about an invoice", "change of owner", "papers missing")), at
        )
        day = at.date() + timedelta(days=chance.randint(3, 20))
        self._world.on_working_day(day, chance, partial(self._lift_hold, customer))

    def _stop_orders(self, customer: Customer, reason: str, at: datetime) -> None:
        body = HoldPlaced(customer_id=customer.customer_id, reason=reason, by=OFFICER)
        self._world.emit(body, f"{customer.customer_id}-hold-{at.date()}", at)

    def _lift_hold(self, customer: Customer, at: datetime) -> None:
        body = HoldLifted(customer_id=customer.customer_id, reason="cleared", by=OFFICER)
        self._world.emit(body, f"{customer.customer_id}-hold-lifted-{at.date()}", at)

    def _blacklist(self, customer: Customer, chance: Random, at: datetime) -> None:
        self._stop_for_good(customer, chance.choice(("fraud suspected", "lawsuit")), at)
        if chance.random() < 0.5:
            day = at.date() + timedelta(days=chance.randint(20, 40))
            self._world.on_working_day(day, chance, partial(self._take_off_blacklist, customer))

    def _stop_for_good(self, customer: Customer, reason: str, at: datetime) -> None:
        body = CustomerBlacklisted(customer_id=customer.customer_id, reason=reason)
        self._world.emit(body, f"{customer.customer_id}-blacklisted-{at.date()}", at)

    def _take_off_blacklist(self, customer: Customer, at: datetime) -> None:
        body = CustomerBlacklistLifted(customer_id=customer.customer_id, reason="cleared")
        self._world.emit(body, f"{customer.customer_id}-blacklist-lifted-{at.date()}", at)

    def _raise_limit(self, customer: Customer, chance: Random, at: datetime) -> None:
        """More room for a season."""
        if customer.cash_only or customer.limit_minor is None:
            return
        world = self._world
        body = TemporaryLimitGranted(
            customer_id=customer.customer_id,
            currency=world.currency,
            limit=world.money(customer.limit_minor * chance.choice((3, 4)) // 2),
            from_day=at.date(),
            until_day=at.date() + timedelta(days=chance.randint(14, 30)),
            reason="season",
            by=OFFICER,
        )
        world.emit(body, f"{customer.customer_id}-temporary-{at.date()}", at)

    def look_at_held(self, customer: Customer, order_id: str, chance: Random, at: datetime) -> None:
        """A person rules on some of the held orders."""
        fate, assumed = chance.random(), self._world.parameters.assumptions
        if fate >= assumed.released_by_hand + assumed.rejected_by_hand:
            return
        rule = partial(self._rule, customer, order_id, fate < assumed.released_by_hand)
        self._world.on_working_day(at.date() + timedelta(days=chance.randint(1, 3)), chance, rule)

    def _rule(self, customer: Customer, order_id: str, release: bool, at: datetime) -> None:
        # Who rules looks at the order first: it may have been released meanwhile.
        if self._world.decision(order_id, at) != "held":
            return
        body: OrderReleaseRuled | OrderRejectionRuled
        if release:
            body = OrderReleaseRuled(
                customer_id=customer.customer_id,
                order_id=order_id,
                reason="good customer, spoke to owner",
                by=OFFICER,
            )
        else:
            body = OrderRejectionRuled(
                customer_id=customer.customer_id, order_id=order_id, reason="risk too high", by=OFFICER
            )
        self._world.emit(body, f"{order_id}-ruled", at)
