"""The mixture says of many customers at once what its formula says of each: sums over kinds, written out."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammainc, gammaln
from scipy.stats import nbinom, poisson

from services.insights.forecasting import mixture
from services.insights.forecasting.arrays import Floats, States
from services.insights.forecasting.forecasts import smallest_reaching
from services.insights.forecasting.mixture import RATES, SHAPES, STOPS, Counts, Mixture
from services.insights.forecasting.seasons import YEAR, Clock, Season

DAY = 700_400
STARTS = (DAY - 400, DAY - 100)


@st.composite
def customers(draw: st.DrawFn) -> States:
    """Return states that order days may leave: from one day to a thousand, in any rhythm, long silent or not."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 4))
    days = chance.choice([1, 2, 3, 8, 40, 300], count)
    span = np.where(days > 1, days - 1 + chance.integers(0, 600, count), 0)
    last = DAY - chance.choice([0, 1, 20, 200, 2000], count)
    # The logarithms of the gaps sum up to at most those of equal ones.
    most = (days - 1) * np.log(np.maximum(span / np.maximum(days - 1, 1), 1.0))
    nothing = np.zeros(count)
    return States(days, last - span, last, most * chance.uniform(0.2, 1, count), *(nothing for _ in range(5)))


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    """Return operational time with seasons or without."""
    if draw(st.booleans()):
        return Season(DAY + 1, None).clock()
    index = np.random.default_rng(draw(st.integers(0, 99))).uniform(0.3, 2, YEAR)
    return Season(DAY + 1, tuple((index / index.mean()).tolist())).clock()


def weights_of(seed: int, shapes: Sequence[int], starts: tuple[int, ...]) -> Mixture:
    """Return weights at random, a few of them large, none of them nothing."""
    chance = np.random.default_rng(seed)
    kinds = len(shapes) * len(RATES) * len(STOPS)
    cohorts = 0.99 * chance.dirichlet(np.full(kinds, 0.05), len(starts) + 1) + 0.01 / kinds
    parts = cohorts.reshape(len(starts) + 1, len(shapes), -1)
    return Mixture(tuple(shapes), starts, tuple(tuple(tuple(p.tolist()) for p in cohort) for cohort in parts))


def directly(of: Mixture, states: States, clock: Clock, horizon: int) -> Counts:
    """Return what the formula says, kind by kind and number by number."""
    return Counts(
        *np.array(
            [_of_one(of, states.take(slice(at, at + 1)), clock, horizon) for at in range(len(states))]
        ).T
    )


def _of_one(of: Mixture, state: States, clock: Clock, horizon: int) -> tuple[float, ...]:
    seen, span = mixture.seen_at(state, clock, DAY), float(clock.between(DAY, DAY + horizon))
    cohort = of.weights[sum(int(state.first[0]) >= start for start in of.starts)]
    number = np.arange(1, 261)[:, None]
    left, found = 1 - STOPS, []
    for shape, part in zip(of.shapes, cohort, strict=True):
        for rate, weights in zip(RATES, np.array(part).reshape(len(RATES), -1), strict=True):
            gaps = (
                seen.repeats * (shape * np.log(shape * rate) - gammaln(shape)) + (shape - 1) * seen.log_gaps
            )
            likelihood = gaps - shape * rate * seen.span + seen.repeats * np.log(left) + np.log(weights)
            found += [(likelihood + np.log(STOPS), 0 * STOPS, 0 * STOPS, 1 + 0 * STOPS, 0 * STOPS)]
            for stage in range(shape):
                reached = gammainc(number * shape - stage, shape * rate * span) * left ** (number - 1)
                passed = poisson.logpmf(stage, shape * rate * seen.silence[0])
                counts = reached.sum(0), (reached * (2 * number - 1)).sum(0), 1 - reached[0]
                found += [(likelihood + np.log(left) + passed, *counts, 1 + 0 * STOPS)]
    logs, *terms = np.array(found).transpose(1, 0, 2).reshape(5, -1)
    share = np.exp(logs - logs.max())
    return tuple((np.array(terms) @ share / share.sum()).tolist())


@settings(max_examples=15, deadline=None)
@given(customers(), clocks(), st.integers(0, 99), st.lists(st.integers(1, 120), min_size=1, max_size=2))
def test_what_is_said_of_many_is_what_the_formula_says_of_each(
    states: States, clock: Clock, seed: int, horizons: list[int]
) -> None:
    mixtures = weights_of(seed, (1,), STARTS), weights_of(seed + 1, SHAPES, STARTS[:1])
    found = mixture.forecasts(mixtures, states, clock, DAY, horizons)
    for of, counts in zip(mixtures, found, strict=True):
        for horizon, ours in zip(horizons, counts, strict=True):
            expected = directly(of, states, clock, horizon)
            for name in Counts.__slots__:
                theirs: Floats = getattr(expected, name)
                np.testing.assert_allclose(getattr(ours, name), theirs, rtol=1e-6, atol=1e-9, err_msg=name)


def test_customers_in_any_number_and_order_are_the_same_customers() -> None:
    chance = np.random.default_rng(3)
    days = chance.integers(1, 40, 3000)
    span, last = np.where(days > 1, days * 12, 0), DAY - chance.integers(0, 300, 3000)
    zeros = np.zeros(3000)
    states = States(days, last - span, last, (days - 1) * np.log(9.0), *(zeros for _ in range(5)))
    of, clock = weights_of(1, SHAPES, STARTS), Season(DAY + 1, None).clock()
    whole = mixture.forecast(of, states, clock, DAY, 30)
    order = chance.permutation(3000)
    for which in (order, order[:1], order[:0]):
        part = mixture.forecast(of, states.take(which), clock, DAY, 30)
        for name in Counts.__slots__:
            np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[which], rtol=1e-12)


@given(st.floats(1e-6, 0.5), st.floats(1e-3, 1e6), st.floats(1e-9, 500))
def test_medians_are_those_of_the_negative_binomial(level: float, size: float, mean: float) -> None:
    found = smallest_reaching(*(np.array([value]) for value in (level, size, mean)))[0]
    share = size / (size + mean)
    assert nbinom.cdf(found, size, share) >= level * (1 - 1e-6)
    assert found == 0 or nbinom.cdf(found - 1, size, share) <= level * (1 + 1e-6)
