"""A simulated trade distributor: pure and deterministic, calibrated by :mod:`deploy.feed.parameters`.

It knows nothing of credit decisions. Real shops ship only what was approved, so :func:`simulate` asks
``decisions`` what became of an order before it ships it. By default everything is approved (open loop).
"""

from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from contracts.topics import default_partitions
from deploy.feed.parameters import Distributor
from deploy.feed.simulator.calendar import Calendar
from deploy.feed.simulator.catalogue import Catalogue
from deploy.feed.simulator.collections import Collections
from deploy.feed.simulator.customers import Customer, make_customer
from deploy.feed.simulator.feedback import Answer, Decisions, approve_all
from deploy.feed.simulator.finance import Finance
from deploy.feed.simulator.sales import Sales
from deploy.feed.simulator.trade import Trade
from deploy.feed.simulator.world import Period, World
from deploy.feed.source import Events, Feed, day_ticks

__all__ = ["Answer", "Business", "Decisions", "approve_all", "simulate", "simulator_feed"]

WARM_UP_DAYS = 120
DAYS_PER_MONTH = 30.4


class Business:
    """A distributor's business that is lived through day by day, and never ends.

    It has been running for a while: at the start the open invoices and orders of before are brought over. The same
    arguments and the same answers of ``decisions`` give the same events, in however many pieces they are asked for. Ids
    begin with ``S<seed>``, so that runs with different seeds can go into one system.

    Args:
        customers: how many there are at the start; new ones join.
        days: how many are planned together: holds, calls, visits, who joins. Later days are planned when they come.
        decisions: asked at six in the morning of each day an order could ship, after that day's ticks were yielded.
    """

    def __init__(
        self,
        seed: int,
        customers: int,
        days: int,
        start: date,
        *,
        decisions: Decisions = approve_all,
        parameters: Distributor | None = None,
        products: int = 300,
        partitions: int | None = None,
        currency: str = "CNY",
        zone: ZoneInfo | None = None,
    ) -> None:
        parameters = parameters or Distributor()
        self.world = _world(
            seed,
            start,
            decisions,
            parameters,
            products,
            currency,
            zone or ZoneInfo("Asia/Shanghai"),
        )
        self._collections = Collections(self.world)
        self._finance = Finance(self.world)
        self._trade = Trade(self.world, self._collections, self._finance)
        self._staff = max(1, round(customers / parameters.assumptions.customers_per_salesperson))
        self._sales = Sales(self.world, self._staff)
        self._partitions = partitions or default_partitions()
        self._numbered = customers
        self._joining_per_day = customers * parameters.growth.new_customers_per_month / DAYS_PER_MONTH
        self._begin(customers, Period(0, start, days))

    def until(self, day: date) -> Events:
        """Yield what happens before ``day`` begins, in event-time order; called again, it goes on from there."""
        return self.world.run(self.world.calendar.moment(day, 0))

    @property
    def categories(self) -> list[str]:
        """Categories of goods, the most popular one first."""
        popularity: dict[str, float] = {}
        for product in self.world.catalogue.products:
            popularity[product.category] = popularity.get(product.category, 0.0) + product.popularity
        return sorted(popularity, key=lambda category: -popularity[category])

    def _begin(self, customers: int, period: Period) -> None:
        world = self.world
        # The ticks come first: the agenda keeps the order of entries with the same time.
        self._plan_ticks(period)
        world.at(world.start + timedelta(seconds=1), partial(self._open, period))
        warm_up = world.start - timedelta(days=WARM_UP_DAYS)
        for number in range(1, customers + 1):
            customer = self._customer(number)
            world.customers.append(customer)
            self._trade.expect_next(customer, warm_up, first=True)
            self._finance.plan_year(customer, period)
            self._sales.plan_call(customer, period)
        self._plan_joining(period)
        self._plan_next(period.next())

    def _plan_next(self, period: Period) -> None:
        eve = period.first - timedelta(days=1)
        self.world.at(self.world.calendar.moment(eve, 23), partial(self._plan, period))

    def _plan(self, period: Period, at: datetime) -> None:
        """What has to be known before a further period begins."""
        self._plan_ticks(period)
        for customer in self.world.customers:
            self._finance.plan_year(customer, period)
            self._sales.plan_call(customer, period)
        self._sales.find_prospects(period, at)
        self._plan_joining(period)
        self._plan_next(period.next())

    def _plan_ticks(self, period: Period) -> None:
        for number in range(period.days):
            day = period.first + timedelta(days=number)
            self.world.at(self.world.calendar.moment(day, 0), self._tick)

    def _plan_joining(self, period: Period) -> None:
        chance = Random(period.name(f"{self.world.seed}|joining"))
        since_start = chance.expovariate(self._joining_per_day)
        while since_start < period.days:
            self._numbered += 1
            joined = period.first + timedelta(days=int(since_start))
            customer = self._customer(self._numbered)
            customer.joined, customer.term_days, customer.limit_minor = joined, 0, 0
            self.world.on_working_day(joined, chance, partial(self._join, customer))
            since_start += chance.expovariate(self._joining_per_day)

    def _customer(self, number: int) -> Customer:
        world = self.world
        customer = make_customer(number, world.prefix, world.seed, world.parameters, world.catalogue)
        customer.salesperson_id = f"{world.prefix}-S{1 + (number - 1) % self._staff:02d}"
        return customer

    def _tick(self, at: datetime) -> None:
        for event in day_ticks(at.date(), self.world.calendar.zone, self._partitions):
            self.world.hand_out(event)

    def _open(self, period: Period, at: datetime) -> None:
        """Bring over what the business has from before: goods, people, open invoices, orders on their way."""
        self._finance.announce_goods(at)
        self._sales.announce_staff(at)
        for customer in self.world.customers:
            self._finance.enter(customer, at)
        self._sales.find_prospects(period, at)
        self._collections.open_balances(at)
        self._trade.place_again(at)

    def _join(self, customer: Customer, at: datetime) -> None:
        self._finance.enter(customer, at)
        self._trade.expect_next(customer, at, first=True)


