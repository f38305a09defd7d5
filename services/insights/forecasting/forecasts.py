"""Forecasts of many customers at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.insights.forecasting import amounts, mixture, renewal, stack
from services.insights.forecasting.arrays import Days, Floats, States
from services.insights.forecasting.one_core import on_one_core
from services.insights.forecasting.population import REGULAR_FROM, Population

MOST_ORDERS = 1_000
"""In a median: twice as many as the mixture knows of."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One element per customer.

    Attributes:
        orders: expected order days in the horizon: unbiased, adds up to totals.
        median_orders: the number that half of such customers stay below or reach: the best guess for one customer.
        active: chance, 0 to 1, that the customer will order again at all.
        chance: chance of at least one order day in the horizon.
        expected_day: of the next order, if it comes within :data:`~services.insights.forecasting.renewal.WITHIN` days.
        earliest: with ``latest`` the 80 % interval of that day.
        latest: see ``earliest``.
        order_amount: mean amount of the next order day, minor units.
        typical_amount: about half of the next order days are worth more, minor units.
        amount: expected amount in the horizon, minor units.
    """

    orders: Floats
    median_orders: Floats
    active: Floats
    chance: Floats
    expected_day: Days
    earliest: Days
    latest: Days
    order_amount: Floats
    typical_amount: Floats
    amount: Floats


def forecast(states: States, population: Population, day: int, horizon: int) -> Forecast:
    """Forecast the ``horizon`` days after the evening of ``day``; days before tomorrow are over.

    Raises:
        ValueError: no horizon, or a state that knows of orders after ``day``.
    """
    return forecasts(states, population, day, (horizon,))[0]


@on_one_core
def forecasts(states: States, population: Population, day: int, horizons: Sequence[int]) -> list[Forecast]:
    """Forecast several horizons at the price of little more than one: what was seen until ``day`` is weighed once.

    Raises:
        ValueError: no horizon, or a state that knows of orders after ``day``.
    """
    if min(horizons, default=0) < 1:
        raise ValueError("a horizon has at least one day")
    if len(states) and int(states.last.max()) > day:
        raise ValueError("states know of orders after the day of the forecast")
    clock = population.season.clock()
    singles, mixed = mixture.forecasts((population.single, population.mixed), states, clock, day, horizons)
    expected_day, earliest, latest = _next_day(states, population, day)
    order_amount = amounts.expected(states, population.amounts)
    typical_amount = amounts.typical(states, population.amounts)
    found = []
    for horizon, single, counts in zip(horizons, singles, mixed, strict=True):
        matrix = stack.terms(states, single.mean, clock, day, horizon)
        orders = single.mean * stack.factor(stack.coefficients(population.stacks, horizon), matrix)
        found.append(
            Forecast(
                orders=orders,
                median_orders=_median(counts),
                active=counts.active,
                chance=1 - counts.none,
                expected_day=expected_day,
                earliest=earliest,
                latest=latest,
                order_amount=order_amount,
                typical_amount=typical_amount,
                amount=orders * order_amount,
            )
        )
    return found


def awaited(states: States, population: Population) -> tuple[Days, Days, Days]:
    """Return the day of the next order and its 80 % interval as forecast on the evening of the last order.

    Unlike that of today, this interval does not move with silence: whoever is silent beyond it is late.
    """
    return _next_day(states, population, states.last)


def overdue(states: States, population: Population, day: int) -> NDArray[np.bool_]:
    """Tell who is silent on ``day`` beyond the end of the interval that :func:`awaited` gives."""
    silence = day - states.last
    found = silence > renewal.WITHIN + 1
    asked = np.flatnonzero((silence > 1) & ~found)
    those = states.take(asked)
    gap = renewal.next_gap(those, population.gaps, those.last)
    # Whole days: the end lies before today if it was reached by the evening before.
    by_then = (silence[asked] - 1).astype(np.float64)
    found[asked] = renewal.has_come(gap, by_then, _levels(those, population)[-1])
    return found


def _next_day(states: States, population: Population, day: int | Days) -> tuple[Days, Days, Days]:
    gap = renewal.next_gap(states, population.gaps, day)
    low, point, high = renewal.days_until(gap, *_levels(states, population))
    # An order of day 1 came at some time between the evenings of day 0 and day 1.
    earliest, expected, latest = (np.maximum(np.ceil(days), 1.0) for days in (low, point, high))
    return (
        (day + expected).astype(np.int64),
        (day + earliest).astype(np.int64),
        (day + latest).astype(np.int64),
    )


def _levels(states: States, population: Population) -> list[Floats]:
    few, many = population.levels
    regular = states.days >= REGULAR_FROM
    return [
        np.asarray(np.where(regular, of_many, of_few), np.float64)
        for of_few, of_many in zip(few, many, strict=True)
    ]


def _median(counts: mixture.Counts) -> Floats:
    """Return the median of a distribution with the chance of none as given, and 1 + negative binomial otherwise."""
    median = np.zeros(len(counts.none))
    likely = np.flatnonzero(counts.none < 0.5)
    none = counts.none[likely]
    some = np.clip(1 - none, 1e-9, 1.0)
    mean = counts.mean[likely] / some
    more = np.maximum(mean - 1, 1e-9)
    variance = np.maximum(counts.second[likely] / some - mean**2, more * (1 + 1e-4))
    size = np.minimum(more**2 / (variance - more), 1e6)
    median[likely] = 1.0 + smallest_reaching(np.maximum((0.5 - none) / some, 1e-12), size, more)
    return median


def smallest_reaching(level: Floats, size: Floats, mean: Floats) -> Floats:
    """Return the smallest number that a negative binomial of ``mean`` does not exceed with a chance of ``level``.

    Term by term: it is asked of small numbers, for which inverting the distribution takes ten times as long.
    """
    chance = np.exp(-size * np.log1p(mean / size))
    total, number, failing = chance.copy(), np.zeros(len(level)), mean / (size + mean)
    at = np.flatnonzero(total < level)
    for further in range(1, MOST_ORDERS):
        if not len(at):
            break
        chance[at] *= (size[at] + further - 1) / further * failing[at]
        total[at] += chance[at]
        number[at] = further
        at = at[total[at] < level[at]]
    return number
