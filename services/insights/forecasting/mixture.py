"""How often customers order, how regularly, and whether they still do: a mixture over kinds of customers.

A kind of customer orders at a rate, with Erlang-k gaps (k = 1: at any time, k = 8: like clockwork), and after every
order stops for good with a fixed chance. Its likelihood is that of the MBG/CNBD-k model (Platzer & Reutterer, Ticking
away the moments, Marketing Science 35, 2016; Reutterer, Platzer & Schröder, IJRM 38, 2021), with k = 1 that of MBG/NBD
(Fader, Hardie & Lee, Marketing Science 24, 2005; Batislam et al., IJRM 24, 2007). Instead of a gamma and a beta
distribution, every kind on a grid of (k, rate, chance of stopping) has a weight of its own, fitted by EM (the
nonparametric maximum likelihood of Laird, JASA 73, 1978, stopped early): no shape is assumed, everything is a sum.

Customers of different times differ (those that were there first are the loyal ones), so each cohort of first orders
has its own weights, which begin at those of the cohort before and leave them as far as its customers say so.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammainc, gammaln

from services.insights.forecasting.arrays import Days, Floats, States
from services.insights.forecasting.seasons import Clock

SHAPES = (1, 2, 8)
"""Of the gaps: at any time, more regularly, like clockwork."""
RATES = np.geomspace(1 / 1200, 1 / 1.2, 28)
"""Orders a day."""
STOPS = np.array([0.004, 0.02, 0.06, 0.15, 0.35, 0.7])
"""Chances of stopping after an order. Never 0: nobody stays for ever."""
ROUNDS = 30
"""Of EM. Stopping early keeps the weights smooth."""
COHORT_DAYS = 90
LEAST_IN_COHORT = 300
MOST_COHORTS = 6
COHORT_PRIOR = 100.0
"""Customers that the cohort before is worth."""
CHUNK = 8192
"""Customers at a time: what fits the processor's caches rather than the memory."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights of the kinds. ``starts``: first order day from which each cohort but the first counts, rising.

    ``weights[cohort][i]`` is a list over rates and stops (rate major) for the i-th of ``shapes``.
    """

    shapes: tuple[int, ...]
    starts: tuple[int, ...]
    weights: tuple[tuple[tuple[float, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """The distribution of the number of orders in a horizon: moments, chance of none, chance of being active."""

    mean: Floats
    second: Floats
    none: Floats
    active: Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """What the likelihood needs of the states, in operational days."""

    repeats: Floats
    log_gaps: Floats
    span: Floats
    silence: Floats


def seen_at(states: States, clock: Clock, day: int) -> Seen:
    """Return repeats, gaps, their span and the silence until the evening of ``day`` in operational time.

    The gaps' logarithms are moved by that of the span's ratio, which is exact when the index is constant.
    """
    span = clock.between(states.first, states.last)
    calendar = (states.last - states.first).astype(np.float64)
    stretch = np.log(np.where(calendar > 0, span, 1.0) / np.where(calendar > 0, calendar, 1.0))
    repeats = (states.days - 1).astype(np.float64)
    return Seen(repeats, states.log_gaps + repeats * stretch, span, clock.between(states.last, day))


def _part(seen: Seen, which: slice | Days) -> Seen:
    return Seen(seen.repeats[which], seen.log_gaps[which], seen.span[which], seen.silence[which])


def _gaps_likelihood(seen: Seen, shape: int) -> tuple[Floats, Floats]:
    """Return the likelihood of the gaps under each rate, each customer's largest being 1, and that one's logarithm."""
    terms = np.stack([shape * np.log(shape * RATES) - gammaln(shape), -shape * RATES])
    logs = np.stack([seen.repeats, seen.span], axis=1) @ terms
    highest = logs.max(1)
    return np.exp(logs - highest[:, None]), highest + (shape - 1) * seen.log_gaps


def _stages(shape: int, silence: Floats) -> list[Floats]:
    """Return the chance of silence until now with each number of the Erlang's stages passed."""
    passed = shape * RATES * silence[:, None]
    term = np.exp(-passed)
    stages = []
    for stage in range(shape):
        stages.append(term)
        term = term * passed / (stage + 1)
    return stages


