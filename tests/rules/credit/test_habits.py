"""When an open invoice will be paid."""

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credit.rules.habits import (
    DEFAULT,
    LEAST_SETTLED,
    REMEMBERED,
    Habit,
    Population,
    chance_within,
    fit,
    forecast,
    habit_of,
)

DAYS = st.integers(-60, 400)
HISTORIES = st.lists(st.lists(DAYS, min_size=1, max_size=20), min_size=1, max_size=15)


def fitted(histories: list[list[int]]) -> Population:
    [*_, population] = fit(histories, 3)
    assert population is not None
    return population


def made_up(seed: int, customers: int = 60, invoices: int = 20) -> list[list[int]]:
    """Customers that differ by 10 days and whose invoices differ by 5, skewed to the late side."""
    chance = random.Random(seed)
    return [
        [round(own + chance.gammavariate(4, 2.5) - 10) for _ in range(invoices)]
        for own in (chance.gauss(3, 10) for _ in range(customers))
    ]


@given(HISTORIES, st.lists(DAYS, max_size=60), st.integers(-60, 3_000), st.integers(0, 60))
def test_whatever_is_known_the_forecast_makes_sense(
    histories: list[list[int]], own: list[int], not_before: int, days: int
) -> None:
    population = fitted(histories)
    habit = habit_of(own, population)
    found = forecast(habit, population, not_before)
    assert not_before <= found.earliest <= found.expected <= found.latest
    chance = chance_within(habit, population, not_before, days)
    assert 0 <= chance <= 1
    assert chance <= chance_within(habit, population, not_before, days + 30)


@given(HISTORIES, st.lists(DAYS, max_size=10), st.integers(-60, 300))
def test_the_longer_the_silence_the_later_it_ends(
    histories: list[list[int]], own: list[int], not_before: int
) -> None:
    population = fitted(histories)
    habit = habit_of(own, population)
    now, later = (forecast(habit, population, day) for day in (not_before, not_before + 20))
    assert now.expected <= later.expected
    assert now.latest <= later.latest


def test_chance_and_interval_are_the_same_distribution() -> None:
    population = fitted(made_up(1))
    for own in ([], [5, 7, 9], [-3] * 30):
        habit = habit_of(own, population)
        for not_before in (-30, 0, 12, 40, 200):
            found = forecast(habit, population, not_before)

            def until(day: int, habit: Habit = habit, first: int = not_before) -> float:
                """The chance of being settled on that day or before."""
                return chance_within(habit, population, first, max(0, day - first + 1))

            assert until(found.earliest - 1) <= 0.1 <= until(found.earliest + 1)
            assert until(found.latest - 2) <= 0.9 <= until(found.latest)
            assert until(found.expected - 1) <= 0.5 + 1e-9
            assert until(found.expected) >= 0.5 - 1e-9


def test_a_customer_with_few_invoices_is_drawn_to_the_population() -> None:
    population = fitted(made_up(2))
    assert habit_of([], population).level == population.mean
    levels = [habit_of([25] * count, population).level for count in (0, 1, 3, 10, 50)]
    assert levels == sorted(levels)
    assert population.mean < levels[1] < 25
    assert levels[-1] == pytest.approx(25, abs=0.5)


def test_only_the_last_invoices_count() -> None:
    own = [3, 4, 5] * 30
    assert habit_of(own, DEFAULT) == habit_of(own[-REMEMBERED:], DEFAULT)
    assert habit_of(own, DEFAULT).settled == REMEMBERED


def test_one_payment_after_years_does_not_spoil_the_habit() -> None:
    population = fitted(made_up(3))
    usual = habit_of([2, 3, 1, 2, 4, 2, 3, 1], population)
    spoilt = habit_of([2, 3, 1, 2, 4, 2, 3, 900], population)
    assert spoilt.level - usual.level < 15


def test_without_data_the_default_holds() -> None:
    assert fitted([[1] * (LEAST_SETTLED - 1)]) == DEFAULT
    assert fitted([[1] * LEAST_SETTLED]).version == 3


def test_the_fit_finds_what_the_data_was_made_of() -> None:
    population = fitted(made_up(4, customers=200))
    assert population.mean == pytest.approx(3, abs=2)
    assert population.between == pytest.approx(100, rel=0.4)
    assert population.within == pytest.approx(25, rel=0.4)
    assert population.settled == 4_000


def test_the_interval_holds_for_customers_it_has_not_seen() -> None:
    population = fitted(made_up(5))
    inside, errors, naive = 0, [], []
    for history in made_up(6):
        for at in range(3, len(history)):
            found = forecast(habit_of(history[:at], population), population, -1_000)
            inside += found.earliest <= history[at] <= found.latest
            errors.append(abs(found.expected - history[at]))
            naive.append(abs(fmean(history[:at]) - history[at]))
    assert 0.75 <= inside / len(errors) <= 0.87
    assert fmean(errors) < fmean(naive)


def test_a_fit_lets_others_work_in_between() -> None:
    histories = made_up(7)
    assert sum(found is None for found in fit(histories, 1)) >= len(histories)
