"""When an open invoice will be paid: a customer's paying habit, how it is estimated, and what it foretells.

A customer's days late (settlement day less due day, negative: early) are modelled as a local level seen through noise,
``late = level + noise``, the level moving a little from one settled invoice to the next: exponential smoothing (Muth,
Optimal properties of exponentially weighted forecasts, JASA 55, 1960) with the exact gain of the Kalman filter (A new
approach to linear filtering, J. Basic Eng. 82, 1960). The level begins at the population's mean with the variance
between customers, so a customer with few invoices is shrunk to the population (empirical Bayes: Efron & Morris, JASA
68, 1973), and so is the customer's own spread. A surprise beyond :data:`CLIP` deviations counts as one of that size.

The noise keeps the shape it has in the data: quantiles of all one-step-ahead errors, each in units of its own forecast
deviation, and beyond the last quantile a Pareto tail (Hill, Ann. Statist. 3, 1975). The forecast is the distribution
that is left once it is known that nothing was paid until now, so what is late already is never expected in the past,
and what has been silent for long is expected to stay so for long.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

REMEMBERED = 50
"""Settled invoices looked back on: with any drift at all, older ones hardly count."""
CLIP = 3.0
PRIOR_INVOICES = 8
"""How many invoices the population's spread is worth against a customer's own."""
LEAST_SETTLED = 30
"""Below this many settled invoices in all there is no population to speak of, and the default holds."""
KNOTS = 200
TAIL_FROM = 0.95
_TAIL_INDEX = (2.0, 12.0)
_WITHIN_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95)
_DRIFTS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
_OUTER = 0.01
"""Share of the days late, at either end, that is drawn in before variances are taken."""


@dataclass(frozen=True, slots=True)
class Population:
    """What all customers have in common. Days late, their variances in square days.

    Attributes:
        version: of the stored parameters; 0: the default, before there is data.
        mean: over all settled invoices.
        between: variance of the level from customer to customer.
        within: variance of the noise.
        drift: variance of the level's step from one settled invoice to the next.
        errors: quantiles of the standardised forecast errors at 0, 1/n ... 1.
        tail_index: of the Pareto tail beyond ``TAIL_FROM``.
        settled: invoices it was fitted on.
    """

    version: int
    mean: float
    between: float
    within: float
    drift: float
    errors: tuple[float, ...]
    tail_index: float
    settled: int


DEFAULT = Population(
    version=0,
    mean=0.0,
    between=100.0,
    within=50.0,
    drift=1.0,
    errors=tuple(NormalDist().inv_cdf(min(max(i / KNOTS, 0.002), 0.998)) for i in range(KNOTS + 1)),
    tail_index=6.0,
    settled=0,
)


@dataclass(frozen=True, slots=True)
class Habit:
    """What a customer's settled invoices say of the next one.

    Attributes:
        settled: invoices looked back on.
        level: expected days late before the noise's own skew.
        deviation: of the next invoice's days late.
    """

    settled: int
    level: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days late at which an invoice will be settled: in the middle, and the 80 % interval. Never before it can be."""

    expected: int
    earliest: int
    latest: int


class _Filter:
    """The running estimate of one customer."""

    __slots__ = ("_p", "_squares", "_variance", "level", "settled")

    def __init__(self, population: Population) -> None:
        self._p = population
        self.level = population.mean
        self._variance = population.between
        self._squares = 0.0
        self.settled = 0

    @property
    def deviation(self) -> float:
        """Of the next days late from the level."""
        own = (PRIOR_INVOICES + self._squares) / (PRIOR_INVOICES + self.settled)
        return math.sqrt((self._variance + self._p.drift + self._p.within) * own)

    def see(self, late: float) -> None:
        """Take in the next settled invoice."""
        before = self._variance + self._p.drift
        total = before + self._p.within
        bound = CLIP * math.sqrt(total)
        error = min(max(late - self.level, -bound), bound)
        gain = before / total
        self.level += gain * error
        self._variance = before * (1 - gain)
        self._squares += error * error / total
        self.settled += 1


def habit_of(days_late: Sequence[int], population: Population) -> Habit:
    """Return a customer's habit. ``days_late`` in the order of settlement; the last :data:`REMEMBERED` count."""
    estimate = _Filter(population)
    for late in days_late[-REMEMBERED:]:
        estimate.see(late)
    return Habit(estimate.settled, estimate.level, estimate.deviation)


def _still_open(z: float, population: Population) -> float:
    """Return the share of errors above ``z``."""
    knots, start = population.errors, _tail_start(population)
    if z >= start:
        return float((1 - TAIL_FROM) * ((1 + z - start) ** -population.tail_index))
    if z <= knots[0]:
        return 1.0
    at = bisect_right(knots, z) - 1
    low, high = knots[at], knots[at + 1]
    return 1 - (at + (z - low) / (high - low)) / KNOTS


