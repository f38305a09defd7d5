"""Forecasts of many customers at once."""

from dataclasses import dataclass

import numpy as np
from scipy.special import nbdtrik

from services.insights.forecasting import amounts, mixture, renewal, stack
from services.insights.forecasting.arrays import Days, Floats, States
from services.insights.forecasting.population import REGULAR_FROM, Population


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
    if horizon < 1:
        raise ValueError("a horizon has at least one day")
    if len(states) and int(states.last.max()) > day:
        raise ValueError("states know of orders after the day of the forecast")
    clock = population.season.clock()
    single = mixture.forecast(population.single, states, clock, day, horizon)
    mixed = mixture.forecast(population.mixed, states, clock, day, horizon)
    matrix = stack.terms(states, single.mean, clock, day, horizon)
    orders = single.mean * stack.factor(stack.coefficients(population.stacks, horizon), matrix)
    expected_day, earliest, latest = _next_day(states, population, day)
    order_amount = amounts.expected(states, population.amounts)
    return Forecast(
        orders=orders,
        median_orders=_median(mixed),
        active=mixed.active,
        chance=1 - mixed.none,
        expected_day=expected_day,
        earliest=earliest,
        latest=latest,
        order_amount=order_amount,
        typical_amount=amounts.typical(states, population.amounts),
        amount=orders * order_amount,
    )


def awaited(states: States, population: Population) -> tuple[Days, Days, Days]:
    """Return the day of the next order and its 80 % interval as forecast on the evening of the last order.

    Unlike that of today, this interval does not move with silence: whoever is silent beyond it is late.
    """
    return _next_day(states, population, states.last)


def _next_day(states: States, population: Population, day: int | Days) -> tuple[Days, Days, Days]:
    gap = renewal.next_gap(states, population.gaps, day)
    few, many = population.levels
    regular = states.days >= REGULAR_FROM
    low, point, high = (
        renewal.days_until(gap, np.where(regular, of_many, of_few))
        for of_few, of_many in zip(few, many, strict=True)
    )
    # An order of day 1 came at some time between the evenings of day 0 and day 1.
    earliest, expected, latest = (np.maximum(np.ceil(days), 1.0) for days in (low, point, high))
    return (
        (day + expected).astype(np.int64),
        (day + earliest).astype(np.int64),
        (day + latest).astype(np.int64),
    )


def _median(counts: mixture.Counts) -> Floats:
    """Return the median of a distribution with the chance of none as given, and 1 + negative binomial otherwise."""
    some = np.clip(1 - counts.none, 1e-9, 1.0)
    more = np.maximum(counts.mean / some - 1, 1e-9)
    variance = np.maximum(counts.second / some - (counts.mean / some) ** 2, more * (1 + 1e-4))
    size = np.minimum(more**2 / (variance - more), 1e6)
    left = np.clip((0.5 - counts.none) / some, 0.0, 1.0)
    further = np.ceil(nbdtrik(np.maximum(left, 1e-12), size, size / (size + more)) - 1e-9)
    return np.asarray(
        np.where(counts.none >= 0.5, 0.0, 1.0 + np.maximum(np.nan_to_num(further), 0.0)), np.float64
    )