def _likelihood(seen: Seen, shapes: tuple[int, ...]) -> Floats:
    """Return customers x kinds."""
    stayed = (1 - STOPS) ** seen.repeats[:, None]
    parts = [_gaps_likelihood(seen, shape) for shape in shapes]
    top = np.max([highest for _, highest in parts], axis=0)
    columns = []
    for shape, (gaps, highest) in zip(shapes, parts, strict=True):
        silent = np.add.reduce(_stages(shape, seen.silence))[..., None]
        scaled = gaps * np.exp(highest - top)[:, None]
        kind = scaled[..., None] * stayed[:, None, :] * (STOPS + (1 - STOPS) * silent)
        columns.append(kind.reshape(len(seen.repeats), -1))
    return np.concatenate(columns, axis=1)


def _em(likelihood: Floats, start: Floats, prior: float) -> Floats:
    weights = start.copy()
    for _ in range(ROUNDS):
        explained = np.maximum(likelihood @ weights, 1e-300)
        weights = weights * (likelihood.T @ (1 / explained)) + prior * start
        weights /= weights.sum()
    return weights


def fit(states: States, clock: Clock, day: int, shapes: tuple[int, ...]) -> Mixture:
    """Return the weights for customers as seen on the evening of ``day``."""
    kinds = len(shapes) * len(RATES) * len(STOPS)
    likelihood = _likelihood(seen_at(states, clock, day), shapes)
    weights = _em(likelihood, np.full(kinds, 1 / kinds), 0.0)
    starts = _cohort_starts(states.first, day)
    cohort = np.searchsorted(np.array(starts, np.int64), states.first, "right")
    fitted = []
    for number in range(len(starts) + 1):
        weights = _em(likelihood[cohort == number], weights, COHORT_PRIOR)
        parts = np.round(weights, 9).reshape(len(shapes), -1)
        fitted.append(tuple(tuple(part.tolist()) for part in parts))
    return Mixture(shapes, tuple(starts), tuple(fitted))


def _cohort_starts(first: Days, day: int) -> list[int]:
    """Return where cohorts begin: every :data:`COHORT_DAYS`, later where customers are few."""
    starts: list[int] = []
    start = int(first.min())
    while len(starts) < MOST_COHORTS - 1:
        following = start + COHORT_DAYS
        while following < day and ((first >= start) & (first < following)).sum() < LEAST_IN_COHORT:
            following += COHORT_DAYS // 6
        if following >= day or (first >= following).sum() < LEAST_IN_COHORT:
            break
        starts.append(following)
        start = following
    return starts


def forecast(mixture: Mixture, states: States, clock: Clock, day: int, horizon: int) -> Counts:
    """Return the distribution of the orders in the ``horizon`` days after ``day``, at least 1 day."""
    [[counts]] = forecasts((mixture,), states, clock, day, (horizon,))
    return counts


def forecasts(
    mixtures: Sequence[Mixture], states: States, clock: Clock, day: int, horizons: Sequence[int]
) -> list[list[Counts]]:
    """Return the same per mixture and horizon. What gaps and silences say is asked once for all of them."""
    spans = tuple(float(clock.between(day, day + horizon)) for horizon in horizons)
    seen = seen_at(states, clock, day)
    starts = sorted({start for mixture in mixtures for start in mixture.starts})
    cohort = np.searchsorted(np.array(starts, np.int64), states.first, "right")
    found = np.empty((len(mixtures), len(horizons), 4, len(states)))
    for number in np.unique(cohort).tolist():
        members = np.flatnonzero(cohort == number)
        asked = [_asked(mixture, int(states.first[members[0]]), spans) for mixture in mixtures]
        for start in range(0, len(members), CHUNK):
            which = members[start : start + CHUNK]
            found[..., which] = _expected(_part(seen, which), asked)
    return [[Counts(*counts) for counts in of_mixture] for of_mixture in found]


