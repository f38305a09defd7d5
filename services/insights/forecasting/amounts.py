"""What the next order is worth: a customer's mean amount, drawn towards that of all customers while orders are few.

The expected amount is the credibility estimate of Bühlmann (ASTIN Bulletin 4, 1967): the own mean counts with the
number of order days, all customers' mean with :attr:`Amounts.worth` of them. The typical amount (half of the orders are
below) lies between that and the geometric mean, shrunk the same way, as amounts are skewed. The gamma-gamma model of
Fader, Hardie & Lee (2005) would assume that all customers vary alike around their means, which they do not.
"""

from dataclasses import dataclass

import numpy as np

from services.insights.forecasting.arrays import Floats, States

WORTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LEAST_ORDERS = 50


@dataclass(frozen=True, slots=True)
class Amounts:
    """All customers' mean order-day amount (minor units) and mean of its logarithm; the order days these are worth."""

    mean: float
    log_mean: float
    worth: float
    log_worth: float


DEFAULT = Amounts(mean=0.0, log_mean=0.0, worth=0.0, log_worth=0.0)


def fit(states: States, next_amounts: Floats, ordered: Floats) -> Amounts:
    """Return the prior that foretells best what customers as in ``states`` ordered next.

    ``ordered`` is 1 where there was a next order, of ``next_amounts``; worths are chosen by mean absolute error.
    """
    if not len(states):
        return DEFAULT
    mean = float((states.amount / states.days).mean())
    log_mean = float((states.log_amounts / states.days).mean())
    came = ordered > 0
    if came.sum() < LEAST_ORDERS:
        return Amounts(mean, log_mean, 1.0, 1.0)
    known, actual = states.take(came), next_amounts[came]
    worth = min(WORTHS, key=lambda w: _error(expected(known, Amounts(mean, log_mean, w, w)), actual))
    log_worth = min(WORTHS, key=lambda w: _error(_geometric(known, log_mean, w), actual))
    return Amounts(mean, log_mean, worth, log_worth)


def expected(states: States, prior: Amounts) -> Floats:
    """Return the mean amount of the next order day, minor units."""
    return np.asarray((states.amount + prior.worth * prior.mean) / (states.days + prior.worth), np.float64)


def typical(states: States, prior: Amounts) -> Floats:
    """Return an amount that about half of the next order days exceed, minor units."""
    middle = _geometric(states, prior.log_mean, prior.log_worth)
    return np.asarray(np.sqrt(np.maximum(expected(states, prior), 1.0) * middle), np.float64)


def _geometric(states: States, log_mean: float, worth: float) -> Floats:
    return np.asarray(np.exp((states.log_amounts + worth * log_mean) / (states.days + worth)), np.float64)


def _error(forecast: Floats, actual: Floats) -> float:
    return float(np.abs(forecast - actual).mean())