def _error_at(left: float, population: Population) -> float:
    """Return the error above which the share ``left`` lies."""
    if left <= 1 - TAIL_FROM:
        more = float((left / (1 - TAIL_FROM)) ** (-1 / population.tail_index))
        return _tail_start(population) + more - 1
    place = (1 - left) * KNOTS
    at = min(int(place), KNOTS - 1)
    low, high = population.errors[at], population.errors[at + 1]
    return low + (place - at) * (high - low)


def _tail_start(population: Population) -> float:
    return population.errors[round(TAIL_FROM * KNOTS)]


def forecast(habit: Habit, population: Population, not_before: int) -> Forecast:
    """Return when an open invoice will be settled, given that this was not before ``not_before`` days late."""
    left = _still_open(_standardised(habit, not_before), population)

    def at(share: float) -> float:
        return habit.level + habit.deviation * _error_at(left * (1 - share), population)

    # Whole days; the late end is rounded up, where days are few and far between, or the 80 % would fall short.
    earliest, expected, latest = round(at(0.1)), round(at(0.5)), math.ceil(at(0.9))
    return Forecast(max(expected, not_before), max(earliest, not_before), max(latest, not_before))


def chance_within(habit: Habit, population: Population, not_before: int, days: int) -> float:
    """Return the chance, 0 to 1, that an invoice open until now is settled in ``days`` days, today being the first."""
    left = _still_open(_standardised(habit, not_before), population)
    then = _still_open(_standardised(habit, not_before + days), population)
    return 1 - then / left


def _standardised(habit: Habit, days_late: int) -> float:
    # Half a day down: a settlement on that very day is still to come.
    return (days_late - 0.5 - habit.level) / habit.deviation


def fit(histories: Sequence[Sequence[int]], version: int) -> Iterator[Population | None]:
    """Fit the population to customers' days late, each in the order of settlement, on a grid, by likelihood.

    Yields None after every customer passed, so that a caller can let others work in between, and the result at last.
    """
    pooled = sorted(late for history in histories for late in history)
    settled = len(pooled)
    if settled < LEAST_SETTLED:
        yield DEFAULT
        return
    low, high = pooled[int(_OUTER * settled)], pooled[min(settled - 1, int((1 - _OUTER) * settled))]
    drawn_in = [min(max(late, low), high) for late in pooled]
    mean = math.fsum(drawn_in) / settled
    variance = max(1.0, math.fsum((late - mean) ** 2 for late in drawn_in) / settled)
    best, best_likelihood = DEFAULT, -math.inf
    for share in _WITHIN_SHARES:
        for drift in _DRIFTS:
            within = variance * share
            tried = Population(
                version, mean, variance * (1 - share), within, drift * within, DEFAULT.errors, 6.0, settled
            )
            # A weak prior, Beta(3, 3): one invoice per customer cannot tell noise from difference.
            likelihood = 2 * math.log(share * (1 - share))
            for history in histories:
                likelihood += _likelihood(history, tried)
                yield None
            if likelihood > best_likelihood:
                best, best_likelihood = tried, likelihood
    yield _with_errors(best, histories)


def _likelihood(history: Sequence[int], p: Population) -> float:
    """Return the logarithm of a customer's likelihood, but for a constant. This is where a fit spends its time."""
    level, variance, found = p.mean, p.between, 0.0
    for late in history:
        before = variance + p.drift
        total = before + p.within
        bound = CLIP * math.sqrt(total)
        error = min(max(late - level, -bound), bound)
        found -= math.log(total) + error * error / total
        level += before / total * error
        variance = before * p.within / total
    return found / 2


def _with_errors(best: Population, histories: Sequence[Sequence[int]]) -> Population:
    numbered: list[tuple[int, float]] = []
    for history in histories:
        estimate = _Filter(best)
        for late in history:
            numbered.append((estimate.settled, (late - estimate.level) / estimate.deviation))
            estimate.see(late)
    # A first invoice errs by what customers differ in, later ones by their noise: most forecasts are of later ones.
    later = sorted(error for number, error in numbered if number)
    errors = later if len(later) >= LEAST_SETTLED else sorted(error for _, error in numbered)
    last = len(errors) - 1
    knots = [_between(errors, share / KNOTS * last) for share in range(KNOTS + 1)]
    # Strictly rising, so that every share has one error: days are whole numbers and errors therefore tie.
    for at, (before, after) in enumerate(pairwise(knots[:])):
        knots[at + 1] = max(after, knots[at] + 1e-6, before)
    start = knots[round(TAIL_FROM * KNOTS)]
    beyond = [math.log1p(error - start) for error in errors if error > start]
    index = len(beyond) / math.fsum(beyond) if beyond else _TAIL_INDEX[1]
    return Population(
        best.version,
        best.mean,
        best.between,
        best.within,
        best.drift,
        tuple(round(knot, 6) for knot in knots),
        min(max(index, _TAIL_INDEX[0]), _TAIL_INDEX[1]),
        best.settled,
    )


def _between(ordered: Sequence[float], place: float) -> float:
    at = min(int(place), len(ordered) - 2)
    return ordered[at] + (place - at) * (ordered[at + 1] - ordered[at])
