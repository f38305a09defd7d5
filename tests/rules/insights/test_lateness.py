"""When a missing order is worth a word."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.insights.rules.lateness import Awaited, month_end, order_gap, order_late, says_more

DAY = date(2026, 4, 20)
OF = Awaited(
    currency="CNY",
    order_days=9,
    last=DAY - timedelta(20),
    last_of_any=DAY - timedelta(20),
    expected_on=DAY - timedelta(13),
    latest=DAY - timedelta(1),
    usual_gap=7.04,
    month_orders=4.0,
    month_amount=40_000,
    heading_for=10_000,
)


def test_late_beyond_the_interval_only() -> None:
    late = {
        "days_since": 20,
        "usual_gap_days": "7.0",
        "expected_on": "2026-04-07",
        "latest_on": "2026-04-19",
    }
    assert order_late(OF, DAY) == late
    assert order_late(replace(OF, latest=DAY), DAY) is None
    assert order_late(replace(OF, order_days=2), DAY) is None, "no rhythm of its own"
    assert order_late(replace(OF, last_of_any=DAY), DAY) is None, "it has ordered in another currency"


def test_a_gap_of_a_month() -> None:
    assert order_gap(OF, DAY) == {
        "currency": "CNY",
        "month": "2026-04",
        "expected": "400.00",
        "amount": "100.00",
    }
    assert order_gap(replace(OF, heading_for=36_001), DAY) is None
    assert order_gap(replace(OF, heading_for=36_000), DAY) is not None
    assert order_gap(replace(OF, month_orders=0.9), DAY) is None, "no order was to be expected"


@given(st.floats(0.5, 200), st.integers(100, 3_000))
def test_a_silence_is_told_of_with_its_logarithm(gap: float, days: int) -> None:
    told, before = 0, None
    for silence in range(1, days):
        now = order_late(replace(OF, usual_gap=gap, latest=OF.last), OF.last + timedelta(silence))
        if says_more("order_late", before, now):
            told, before = told + 1, now
    assert 1 <= told <= 115
    assert says_more("order_late", before, None)
    assert not says_more("order_late", None, None)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_month_ends_before_the_next(day: date) -> None:
    end = month_end(day)
    assert (end.year, end.month) == (day.year, day.month)
    assert (end + timedelta(1)).day == 1
