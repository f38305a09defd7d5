"""The year's shape: how much busier a day of the year is than the average day, and time counted in busy days.

While a customer is there, from its first order day until its mean gap after its last, its repeat orders lie as the
seasons have it, whenever it came and whether or not it has left: a growing business does not pass for a season, and
those who come for one season only are seen. Rates and index are fitted in turns (maximum likelihood of inhomogeneous
Poisson processes: Cox & Lewis, The statistical analysis of series of events, 1966). Whether there are seasons at all is
decided by what would have forecast the past (:mod:`~services.insights.forecasting.population`).

The index is smoothed around the circle of the year by a Gaussian kernel, and its deviations from 1 are shrunk by the
share of their variance that chance explains (Efron & Morris, JASA 68, 1973). Models then count in operational time
(Feller II, 1971, X.7): a day counts as much as its index; the same rate means more orders in the busy months.
"""

from dataclasses import dataclass

import numpy as np

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
    """Return what the seasons may be as known on ``day``: none, and once a year is known what it shows."""
    known = histories.until(day)
    span = day - int(known.day.min()) + 1 if len(known.day) else 0
    none = Season(day + 1, None)
    return [none] if span < YEAR else [none, _estimated(known, day, span)]


def _estimated(known: Histories, day: int, span: int) -> Season:
    start = day + 1 - span
    repeats = known.customer[1:] == known.customer[:-1]
    starts, ends = np.append(True, ~repeats), np.append(~repeats, True)
    first, last = known.day[starts], known.day[ends]
    count = np.bincount(np.cumsum(starts) - 1) - 1
    # As long again as the mean gap, a customer was still there and might have ordered.
    until = np.minimum(last + np.round((last - first) / np.maximum(count, 1)).astype(np.int64), day)
    of_year = (np.arange(start, day + 1) - day - 1) % YEAR
    came = _smooth(np.bincount((known.day[~starts] - day - 1) % YEAR, minlength=YEAR))
    index = np.ones(YEAR)
    for _ in range(ROUNDS):
        clock = Season(day + 1, tuple(index.tolist())).clock()
        rate = np.where(count > 0, count / np.maximum(clock.between(first, until), 1e-9), 0.0)
        change = np.bincount(first + 1 - start, weights=rate, minlength=span + 1)
        change -= np.bincount(until + 1 - start, weights=rate, minlength=span + 1)
        exposed = _smooth(np.bincount(of_year, weights=np.cumsum(change)[:span], minlength=YEAR))
        index = came / np.maximum(exposed, 1e-9)
        index = np.clip(index / max(float(index.mean()), 1e-9), 0.05, 5.0)
    return _shrunk(index, int(count.sum()), day)


def _shrunk(index: Floats, seen: int, day: int) -> Season:
    noise = CHANCE * float((_KERNEL**2).sum()) * YEAR / max(seen, 1)
    believed = max(0.0, 1.0 - noise / max(float(index.var()), 1e-12))
    index = 1.0 + believed * (index / index.mean() - 1.0)
    return Season(day + 1, tuple(round(float(value), 4) for value in index / index.mean()))


def _smooth(values: Floats | Days) -> Floats:
    return np.asarray(np.real(np.fft.ifft(np.fft.fft(values) * np.fft.fft(_KERNEL))), np.float64)


_AROUND = np.minimum(np.arange(YEAR), YEAR - np.arange(YEAR))
_KERNEL = np.exp(-0.5 * (_AROUND / SPREAD_DAYS) ** 2)
_KERNEL /= _KERNEL.sum()
