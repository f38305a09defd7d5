"""A business that goes on after its first period."""

from collections import Counter
from datetime import date, timedelta
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from deploy.feed.simulator import Business, simulate
from tests.feed.checks import Seen, checked

START = date(2026, 3, 2)


def business(customers: int = 60, days: int = 30) -> Business:
    return Business(3, customers, days, START, products=30, partitions=2)


@given(cuts=st.lists(st.integers(1, 40), min_size=1, max_size=5), days=st.integers(1, 20))
@settings(max_examples=10, deadline=None)
def test_in_however_many_pieces_it_tells_one_story(cuts: list[int], days: int) -> None:
    whole = [encode(event) for event in business(10, days).until(START + timedelta(days=40))]
    lived = business(10, days)
    ends = [*sorted(cuts), 40]
    pieces = [list(lived.until(START + timedelta(days=end))) for end in ends]
    assert [encode(event) for event in chain(*pieces)] == whole
    for piece, end in zip(pieces, ends, strict=True):
        assert all(event.occurred_at.date() < START + timedelta(days=end) for event in piece)


def test_the_first_period_is_the_same_whether_it_goes_on_or_not() -> None:
    quarter = [encode(event) for event in simulate(3, 60, 30, START, products=30, partitions=2)]
    lived = business()
    assert [encode(event) for event in lived.until(START + timedelta(days=30))] == quarter


def test_later_periods_are_as_full_as_the_first_and_valid() -> None:
    """Orders, payments, calls, visits, new customers and prospects: everything goes on, under ids of its own."""
    lived, seen = business(days=30), Seen()
    events = list(checked(lived.until(START + timedelta(days=150)), 2, seen))
    assert seen.days == [START + timedelta(days=number) for number in range(150)]
    ids = Counter(event.id for event in events)
    assert max(ids.values()) == 1
    later = [event for event in events if event.occurred_at.date() >= START + timedelta(days=30)]
    types = Counter(event.type for event in later)
    for type_ in (
        "order.placed",
        "payment.received",
        "follow_up.recorded",
        "prospect.entered",
        "prospect.follow_up_recorded",
        "customer.created",
        "terms.set",
    ):
        assert types[type_] > 0, type_
    placed = Counter(
        (event.occurred_at.date() - START).days // 30 for event in later if event.type == "order.placed"
    )
    assert min(placed.values()) > max(placed.values()) / 3
