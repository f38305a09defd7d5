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
from deploy.feed.simulator.world import World
from deploy.feed.source import Events, Feed, day_ticks

__all__ = ["Answer", "Decisions", "approve_all", "simulate", "simulator_feed"]

WARM_UP_DAYS = 120
DAYS_PER_MONTH = 30.4


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
    """Yield the events of a distributor's ``days`` from ``start`` on, in event-time order.

    The business has been running for a while: at the start the open invoices and orders of before are brought over. The
    same arguments and the same answers of ``decisions`` give the same events. Ids begin with ``S<seed>``, so that runs
    with different seeds can go into one system.

    Args:
        customers: how many there are at the start; new ones join.
        decisions: asked at six in the morning of each day an order could ship, after that day's ticks were yielded.
    """
    world, parts = _world(
        seed,
        days,
        start,
        decisions,
        parameters or Distributor(),
        products,
        currency,
        zone or ZoneInfo("Asia/Shanghai"),
    )
    _populate(world, parts, customers, days, partitions or default_partitions())
    return world.run()


class _Parts:
    def __init__(self, world: World) -> None:
        self.collections = Collections(world)
        self.finance = Finance(world)
        self.trade = Trade(world, self.collections, self.finance)


def _world(
    seed: int,
    days: int,
    start: date,
    decisions: Decisions,
    parameters: Distributor,
    products: int,
    currency: str,
    zone: ZoneInfo,
) -> tuple[World, _Parts]:
    prefix = f"S{seed}"
    calendar = Calendar(
        parameters.seasonality, start - timedelta(days=WARM_UP_DAYS), WARM_UP_DAYS + days, zone
    )
    catalogue = Catalogue(
        Random(f"{seed}|catalogue"),
        products,
        parameters.assortment,
        parameters.basket,
        parameters.assumptions.price_level,
        prefix,
    )
    midnight = datetime.combine(start, time.min, zone)
    world = World(
        seed=seed,
        parameters=parameters,
        calendar=calendar,
        catalogue=catalogue,
        start=midnight,
        end=datetime.combine(start + timedelta(days=days), time.min, zone),
        decisions=decisions,
        currency=currency,
        prefix=prefix,
    )
    return world, _Parts(world)


def _populate(world: World, parts: _Parts, customers: int, days: int, partitions: int) -> None:
    staff = max(1, round(customers / world.parameters.assumptions.customers_per_salesperson))
    # The ticks come first: the agenda keeps the order of entries with the same time.
    for day in range(days):
        midnight = world.calendar.moment(world.start.date() + timedelta(days=day), 0)
        world.at(midnight, partial(_tick, world, partitions))
    sales = Sales(world, staff)
    world.at(world.start + timedelta(seconds=1), partial(_open, world, parts, sales, days))
    warm_up = world.start - timedelta(days=WARM_UP_DAYS)
    for number in range(1, customers + 1):
        customer = _customer(world, number, staff)
        world.customers.append(customer)
        parts.trade.expect_next(customer, warm_up, first=True)
        parts.finance.plan_year(customer, days)
        sales.plan_call(customer, days)
    joining = Random(f"{world.seed}|joining")
    per_day = customers * world.parameters.growth.new_customers_per_month / DAYS_PER_MONTH
    since_start, number = joining.expovariate(per_day), customers
    while since_start < days:
        number += 1
        joined = world.start.date() + timedelta(days=int(since_start))
        customer = _customer(world, number, staff)
        customer.joined, customer.term_days, customer.limit_minor = joined, 0, 0
        world.on_working_day(joined, joining, partial(_join, parts, customer))
        since_start += joining.expovariate(per_day)


def _customer(world: World, number: int, staff: int) -> Customer:
    customer = make_customer(number, world.prefix, world.seed, world.parameters, world.catalogue)
    customer.salesperson_id = f"{world.prefix}-S{1 + (number - 1) % staff:02d}"
    return customer


def _tick(world: World, partitions: int, at: datetime) -> None:
    for event in day_ticks(at.date(), world.calendar.zone, partitions):
        world.hand_out(event)


def _open(world: World, parts: _Parts, sales: Sales, days: int, at: datetime) -> None:
    """Bring over what the business has from before: goods, people, open invoices, orders on their way."""
    parts.finance.announce_goods(at)
    sales.announce_staff(at)
    for customer in world.customers:
        parts.finance.enter(customer, at)
    sales.find_prospects(days, at)
    parts.collections.open_balances(at)
    parts.trade.place_again(at)


def _join(parts: _Parts, customer: Customer, at: datetime) -> None:
    parts.finance.enter(customer, at)
    parts.trade.expect_next(customer, at, first=True)


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
