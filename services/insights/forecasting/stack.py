"""What the mixture leaves out, learned from its own forecasts of the past: the level, and who has changed lately.

The expected count is the mixture's times exp(a + b log(1 + repeats) + c log(fast / mixture) + d log(slow / mixture)),
where fast and slow are the customer's own recent rates with half-lives of 30 and 180 days: a quasi-Poisson regression
with offset (McCullagh & Nelder, 1989), ridge-shrunk to leaving the mixture as it is (stacking: Wolpert, Neural Networks
5, 1992). It is fitted on windows of the past that are as long as the horizon, whose mixtures knew only what was known
when they began. The level counts as much as there are windows that do not overlap: one season's luck is no law. A
horizon for which there is no such window has no stack.
"""

from dataclasses import dataclass

import numpy as np

from services.insights.forecasting.arrays import Floats, States
from services.insights.forecasting.seasons import Clock
from services.insights.forecasting.state import FAST, SLOW

HORIZONS = (30, 90, 180)
"""Horizons in days that a stack is fitted for; others are interpolated in the logarithm."""
TERMS = 4
_FLOOR = 0.02
_POWER = 0.7
"""Variance grows with the mean to the power of 2 - this: between a Poisson's and what squared errors would weigh."""
_RIDGE = 10.0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the past: what the mixture expected at its beginning, the terms, and what came."""

    expected: Floats
    terms: Floats
    came: Floats


def terms(states: States, expected: Floats, clock: Clock, day: int, horizon: int) -> Floats:
    """Return customers x terms."""
    span = float(clock.between(day, day + horizon))
    floored = np.maximum(expected, _FLOOR)
    rate = floored / max(span, 1e-6)
    columns = [np.ones(len(states)), np.log(states.days) - 1.0]
    for count, half_life in ((states.fast, FAST), (states.slow, SLOW)):
        now = np.maximum(count, 0.0) * 2.0 ** (-(day - states.last) / half_life)
        days = clock.remembered(states.first, day, half_life)
        # One order at the mixture's rate on top: nothing seen is then no news.
        columns.append(np.log((now + 1.0) / (days + 1.0 / rate) / rate))
    return np.stack(columns, axis=1)


def fit(windows: list[Window], disjoint: float) -> tuple[float, ...]:
    """Return the coefficients; zeros without windows. ``disjoint``: how many windows there are without overlap."""
    if not windows:
        return (0.0,) * TERMS
    matrix = np.concatenate([window.terms for window in windows])
    offset = np.log(np.concatenate([np.maximum(window.expected, _FLOOR) for window in windows]))
    came = np.concatenate([window.came for window in windows])
    weight = np.exp(_POWER * offset) / len(windows)
    ridge = np.full(TERMS, _RIDGE)
    ridge[0] = max(float((weight * np.exp(offset)).sum()) / max(disjoint, 0.1), _RIDGE)
    found = np.zeros(TERMS)
    for _ in range(30):
        mean = np.exp(np.clip(offset + matrix @ found, -12.0, 8.0))
        slope = matrix.T @ (weight * (came - mean)) - ridge * found
        curve = (matrix * (weight * mean)[:, None]).T @ matrix + np.diag(ridge)
        step = np.clip(np.linalg.solve(curve, slope), -1.0, 1.0)
        found = found + step
        if float(np.abs(step).max()) < 1e-7:
            break
    return tuple(round(float(value), 6) for value in found)


def coefficients(fitted: dict[int, tuple[float, ...]], horizon: int) -> Floats:
    """Return the coefficients for a horizon.

    Between fitted horizons they are interpolated in the logarithm; shorter ones have those of the shortest, longer ones
    fade out until twice the longest.
    """
    if not fitted:
        return np.zeros(TERMS)
    known = sorted(fitted)
    places = [*np.log(known), np.log(2 * known[-1])]
    values = np.array([*(fitted[h] for h in known), (0.0,) * TERMS])
    return np.array([np.interp(np.log(horizon), places, values[:, term]) for term in range(TERMS)])


def factor(found: Floats, matrix: Floats) -> Floats:
    """Return what the mixture's expectation is multiplied by."""
    return np.asarray(np.exp(np.clip(matrix @ found, -2.0, 2.0)), np.float64)
