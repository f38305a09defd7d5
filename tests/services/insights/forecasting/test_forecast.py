"""Forecasts: what they may know, what they must say, and that they are fast enough."""

import json
import time
from itertools import pairwise

import numpy as np
import pytest

from services.insights.forecasting import (
    Histories,
    Population,
    arrays_of,
    awaited,
    fold,
    forecast,
    forecasts,
    histories_of,
    overdue,
    products,
    refit,
    states_at,
)

DAY = 700_400


def business(customers: int = 400, days: int = 700) -> Histories:
    """Customers with rates of their own; one in three stops at some time."""
    chance = np.random.default_rng(7)
    rows: list[tuple[int, int, int]] = []
    for customer in range(customers):
        gap, day = chance.gamma(1, 60) + 3, 700_000 + int(chance.integers(0, 150))
        until = day + int(chance.integers(30, 600)) if customer % 3 == 0 else 700_000 + days
        level = chance.normal(9, 1)
        while day < until:
            rows.append((customer, day, int(chance.lognormal(level, 0.2))))
            day += 1 + int(chance.gamma(2, gap / 2))
    return histories_of(rows)


@pytest.fixture(scope="module")
def history() -> Histories:
    return business()


@pytest.fixture(scope="module")
def population(history: Histories) -> Population:
    return refit(history, DAY, 3)


def test_nothing_of_the_future_is_used(history: Histories, population: Population) -> None:
    """Whatever happens after the day may be anything: the fit and the forecast stay the same, bit for bit."""
    later = history.day > DAY
    wild = np.random.default_rng(5).lognormal(18, 4, len(later))
    changed = Histories(
        history.customer,
        np.where(later, history.day + 17, history.day),
        np.where(later, wild, history.amount),
    )
    assert refit(changed, DAY, 3) == population
    assert refit(history.until(DAY), DAY, 3) == population
    one = forecast(states_at(history, DAY)[1], population, DAY, 30)
    other = forecast(states_at(changed, DAY)[1], population, DAY, 30)
    for name in one.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    # The past is used: the same change before the day makes another fit.
    earlier = Histories(history.customer, history.day, history.amount * np.where(later, 1, 9))
    assert refit(earlier, DAY, 3) != population


def test_states_of_the_future_are_refused(history: Histories, population: Population) -> None:
    _, states = states_at(history, DAY + 30)
    with pytest.raises(ValueError, match="after the day"):
        forecast(states, population, DAY, 30)
    with pytest.raises(ValueError, match="horizon"):
        forecast(states_at(history, DAY)[1], population, DAY, 0)


def test_a_population_survives_json(population: Population) -> None:
    stored = json.loads(json.dumps(population.to_json()))
    assert Population.from_json(stored) == population
    with pytest.raises(ValueError, match="refit"):
        Population.from_json({**stored, "format": 99})


def test_the_estimate_moves_as_time_passes_without_an_order(population: Population) -> None:
    regular = None
    for number in range(12):
        regular = fold(regular, DAY - 15 * (11 - number), 10_000)
    assert regular is not None
    states = arrays_of([regular])
    found = [forecast(states, population, DAY + silent, 30) for silent in range(0, 200, 10)]
    days = [int(f.expected_day[0]) for f in found]
    assert DAY + 8 <= days[0] <= DAY + 18
    assert days == sorted(days)
    assert all(day > DAY + silent for day, silent in zip(days, range(0, 200, 10), strict=True))
    active = [float(f.active[0]) for f in found]
    assert active[0] > 0.9
    assert active == sorted(active, reverse=True)
    assert active[-1] < 0.5
    for f in found:
        assert f.earliest[0] <= f.expected_day[0] <= f.latest[0]


