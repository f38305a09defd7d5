"""What the salespeople do besides selling: they are entered, look for customers, visit, call, and write it down."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from contracts.events.customers import Contact
from contracts.events.follow_ups import FollowUpOutcome, FollowUpRecorded, ProspectFollowUpRecorded
from contracts.events.prospects import ProspectEntered
from contracts.events.staff import StaffEntered
from deploy.feed.simulator.customers import Customer
from deploy.feed.simulator.names import business_name, person_name
from deploy.feed.simulator.world import Period, World

PROSPECTS_PER_SALESPERSON = 3
FOLLOWED_UP_SHARE = 0.1
VISITED_SHARE = 0.7
_OF_CALLS: tuple[FollowUpOutcome, ...] = ("promised_order", "informed", "not_reached", "promised_payment")


class Sales:
    """The sales office of the simulated business; ``staff`` is how many salespeople it has."""

    def __init__(self, world: World, staff: int) -> None:
        self._world = world
        self._ids = [f"{world.prefix}-S{number:02d}" for number in range(1, staff + 1)]

    def announce_staff(self, at: datetime) -> None:
        """Enter the salespeople."""
        for salesperson_id in self._ids:
            body = StaffEntered(
                salesperson_id=salesperson_id,
                name=person_name(self._world.random("salesperson", salesperson_id)),
                active_from=at.date() - timedelta(days=1_000),
                email=f"{salesperson_id.lower()}@example.com",
            )
            self._world.emit(body, f"{salesperson_id}-entered", at, key=salesperson_id)

    def find_prospects(self, period: Period, at: datetime) -> None:
        """Enter who may become a customer; most of them are visited in the days to come, some never.

        A business that begins to keep an archive has some to enter at once; later ones come day by day.
        """
        world, several = self._world, len(self._ids) * PROSPECTS_PER_SALESPERSON
        for number in range(period.number * several, (period.number + 1) * several):
            prospect_id = f"{world.prefix}-P{number + 1:03d}"
            chance = world.random("prospect", prospect_id)
            seller = self._ids[number % len(self._ids)]
            if not period.number:
                self._found(prospect_id, seller, period, chance, at)
                continue
            day = period.first + timedelta(days=chance.randrange(period.days))
            world.on_working_day(day, chance, partial(self._found, prospect_id, seller, period, chance))

    def _found(self, prospect_id: str, seller: str, period: Period, chance: Random, at: datetime) -> None:
        self._enter(prospect_id, seller, chance, at)
        if chance.random() < VISITED_SHARE:
            day = at.date() + timedelta(days=chance.randint(1, period.days))
            self._world.on_working_day(day, chance, partial(self._visit, prospect_id, seller, chance))

    def _enter(self, prospect_id: str, seller: str, chance: Random, at: datetime) -> None:
        world, called = self._world, business_name(chance, 0)
        sales_minor = 100 * 1_000 * chance.randint(100, 9_000)
        body = ProspectEntered(
            prospect_id=prospect_id,
            name=called.name,
            short_name=called.short_name,
            kind=called.business_form,
            region=called.region,
            business_form=called.business_form,
            currency=world.currency,
            assets=world.money(sales_minor * chance.randint(10, 80) // 100),
            sales_volume=world.money(sales_minor),
            growth_percent=chance.randint(-20, 40),
            potential_need=world.money(sales_minor * chance.randint(1, 15) // 100),
            salesperson_id=seller,
            source=chance.choice(("trade fair", "recommended", "walked past")),
            tags=[],
            contacts=[Contact(name=called.contact, role="owner", phone=called.phone)],
        )
        world.emit(body, f"{prospect_id}-entered", at, key=prospect_id)

    def _visit(self, prospect_id: str, seller: str, chance: Random, at: datetime) -> None:
        body = ProspectFollowUpRecorded(
            prospect_id=prospect_id,
            follow_up_id=f"{prospect_id}-visit",
            salesperson_id=seller,
            how="visit",
            happened_at=at,
            outcome=chance.choice(("informed", "promised_order", "not_interested")),
            next_step="send the price list",
            remind_on=at.date() + timedelta(days=chance.randint(3, 14)),
        )
        self._world.emit(body, f"{prospect_id}-visit", at, key=prospect_id)

    def plan_call(self, customer: Customer, period: Period) -> None:
        """One customer in ten gets a call that is written down."""
        world, called = self._world, period.name(f"{customer.customer_id}-call")
        chance = world.random("call", period.name(customer.customer_id))
        if chance.random() < FOLLOWED_UP_SHARE:
            day = period.first + timedelta(days=chance.randrange(period.days))
            world.on_working_day(day, chance, partial(self._call, customer, called, chance))

    def _call(self, customer: Customer, called: str, chance: Random, at: datetime) -> None:
        outcome = chance.choice(_OF_CALLS)
        again = at.date() + timedelta(days=chance.randint(2, 10)) if outcome != "informed" else None
        body = FollowUpRecorded(
            customer_id=customer.customer_id,
            follow_up_id=called,
            salesperson_id=customer.salesperson_id,
            how="call",
            happened_at=at,
            contact=customer.called.contact,
            outcome=outcome,
            next_step="call again" if again else "",
            remind_on=again,
        )
        self._world.emit(body, called, at)
