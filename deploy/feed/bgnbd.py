"""Fit of the BG/NBD model of repeat buying (Fader, Hardie, Lee 2005), in plain Python.

A customer orders at a rate drawn from Gamma(``r``, ``alpha``) and, after each order, leaves for good with a
probability drawn from Beta(``a``, ``b``). Only calibration uses it, so speed matters less than having no
numerical library to install.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class History:
    """One customer's buying: ``repeats`` orders after the first, the last of them at ``last``, watched for ``age``."""

    repeats: int
    last: float
    age: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Parameters in the unit of time of the histories."""

    r: float
    alpha: float
    a: float
    b: float


def log_likelihood(fit: Fit, histories: Sequence[History]) -> float:
    """Logarithm of the likelihood of the histories, equation (6) of the paper."""
    r, alpha, a, b = fit.r, fit.alpha, fit.a, fit.b
    constant = r * log(alpha) - lgamma(r) + lgamma(a + b) - lgamma(b)
    total = 0.0
    for history in histories:
        x = history.repeats
        alive = -(r + x) * log(alpha + history.age)
        term = constant + lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x)
        if x:
            left = log(a / (b + x - 1)) - (r + x) * log(alpha + history.last)
            high = max(alive, left)
            alive = high + log(exp(alive - high) + exp(left - high))
        total += term + alive
    return total


def fit(histories: Sequence[History], start: Fit) -> Fit:
    """Most likely parameters, found by a downhill simplex on their logarithms from ``start``."""

    def cost(point: Point) -> float:
        return -log_likelihood(Fit(*(exp(value) for value in point)), histories)

    best = _downhill(cost, tuple(log(v) for v in (start.r, start.alpha, start.a, start.b)))
    return Fit(*(exp(value) for value in best))


def _downhill(
    cost: Callable[[Point], float], start: Point, tolerance: float = 1e-5, rounds: int = 400
) -> Point:
    """Nelder-Mead with the usual coefficients (reflect 1, expand 2, contract and shrink 1/2)."""
    simplex = [start] + [_moved(start, axis, 0.5) for axis in range(len(start))]
    scored = sorted((cost(point), point) for point in simplex)
    for _ in range(rounds):
        if scored[-1][0] - scored[0][0] < tolerance:
            break
        scored = sorted(_step(cost, scored))
    return scored[0][1]


def _step(cost: Callable[[Point], float], scored: list[tuple[float, Point]]) -> list[tuple[float, Point]]:
    worst_cost, worst = scored[-1]
    rest = scored[:-1]
    centre = tuple(sum(point[i] for _, point in rest) / len(rest) for i in range(len(worst)))

    def along(factor: float) -> tuple[float, Point]:
        point = tuple(c + factor * (w - c) for c, w in zip(centre, worst, strict=True))
        return cost(point), point

    reflected = along(-1.0)
    if reflected[0] < scored[0][0]:
        return [*rest, min(reflected, along(-2.0))]
    if reflected[0] < rest[-1][0]:
        return [*rest, reflected]
    contracted = along(0.5 if reflected[0] >= worst_cost else -0.5)
    if contracted[0] < min(worst_cost, reflected[0]):
        return [*rest, contracted]
    best = scored[0][1]
    shrunk = [tuple((b + p) / 2 for b, p in zip(best, point, strict=True)) for _, point in scored[1:]]
    return [scored[0], *((cost(point), point) for point in shrunk)]


def _moved(point: Point, axis: int, by: float) -> Point:
    return tuple(value + by if i == axis else value for i, value in enumerate(point))
