"""When the next order comes: a lognormal renewal process with a prior from all customers, given the silence so far.

A customer's log gaps are normal; mean and variance have a normal-inverse-gamma prior estimated from all customers by
moments (empirical Bayes), so that the next gap's logarithm has Student's t distribution in closed form (Murphy,
Conjugate Bayesian analysis of the Gaussian distribution, 2007; renewal models of repeat buying: Wheat & Morrison,
J. Marketing Research 27, 1990). Knowing that nothing came for so many days cuts the distribution off there, and the
forecast moves with every day of silence. It is asked for the day *if* the next order comes within :data:`WITHIN` days,
as nobody can date the return of those who have left; how likely that is, the mixture says.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from services.insights.forecasting.arrays import Days, Floats, States

WITHIN = 180
"""Days."""
LEAST_GAPS = 3
_DEGREES = 3.0


@dataclass(frozen=True, slots=True)
class Gaps:
    """Prior of a customer's log gaps (days): mean, the gaps that mean is worth, half degrees of freedom, and scale."""

    mean: float
    worth: float
    half_degrees: float
    scale: float


DEFAULT = Gaps(mean=3.5, worth=1.0, half_degrees=_DEGREES, scale=_DEGREES)


@dataclass(frozen=True, slots=True)
class NextGap:
    """Each customer's predictive of the next gap's logarithm: Student's t; and the silence so far, in days."""

    centre: Floats
    spread: Floats
    degrees: Floats
    silence: Floats


def fit(states: States) -> Gaps:
    """Return the prior. Customers with fewer than three gaps say nothing of spread; too few others: the default."""
    gaps = (states.days - 1).astype(np.float64)
    enough = gaps >= LEAST_GAPS
    if enough.sum() < 30:
        return DEFAULT
    count, means = gaps[enough], states.log_gaps[enough] / gaps[enough]
    variances = np.maximum(states.log_gaps_squared[enough] - count * means**2, 0.0) / (count - 1)
    within = max(float(variances.mean()), 0.01)
    between = max(float(means.var()) - within * float((1 / count).mean()), 0.05)
    return Gaps(float(means.mean()), within / between, _DEGREES, (_DEGREES - 1) * within)


def next_gap(states: States, prior: Gaps, day: int | Days) -> NextGap:
    """Return the predictives on the evening of ``day``, one of all or one of each."""
    count = (states.days - 1).astype(np.float64)
    mean = states.log_gaps / np.maximum(count, 1.0)
    squares = np.maximum(states.log_gaps_squared - count * mean**2, 0.0)
    worth = prior.worth + count
    half = prior.half_degrees + count / 2
    scale = prior.scale + squares / 2 + prior.worth * count * (mean - prior.mean) ** 2 / (2 * worth)
    return NextGap(
        centre=(prior.worth * prior.mean + states.log_gaps) / worth,
        spread=np.sqrt(scale * (worth + 1) / (half * worth)),
        degrees=2 * half,
        silence=(day - states.last).astype(np.float64),
    )


def _longer(gap: NextGap, days: Floats) -> Floats:
    """Return the chance of a gap longer than ``days``."""
    place = (np.log(np.maximum(days, 0.5)) - gap.centre) / gap.spread
    return np.asarray(stdtr(gap.degrees, -place), np.float64)


def days_until(gap: NextGap, *shares: Floats | float) -> list[Floats]:
    """Return within how many days from now the order has come with each chance in ``shares``, if it comes in time."""
    now, late = _longer(gap, gap.silence), _longer(gap, gap.silence + WITHIN)
    found = []
    for share in shares:
        left = np.clip(now - share * (now - late), 1e-12, 1 - 1e-12)
        place = -stdtrit(gap.degrees, left)
        days = np.exp(np.minimum(gap.centre + gap.spread * place, 12.0)) - gap.silence
        found.append(np.asarray(np.clip(days, 0.0, WITHIN), np.float64))
    return found


def has_come(gap: NextGap, days: Floats, share: Floats | float) -> NDArray[np.bool_]:
    """Tell whether ``days_until(gap, share) <= days``, at a tenth of the price of saying how many days these are."""
    now, late = _longer(gap, gap.silence), _longer(gap, gap.silence + WITHIN)
    return np.asarray(_longer(gap, gap.silence + days) <= now - share * (now - late), np.bool_) | (
        days >= WITHIN
    )


def place_of(gap: NextGap, days: Floats, within: int) -> Floats:
    """Return the chance with which the order has come after ``days``, if it comes within ``within`` days."""
    now, late = _longer(gap, gap.silence), _longer(gap, gap.silence + within)
    then = _longer(gap, gap.silence + days)
    return np.asarray(np.clip((now - then) / np.maximum(now - late, 1e-12), 0.0, 1.0), np.float64)