def _world(
    seed: int,
    start: date,
    decisions: Decisions,
    parameters: Distributor,
    products: int,
    currency: str,
    zone: ZoneInfo,
) -> World:
    prefix = f"S{seed}"
    catalogue = Catalogue(
        Random(f"{seed}|catalogue"),
        products,
        parameters.assortment,
        parameters.basket,
        parameters.assumptions.price_level,
        prefix,
    )
    return World(
        seed=seed,
        parameters=parameters,
        calendar=Calendar(parameters.seasonality, start - timedelta(days=WARM_UP_DAYS), zone),
        catalogue=catalogue,
        start=datetime.combine(start, time.min, zone),
        decisions=decisions,
        currency=currency,
        prefix=prefix,
    )


def simulate(
    seed: int,
    customers: int,
    days: int,
    start: date,
    *,
    decisions: Decisions = approve_all,
    parameters: Distributor | None = None,
    products: int = 300,
    partitions: int | None = None,
    currency: str = "CNY",
    zone: ZoneInfo | None = None,
) -> Events:
    """Yield the events of a :class:`Business`'s ``days`` from ``start`` on, in event-time order."""
    business = Business(
        seed,
        customers,
        days,
        start,
        decisions=decisions,
        parameters=parameters,
        products=products,
        partitions=partitions,
        currency=currency,
        zone=zone,
    )
    return business.until(start + timedelta(days=days))


def simulator_feed(
    seed: int,
    customers: int,
    days: int,
    start: date,
    *,
    decisions: Decisions = approve_all,
    partitions: int | None = None,
    currency: str = "CNY",
    zone: ZoneInfo | None = None,
) -> Feed:
    """Wrap :func:`simulate` as a feed."""
    zone = zone or ZoneInfo("Asia/Shanghai")
    partitions = partitions or default_partitions()
    return Feed(
        name=f"simulator-{seed}-{customers}-{days}-{start}-{currency}-{zone.key}-{partitions}",
        events=simulate(
            seed,
            customers,
            days,
            start,
            decisions=decisions,
            partitions=partitions,
            currency=currency,
            zone=zone,
        ),
        first_day=start,
        last_day=start + timedelta(days=days - 1),
    )
