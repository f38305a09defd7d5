"""The simulated distributor: valid, repeatable, and like the data it is calibrated on."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import log
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.envelope import Event
from contracts.money import minor_units
from deploy.feed.parameters import Distributor
from deploy.feed.simulator import WARM_UP_DAYS, Answer, approve_all, simulate, simulator_feed
from deploy.feed.simulator.calendar import Calendar
from tests.feed.checks import Seen, checked
from tests.feed.credit_book import CreditBook

START = date(2026, 3, 2)
PARAMETERS = Distributor()


@given(
    seed=st.integers(0, 10_000),
    customers=st.integers(1, 12),
    days=st.integers(1, 20),
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    answers=st.lists(st.sampled_from(["approved", "held", "rejected", None]), min_size=1, max_size=7),
)
@settings(max_examples=15, deadline=None)
def test_any_run_is_valid_and_repeatable(
    seed: int, customers: int, days: int, start: date, answers: list[Answer]
) -> None:
    def decide(order_id: str) -> Answer:
        return answers[int(order_id[-6:]) % len(answers)]

    def run() -> list[bytes]:
        seen = Seen()
        events = simulate(seed, customers, days, start, decisions=decide, products=30, partitions=2)
        encoded = [encode(event) for event in checked(events, 2, seen)]
        assert seen.days == [start + timedelta(days=number) for number in range(days)]
        return encoded

    assert run() == run()


def test_seeds_tell_different_stories_with_different_ids() -> None:
    one, two = ({event.id for event in simulate(seed, 5, 10, START)} for seed in (1, 2))
    assert {event for event in one & two if not event.startswith("day-")} == set()


def test_no_two_events_of_a_customer_tie_so_that_topics_need_no_tie_break() -> None:
    last: dict[str, datetime] = {}
    for event in simulate(6, 60, 10, START, partitions=1):
        assert last.get(event.key) != event.occurred_at, event.id
        last[event.key] = event.occurred_at


def test_an_order_that_is_not_approved_is_not_shipped() -> None:
    fate: dict[str, Answer] = {}

    def decide(order_id: str) -> Answer:
        number = int(order_id[-6:])
        return fate.setdefault(order_id, (None, "held", "rejected", "approved")[number % 4])

    shipped, cancelled = set(), set()
    for event in simulate(3, 60, 60, START, decisions=decide):
        if event.type == "order.shipped":
            shipped.add(event.data.order_id)
        elif event.type == "order.cancelled":
            cancelled.add(event.data.order_id)
    asked = set(fate)
    assert {fate[order_id] for order_id in shipped & asked} == {"approved"}
    assert sum(fate[order_id] == "held" for order_id in cancelled & asked) > 10, "nobody lost patience"


def test_decisions_are_asked_after_the_ticks_of_the_day_and_before_its_events() -> None:
    days: list[date] = []
    asked_on: list[date] = []
    events_on: Counter[date] = Counter()

    def decide(order_id: str) -> Answer:
        asked_on.append(days[-1])
        return "approved" if events_on[days[-1]] == 0 or days[-1] == START else pytest.fail("asked too late")

    for event in simulate(4, 40, 20, START, decisions=decide, partitions=1):
        if event.type == "clock.day_started":
            days.append(event.data.day)
        else:
            events_on[event.occurred_at.date()] += 1
    assert len(asked_on) > 20


@dataclass
class Measured:
    """What a long open-loop run looks like from outside."""

    orders: dict[str, list[Event[Any]]] = field(default_factory=dict)
    order_days: dict[str, list[date]] = field(default_factory=dict)
    created: list[date] = field(default_factory=list)
    invoiced: dict[str, tuple[date, date, int]] = field(default_factory=dict)
    paid_late: list[int] = field(default_factory=list)
    lines: Counter[int] = field(default_factory=Counter)
    products: Counter[str] = field(default_factory=Counter)
    catalogue: dict[str, float] = field(default_factory=dict)
    ordered_minor: int = 0
    returned_minor: int = 0
    counts: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def measured() -> Measured:
    found = Measured()
    terms: dict[str, int] = {}
    open_minor: dict[str, int] = {}
    for event in simulate(11, 500, 200, START, decisions=approve_all, partitions=1):
        data = event.data
        found.counts[event.type] += 1
        if event.type == "product.created":
            found.catalogue[data.product_id] = 1 - float(data.unit_cost) / float(data.list_price)
        elif event.type == "customer.created":
            found.created.append(event.occurred_at.date())
        elif event.type == "terms.set":
            terms[data.customer_id] = data.term_days
        elif event.type == "order.placed":
            found.orders.setdefault(data.customer_id, []).append(event)
            found.order_days.setdefault(data.customer_id, []).append(event.occurred_at.date())
            found.lines[len(data.lines)] += 1
            found.products.update(line.product_id for line in data.lines)
            found.ordered_minor += minor_units(data.amount, data.currency)
        elif event.type == "order.returned":
            found.returned_minor += minor_units(data.amount, data.currency)
        elif event.type == "order.invoiced" and data.customer_id in terms and data.due_on is None:
            due_on = data.issued_on + timedelta(days=terms[data.customer_id])
            found.invoiced[data.invoice_id] = (
                data.issued_on,
                due_on,
                minor_units(data.amount, data.currency),
            )
            open_minor[data.invoice_id] = found.invoiced[data.invoice_id][2]
        elif event.type == "payment.received":
            for part in data.allocations:
                if part.invoice_id in open_minor:
                    open_minor[part.invoice_id] -= minor_units(part.amount, data.currency)
                    if open_minor[part.invoice_id] <= 0:
                        late = event.occurred_at.date() - found.invoiced[part.invoice_id][1]
                        found.paid_late.append(late.days)
    return found


def test_orders_come_at_the_measured_pace(measured: Measured) -> None:
    """Mean gap of customers, in business time; those who left or joined take a little away."""
    rhythm = PARAMETERS.rhythm
    zone = next(iter(simulate(1, 1, 1, START))).occurred_at.tzinfo
    calendar = Calendar(PARAMETERS.seasonality, START, zone)  # type: ignore[arg-type]
    passed = calendar.business_time(START + timedelta(days=199))
    orders = sum(map(len, measured.orders.values()))
    per_customer_day = orders / (500 * passed)
    assert per_customer_day == pytest.approx(1 / rhythm.mean_gap_days, rel=0.2)


def test_customers_differ_in_pace_as_measured(measured: Measured) -> None:
    """A gamma with the measured shape makes the busiest fifth order several times the average."""
    counts = sorted((len(orders) for orders in measured.orders.values()), reverse=True)
    assert sum(counts[:100]) / sum(counts) == pytest.approx(0.58, abs=0.1)


def test_rhythm_is_more_regular_than_chance(measured: Measured) -> None:
    shapes = []
    for days in measured.order_days.values():
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        if len(gaps) >= 6 and pstdev(gaps):
            shapes.append(log((fmean(gaps) / pstdev(gaps)) ** 2))
    # Weekends and seasons blur the rhythm a little, and short series sharpen it.
    assert fmean(shapes) == pytest.approx(PARAMETERS.rhythm.regularity_log_mean, abs=0.35)


def test_weekdays_follow_the_index(measured: Measured) -> None:
    days = Counter(day.weekday() for days in measured.order_days.values() for day in days)
    for weekday, index in enumerate(PARAMETERS.seasonality.weekday_index):
        assert days[weekday] / sum(days.values()) * 7 == pytest.approx(index, abs=0.2)


def test_baskets_are_as_large_as_measured(measured: Measured) -> None:
    total = sum(measured.lines.values())
    for number, share in enumerate(PARAMETERS.basket.lines_share, start=1):
        assert measured.lines[number] / total == pytest.approx(share, abs=0.03)


def test_few_products_make_most_of_the_lines(measured: Measured) -> None:
    counts = sorted((measured.products[product] for product in measured.catalogue), reverse=True)
    share = sum(counts[: len(counts) // 5]) / sum(counts)
    assert share == pytest.approx(PARAMETERS.assortment.top_fifth_share, abs=0.12)


def test_margins_are_as_measured(measured: Measured) -> None:
    margins = list(measured.catalogue.values())
    assert fmean(margins) == pytest.approx(PARAMETERS.assortment.margin_mean, abs=0.03)
    assert pstdev(margins) == pytest.approx(PARAMETERS.assortment.margin_sd, abs=0.03)


def test_returns_are_as_measured(measured: Measured) -> None:
    returns, orders = PARAMETERS.returns, sum(map(len, measured.orders.values()))
    assert measured.counts["order.returned"] / orders == pytest.approx(returns.documents_per_order, abs=0.05)
    value = measured.returned_minor / measured.ordered_minor
    assert value == pytest.approx(returns.value_share, rel=0.35)


def test_invoices_are_paid_as_late_as_measured(measured: Measured) -> None:
    """Invoices of which the payment is seen: issued early enough that it is not cut off by the end."""
    habits, late = PARAMETERS.payments, measured.paid_late
    assert len(late) > 1_000
    assert sum(days > 0 for days in late) / len(late) == pytest.approx(habits.late_share, abs=0.08)
    assert fmean(late) == pytest.approx(habits.customer_mean_days, abs=2.5)
    assert fmean(days for days in late if days > 0) == pytest.approx(habits.mean_days_when_late, rel=0.25)


def test_not_every_order_is_delivered(measured: Measured) -> None:
    orders = sum(map(len, measured.orders.values()))
    expected = PARAMETERS.fulfilment.never_invoiced_share
    assert measured.counts["order.cancelled"] / orders == pytest.approx(expected, abs=0.012)


def test_new_customers_join_at_the_measured_rate(measured: Measured) -> None:
    joined = sum(day > START for day in measured.created)
    assert joined == pytest.approx(500 * PARAMETERS.growth.new_customers_per_month * 200 / 30.4, rel=0.3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_credit_decisions_are_interesting(seed: int) -> None:
    """With the real rules 5 to 12 % of the orders are blocked, for several reasons, and payments release some."""
    book = CreditBook(partitions=8)
    for event in simulate(seed, 300, 90, START, decisions=book.answer):
        book.apply(event)
    first = [decisions[0] for decisions in book.outcomes.values()]
    blocked = [decision for decision in first if decision.outcome != "approved"]
    assert 0.05 <= len(blocked) / len(first) <= 0.12
    rules = Counter(reason.rule for decision in blocked for reason in decision.reasons)
    assert {"limit", "overdue_days"} <= set(rules)
    assert max(rules.values()) / rules.total() < 0.8, "one rule does it all"
    released = [
        d[-1] for d in book.outcomes.values() if d[0].outcome == "held" and d[-1].outcome == "approved"
    ]
    assert sum("payment" in decision.trigger for decision in released) >= 5


def test_day_one_already_has_overdue_invoices() -> None:
    opening = [
        event.data
        for event in simulate(1, 100, 1, START)
        if event.type == "order.invoiced" and event.data.order_id is None
    ]
    assert len(opening) > 50
    assert any(data.due_on < START for data in opening)
    assert all(START - timedelta(days=WARM_UP_DAYS) <= data.issued_on < START for data in opening)


def test_feed_knows_its_days() -> None:
    feed = simulator_feed(1, 3, 5, START)
    assert (feed.first_day, feed.last_day) == (START, START + timedelta(days=4))
    last = list(feed.events)[-1]
    assert last.occurred_at.date() <= START + timedelta(days=4)


def test_salespeople_are_entered_and_follow_up_customers_and_prospects() -> None:
    events = list(simulate(5, 120, 30, START))
    of: dict[str, list[Any]] = {}
    for event in events:
        of.setdefault(event.type, []).append(event)
    staff = {e.data.salesperson_id for e in of["staff.entered"]}
    assert {e.data.salesperson_id for e in of["customer.assigned"]} <= staff
    prospects = {e.data.prospect_id for e in of["prospect.entered"]}
    visited = {e.data.prospect_id for e in of["prospect.follow_up_recorded"]}
    assert visited < prospects
    customers = {e.data.customer_id for e in of["customer.created"]}
    assert {e.data.customer_id for e in of["follow_up.recorded"]} <= customers
    assert all(e.data.happened_at <= e.occurred_at for e in of["follow_up.recorded"])
