"""The year's shape: how much busier a day of the year is than the average day, and time counted in busy days.

There are two ways to see it, and a third is that there are no seasons. By customer: between a customer's first and last
order day its orders lie as the seasons have it, whenever it came and whether or not it has left, so a growing business
does not pass for a season (maximum likelihood of an inhomogeneous Poisson process given its ends: Cox & Lewis, The
statistical analysis of series of events, 1966). By the company: all order days of whole years, each divided by its
mean; that sees those too who come for one season only. Which holds is decided by which would have forecast the past
(:mod:`~services.insights.forecasting.population`).

Both are smoothed around the circle of the year by a Gaussian kernel, and deviations from 1 are shrunk by the share of
their variance that chance explains (Efron & Morris, JASA 68, 1973). Models then count in operational time
(Feller II, 1971, X.7): a day counts as much as its index; the same rate means more orders in the busy months.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.insights.forecasting.arrays import Days, Floats, Histories

YEAR = 365
SPREAD_DAYS = 8.0
"""Standard deviation of the smoothing kernel."""
CHANCE = 2.0
"""How many times a Poisson's variance the days' counts have."""
ROUNDS = 6
"""Until the index, and the rates that follow from it, have settled."""


@dataclass(frozen=True, slots=True)
class Season:
    """Index of the days of a year beginning on ``anchor``; a mean of 1. None: no seasons known."""

    anchor: int
    index: tuple[float, ...] | None

    def clock(self) -> "Clock":
        """Return the clock that counts busy days."""
        index = np.ones(YEAR) if self.index is None else np.array(self.index)
        return Clock(self.anchor, index, np.concatenate([[0.0], np.cumsum(index)]))


@dataclass(frozen=True, slots=True)
class Clock:
    """Operational time: the index summed up."""

    anchor: int
    index: Floats
    cumulative: Floats

    def at(self, day: Days | int) -> Floats:
        """Return the operational time at the evening of ``day``."""
        years, days = np.divmod(np.asarray(day) - self.anchor + 1, YEAR)
        return np.asarray(years * self.cumulative[-1] + self.cumulative[days], np.float64)

    def between(self, after: Days | int, until: Days | int) -> Floats:
        """Return the operational days after the evening of ``after`` and up to that of ``until``."""
        return np.asarray(self.at(until) - self.at(after), np.float64)

    def remembered(self, since: Days, now: int, half_life: int) -> Floats:
        """Return the operational days from ``since`` to ``now``, each counted as 2 ** -(its age / half-life)."""
        longest = 12 * half_life
        back = np.arange(longest)
        weights = self.index[(now - back - self.anchor) % YEAR] * 2.0 ** (-back / half_life)
        table = np.concatenate([[0.0], np.cumsum(weights)])
        return np.asarray(table[np.clip(now - since, 0, longest)], np.float64)


def candidates(histories: Histories, day: int) -> list[Season]:
    """Return what the seasons may be as known on ``day``: none, and after a year by customer and by the company."""
    known = histories.until(day)
    span = day - int(known.day.min()) + 1 if len(known.day) else 0
    none = Season(day + 1, None)
    if span < YEAR:
        return [none]
    return [none, _by_customer(known, day, span), _by_company(known, day, span)]


def _by_customer(known: Histories, day: int, span: int) -> Season:
    start = day + 1 - span
    first, last, inner = _inner(known)
    customers = np.bincount(np.cumsum(_starts(known.customer)) - 1, weights=inner)
    index = np.ones(YEAR)
    of_year = (np.arange(start, day + 1) - day - 1) % YEAR
    came = _smooth(np.bincount((known.day[inner] - day - 1) % YEAR, minlength=YEAR))
    for _ in range(ROUNDS):
        clock = Season(day + 1, tuple(index.tolist())).clock()
        rate = np.where(customers > 0, customers / np.maximum(clock.between(first, last - 1), 1e-9), 0.0)
        change = np.bincount(first + 1 - start, weights=rate, minlength=span + 1)
        change = change - np.bincount(last - start, weights=rate, minlength=span + 1)
        exposed = _smooth(np.bincount(of_year, weights=np.cumsum(change)[:span], minlength=YEAR))
        index = came / np.maximum(exposed, 1e-9)
        index = np.clip(index / max(float(index.mean()), 1e-9), 0.05, 5.0)
    return _shrunk(index, int(inner.sum()), day)


def _by_company(known: Histories, day: int, span: int) -> Season:
    years = span // YEAR
    shapes = []
    for year in range(years):
        inside = (known.day > day - YEAR * (year + 1)) & (known.day <= day - YEAR * year)
        shape = np.bincount((known.day[inside] - day - 1) % YEAR, minlength=YEAR)
        shapes.append(shape / max(float(shape.mean()), 1e-9))
    seen = int((known.day > day - YEAR * years).sum())
    return _shrunk(np.maximum(_smooth(np.mean(shapes, axis=0)), 0.05), seen, day)


def _shrunk(index: Floats, seen: int, day: int) -> Season:
    noise = CHANCE * float((_KERNEL**2).sum()) * YEAR / max(seen, 1)
    believed = max(0.0, 1.0 - noise / max(float(index.var()), 1e-12))
    index = 1.0 + believed * (index / index.mean() - 1.0)
    return Season(day + 1, tuple(round(float(value), 4) for value in index / index.mean()))


def _starts(customer: Days) -> NDArray[np.bool_]:
    return np.append(True, customer[1:] != customer[:-1])


def _inner(known: Histories) -> tuple[Days, Days, NDArray[np.bool_]]:
    """Return each customer's first and last order day, and which order days lie between them."""
    starts = _starts(known.customer)
    ends = np.append(starts[1:], True)
    return known.day[starts], known.day[ends], ~starts & ~ends


def _smooth(values: Floats | Days) -> Floats:
    return np.asarray(np.real(np.fft.ifft(np.fft.fft(values) * np.fft.fft(_KERNEL))), np.float64)


_AROUND = np.minimum(np.arange(YEAR), YEAR - np.arange(YEAR))
_KERNEL = np.exp(-0.5 * (_AROUND / SPREAD_DAYS) ** 2)
_KERNEL /= _KERNEL.sum()
