"""The BG/NBD model (Fader, Hardie & Lee, Marketing Science 24, 2005) by maximum likelihood: a baseline.

Time in weeks, as published; parameters are bounded, because without dropout or heterogeneity they run off to infinity.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from services.insights.forecasting import States
from services.insights.forecasting.arrays import Floats

STARTS = ([0.0, 1.0, 0.0, 1.0], [-1.0, 1.5, -0.3, 0.9])
BOUNDS = [(-6.0, 6.0), (-6.0, 8.0), (-6.0, 5.0), (-6.0, 8.0)]


def _weeks(states: States, day: int) -> tuple[Floats, Floats, Floats]:
    return (
        (states.days - 1).astype(np.float64),
        (states.last - states.first) / 7.0,
        (day - states.first) / 7.0,
    )


def _likelihood(logs: Floats, x: Floats, last: Floats, age: Floats) -> float:
    """Return the mean negative log likelihood."""
    r, alpha, a, b = np.exp(logs)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    stayed = -(r + x) * np.log(alpha + age)
    left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
    return -float((common + np.where(x > 0, np.logaddexp(stayed, left), stayed)).mean())


def fit(states: States, day: int) -> Floats:
    """Return r, alpha, a, b."""
    data = _weeks(states, day)
    found = [
        minimize(_likelihood, start, args=data, method="L-BFGS-B", bounds=BOUNDS, options={"ftol": 1e-12})
        for start in STARTS
    ]
    return np.asarray(np.exp(min(found, key=lambda result: float(result.fun)).x), np.float64)


def expected(parameters: Floats, states: States, day: int, horizon: int) -> Floats:
    """Return the expected order days in the horizon (equation 10 of the paper)."""
    r, alpha, a, b = parameters
    x, last, age = _weeks(states, day)
    t = horizon / 7.0
    # At a = 1 the formula is 0 / 0; a hair beside it is not.
    a = a + 1e-6 if abs(a - 1) < 1e-6 else a
    z = t / (alpha + age + t)
    shrunk = ((alpha + age) / (alpha + age + t)) ** (r + x)
    orders = (a + b + x - 1) / (a - 1) * (1 - shrunk * hyp2f1(r + x, b + x, a + b + x - 1, z))
    gone = (x > 0) * a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + x)
    return np.asarray(orders / (1 + gone), np.float64)