Asked = dict[int, tuple[Floats, Floats]]
"""By shape what the weights make of chances: per rate (and stop) whoever has stopped; per stage and rate (and stop)
whoever is active, and then the three tables of each span."""


def _asked(mixture: Mixture, first: int, spans: tuple[float, ...]) -> Asked:
    """Return it for the cohort of the customers whose first order day is ``first``."""
    asked = {}
    weights = mixture.weights[bisect_right(mixture.starts, first)]
    for shape, part in zip(mixture.shapes, weights, strict=True):
        grid = np.array(part).reshape(len(RATES), len(STOPS))
        active = (grid * (1 - STOPS))[None, :, :, None] * _tables(shape, spans)
        asked[shape] = grid * STOPS, active.reshape(shape * len(RATES), -1)
    return asked


def _expected(seen: Seen, asked: Sequence[Asked]) -> Floats:
    """Return mixtures x spans x (mean, mean square, none, active) x customers."""
    stayed = (1 - STOPS) ** seen.repeats[:, None]
    parts: list[list[tuple[Floats, Floats, Floats]]] = [[] for _ in asked]
    for shape in sorted({shape for one in asked for shape in one}):
        gaps, highest = _gaps_likelihood(seen, shape)
        here = np.concatenate([gaps * chance for chance in _stages(shape, seen.silence)], axis=1)
        for one, into in zip(asked, parts, strict=True):
            if shape in one:
                stopped, active = one[shape]
                into.append((highest, _summed(gaps @ stopped, stayed)[:, 0], _summed(here @ active, stayed)))
    return np.stack([_shares(of_mixture) for of_mixture in parts])


def _summed(found: Floats, stayed: Floats) -> Floats:
    """Return customers x what is asked, summed over the chances of stopping."""
    return np.asarray(np.einsum("nsc,ns->nc", found.reshape(*stayed.shape, -1), stayed), np.float64)


def _shares(parts: list[tuple[Floats, Floats, Floats]]) -> Floats:
    """Return spans x 4 x customers from the shapes' (logarithm of the scale, stopped, active and sums)."""
    top = np.max([highest for highest, _, _ in parts], axis=0)
    scales = [np.exp(highest - top) for highest, _, _ in parts]
    gone = np.add.reduce([scale * stopped for scale, (_, stopped, _) in zip(scales, parts, strict=True)])
    sums = np.add.reduce([scale * active.T for scale, (_, _, active) in zip(scales, parts, strict=True)])
    total = np.maximum(sums[0] + gone, 1e-300)
    shares = sums / total
    found = np.empty(((len(sums) - 1) // 3, 4, len(gone)))
    found[:, :3] = shares[1:].reshape(-1, 3, len(gone))
    found[:, 2] += gone / total
    found[:, 3] = shares[0]
    return found


@lru_cache(maxsize=64)
def _tables(shape: int, spans: tuple[float, ...]) -> Floats:
    """Return stages x rates x stops x (1, and per span mean, mean square and chance of none). Nobody may change it."""
    ones = np.ones((len(RATES), len(STOPS)))
    stages = [
        np.stack([ones, *(table for span in spans for table in orders_from(shape, stage, span))], axis=-1)
        for stage in range(shape)
    ]
    return np.stack(stages)


def orders_from(shape: int, stage: int, span: float) -> tuple[Floats, Floats, Floats]:
    """Return mean and mean square of the orders in ``span``, and the chance of none, for rates x stops.

    Of a customer that is active and has ``stage`` stages behind it: n orders need n * shape - stage further stages,
    and n - 1 times not to have stopped.
    """
    most = int(min(500, span * RATES[-1] + 10 * np.sqrt(span) + 10))
    number = np.arange(1, most + 1)[:, None]
    reached = gammainc(number * shape - stage, shape * RATES * span)
    stayed = (1 - STOPS) ** (number - 1)
    mean = reached.T @ stayed
    second = reached.T @ (stayed * (2 * number - 1))
    return mean, second, np.repeat(1 - reached[0][:, None], len(STOPS), axis=1)
