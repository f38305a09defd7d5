"""Active rates against their targets."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.insights.rules.alerts.kinds import check_facts
from services.insights.rules.performance import Counted, Performance, active_rate_low, says_more, tenths

DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def _counted(assigned: int, share: float) -> Counted:
    return Counted(assigned, int(assigned * share))


@given(st.integers(0, 50), st.floats(0, 1), st.integers(0, 100), DAYS)
def test_below_the_part_of_the_target_that_is_due(
    assigned: int, share: float, target: int, day: date
) -> None:
    of = _counted(assigned, share)
    days = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
    facts = active_rate_low(of, target, day)
    # active / assigned < target / 100 * day / days, without dividing.
    behind = 100 * of.active * days < target * day.day * of.assigned
    assert (facts is not None) == behind
    if facts is not None:
        check_facts("active_rate_low", facts)
        assert facts["month"] == f"{day:%Y-%m}"


def test_what_is_said() -> None:
    facts = active_rate_low(Counted(9, 2), 60, date(2026, 3, 31))
    assert facts == {
        "percent": "22.2",
        "target_percent": "60.0",
        "month_target_percent": 60,
        "month": "2026-03",
        "assigned": 9,
        "active": 2,
    }
    assert says_more(None, facts)
    assert says_more(facts, None)
    assert not says_more(facts, dict(facts))
    assert not says_more(None, None)


def test_nothing_is_measured_without_a_target_or_customers() -> None:
    day = date(2026, 3, 31)
    assert active_rate_low(Counted(9, 0), None, day) is None
    assert active_rate_low(Counted(9, 0), 0, day) is None
    assert active_rate_low(Counted(0, 0), 60, day) is None


def test_a_target_of_ones_own_takes_the_place_of_the_companys() -> None:
    rule = Performance(60, {"S-1": 80, "S-2": None})
    assert [rule.target_of(s) for s in ("S-1", "S-2", "S-3")] == [80, None, 60]


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_tenths_are_rounded_down(part: int, whole: int) -> None:
    value = Fraction(part, whole)
    assert Fraction(tenths(value)) <= value < Fraction(tenths(value)) + Fraction(1, 10)