def test_longer_horizons_hold_more_orders_and_one_order_is_enough_to_be_forecast(
    history: Histories, population: Population
) -> None:
    _, states = states_at(history, DAY)
    found = [forecast(states, population, DAY, horizon) for horizon in (1, 7, 30, 60, 90, 365)]
    for shorter, longer in pairwise(found):
        assert (shorter.orders <= longer.orders * 1.001).all()
        assert (shorter.chance <= longer.chance + 1e-9).all()
        assert (shorter.median_orders <= longer.median_orders).all()
    fresh = forecast(arrays_of([fold(None, DAY, 0)]), population, DAY, 30)
    assert all(np.isfinite(getattr(fresh, name)).all() for name in fresh.__slots__)
    assert (fresh.order_amount >= 0).all()


def test_several_horizons_at_once_are_each_as_if_asked_alone(
    history: Histories, population: Population
) -> None:
    _, states = states_at(history, DAY)
    for horizon, one in zip((11, 30, 90), forecasts(states, population, DAY, (11, 30, 90)), strict=True):
        alone = forecast(states, population, DAY, horizon)
        for name in one.__slots__:
            np.testing.assert_allclose(getattr(one, name), getattr(alone, name), rtol=1e-9, err_msg=name)
    with pytest.raises(ValueError, match="horizon"):
        forecasts(states, population, DAY, (30, 0))


def test_overdue_is_whoever_is_silent_beyond_the_interval_of_the_awaited_order(
    history: Histories, population: Population
) -> None:
    _, states = states_at(history, DAY - 30)
    _, _, latest = awaited(states, population)
    for day in (DAY - 30, DAY, DAY + 100, DAY + 200):
        late = overdue(states, population, day)
        np.testing.assert_array_equal(late, latest < day)
        assert late.any()
        assert not late.all() or day == DAY + 200


@pytest.mark.parametrize("customers", [1, 2, 5])
def test_the_first_days_of_a_business(customers: int) -> None:
    few = histories_of([(number, 700_000 + number, 100) for number in range(customers)])
    for day in (700_010, 700_500):
        population = refit(few, day, 1)
        found = forecast(states_at(few, day)[1], population, day, 30)
        assert all(np.isfinite(getattr(found, name)).all() for name in found.__slots__)
    with pytest.raises(ValueError, match="at least one customer"):
        refit(few, 699_999, 1)


def test_forecasts_keep_to_the_thread_that_asks(history: Histories, population: Population) -> None:
    """BLAS would have threads of its own spin on the other core all the while."""
    _, states = states_at(history, DAY)
    many = states.take(np.resize(np.arange(len(states)), 100_000))
    began, of_thread = time.process_time(), time.thread_time()
    forecasts(many, population, DAY, (11, 30, 90))
    took, of_thread = time.process_time() - began, time.thread_time() - of_thread
    assert took < 1.3 * of_thread


def test_products_by_hand() -> None:
    prior = products.Repeating(chance=0.2, worth=5.0)
    usual = products.bought(None, 0, 10.0)
    assert products.chance(usual, 1, prior) == pytest.approx(0.2)
    usual = products.bought(usual, 3, 20.0)
    # Two of four orders held it; the first is no trial: (5 * 0.2 + 1) / (5 + 3), times the mean of 15.
    assert products.expected(usual, 4, prior) == pytest.approx(2 / 8 * 15)
    # Six orders without it.
    assert products.expected(usual, 10, prior) == pytest.approx(2 / 14 * 15)
    assert products.cancelled(usual, 20.0) == products.Usual(1, 10.0, 0)
    assert products.cancelled(products.Usual(1, 10.0, 0), 10.0) is None


def test_the_prior_of_products_finds_the_truth() -> None:
    chance = np.random.default_rng(3)
    rates = chance.beta(4 * 0.3, 4 * 0.7, 4000)
    trials = chance.integers(1, 30, 4000)
    hits = chance.binomial(trials, rates)
    found = products.fit([(int(h) + 1, int(t) + 1) for h, t in zip(hits, trials, strict=True)])
    assert found.chance == pytest.approx(0.3, abs=0.02)
    assert found.worth == 4.0
    assert products.fit([(1, 1)] * 10) == products.DEFAULT
