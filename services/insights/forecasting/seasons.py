"""The year's shape: how much busier a day of the year is than the average day, and time counted in busy days.

The index is the company's order days over the last whole years, smoothed around the circle of the year (a Gaussian
kernel regression on the day of the year), every year divided by its own mean and freed of the year-on-year growth. Its
deviations from 1 are shrunk by the share of their variance that chance alone explains (Efron & Morris, JASA 68, 1973),
so a business without seasons has none here. Models then count in operational time (Feller II, 1971, X.7): a day counts
as much as its index, so that the same rate means more orders in the busy months.
"""

from dataclasses import dataclass

import numpy as np

from services.insights.forecasting.arrays import Days, Floats

YEAR = 365
SPREAD_DAYS = 8.0
"""Standard deviation of the smoothing kernel."""
CHANCE = 2.0
"""How many times a Poisson's variance the days' counts have."""
GROWTH_KNOWN_AFTER = 28
"""Days of a second year before growth from year to year is believed."""
ONE_YEAR_ONLY = 0.7
"""Part of the index that is believed before that: growth within the year may look like a season."""


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


def season_of(order_days: Days, day: int) -> Season:
    """Return the seasons as known on ``day`` from the company's order days until then (one element per order day)."""
    start = int(order_days.min()) if len(order_days) else day
    span = day - start + 1
    if span < YEAR:
        return Season(day + 1, None)
    counts = np.bincount(order_days[order_days <= day] - start, minlength=span).astype(np.float64)
    years = span // YEAR
    growth = _yearly_growth(counts, span)
    ramp = np.exp((growth or 0.0) * (np.arange(YEAR) - YEAR / 2) / YEAR)
    shapes = []
    for year in range(years):
        shape = counts[span - YEAR * (year + 1) : span - YEAR * year] / ramp
        shapes.append(shape / max(shape.mean(), 1e-9))
    around = np.minimum(np.arange(YEAR), YEAR - np.arange(YEAR))
    kernel = np.exp(-0.5 * (around / SPREAD_DAYS) ** 2)
    kernel /= kernel.sum()
    smooth = np.real(np.fft.ifft(np.fft.fft(np.mean(shapes, axis=0)) * np.fft.fft(kernel)))
    seen = max(float(counts[-YEAR * years :].sum()), 1.0)
    noise = CHANCE * float((kernel**2).sum()) * YEAR / seen
    variance = max(float(smooth.var()), 1e-12)
    believed = max(0.0, 1.0 - noise / variance) * (ONE_YEAR_ONLY if growth is None else 1.0)
    index = np.maximum(1.0 + believed * (smooth - 1.0), 0.05)
    return Season(day + 1, tuple(round(float(value), 4) for value in index / index.mean()))


def _yearly_growth(counts: Floats, span: int) -> float | None:
    """Return the log growth from year to year, over the days that a year before is known of; None: too few."""
    overlap = span - YEAR
    if overlap < GROWTH_KNOWN_AFTER:
        return None
    overlap = min(overlap, YEAR)
    now, before = counts[-overlap:].sum(), counts[-overlap - YEAR : span - YEAR].sum()
    return float(np.log((now + 10.0) / (before + 10.0)) * overlap / (overlap + 60.0))
