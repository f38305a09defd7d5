"""How good the forecasts of orders are, by rolling origin, next to what one would do without them.

``make accuracy`` prints the tables. At an origin (the evening before the first of a month) only what happened until
then is known, to the models, the seasons and the baselines alike, and everything is fitted anew. Asked are the order
days of every customer in the horizon, the day of the next order, and what it is worth.

    make accuracy ARGS="--uci FILE [FILE ...] --from 2011-07-01 --to 2011-09-01"   another file of the UCI layout
    make accuracy ARGS="--data FOLDER"                                             another folder of the same files
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from services.insights.forecasting import Forecast, Histories, States, forecast, forecasts, refit, states_at
from services.insights.forecasting.arrays import Days, Floats, counts_between, next_order
from tests.accuracy import bgnbd
from tests.accuracy.order_data import cdnow_purchases, histories, months, uci_lines, wwi_lines
from tests.accuracy.usual import report as report_products

MEAN, MEDIAN = "ours, mean", "ours, median"
LAST_YEAR = "same days last year"
MODEL = "ours"
WITHIN = 160
"""Days in which a next order must have come to be asked for: what the data show of the last origins."""
REGULAR = 5
FIRST = date(2010, 5, 1)
"""First origin on the UCI file: five months are known, and twelve origins make the year."""


@dataclass(slots=True)
class Errors:
    """Errors of one method: forecast less truth, per origin; and the truths."""

    errors: dict[int, Floats] = field(default_factory=dict)
    truths: dict[int, Floats] = field(default_factory=dict)

    def add(self, origin: int, forecast: Floats, truth: Floats) -> None:
        """Add the forecasts of one origin."""
        self.errors[origin], self.truths[origin] = forecast - truth, truth

    def _all(self, like: "Errors | None" = None) -> Floats:
        return np.concatenate([self.errors[origin] for origin in (like or self).errors])

    def mae(self, like: "Errors | None" = None) -> float:
        """Return the mean absolute error, on the origins that ``like`` has."""
        return float(np.abs(self._all(like)).mean())

    def rmse(self, like: "Errors | None" = None) -> float:
        """Return the root of the mean squared error, on the origins that ``like`` has."""
        return float(np.sqrt((self._all(like) ** 2).mean()))

    def median(self) -> float:
        """Return the median absolute error."""
        return float(np.median(np.abs(self._all())))

    @property
    def bias(self) -> float:
        """Return the sum of the forecasts over the sum of the truths, less 1."""
        return float(self._all().sum() / max(np.concatenate(list(self.truths.values())).sum(), 1e-9))


Scores = dict[str, Errors]


@dataclass(slots=True)
class Measured:
    """Scores by question; the day's intervals as (inside, width in days) per customer asked; CPU seconds per refit."""

    counts: Scores = field(default_factory=dict)
    dates: Scores = field(default_factory=dict)
    amounts: Scores = field(default_factory=dict)
    totals: Scores = field(default_factory=dict)
    inside: list[Floats] = field(default_factory=list)
    width: list[Floats] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """Share of next orders inside their 80 % interval."""
        return float(np.concatenate(self.inside).mean())


def measure(data: Histories, origins: Sequence[int], horizon: int) -> Measured:
    """Ask everything at every origin."""
    measured = Measured()
    end = int(data.day.max())
    for origin in origins:
        began = time.process_time()
        population = refit(data, origin, 1)
        measured.seconds.append(time.process_time() - began)
        customers, states = states_at(data, origin)
        found = forecast(states, population, origin, horizon)
        if origin + horizon <= end:
            _counts(measured, data, customers, states, found, origin, horizon)
        _next_orders(measured, data, customers, states, found, origin)
    return measured


def _add(scores: Scores, origin: int, truth: Floats, forecasts: dict[str, Floats]) -> None:
    for name, values in forecasts.items():
        scores.setdefault(name, Errors()).add(origin, values, truth)


def _counts(
    measured: Measured,
    data: Histories,
    customers: Days,
    states: States,
    found: Forecast,
    origin: int,
    horizon: int,
) -> None:
    truth = counts_between(data, customers, origin, origin + horizon)
    rate = (states.days - 1) / np.maximum(origin - states.first, 1) * horizon
    ways = {
        "zero": np.zeros(len(states)),
        "own rate x time": rate,
        f"last {horizon} days again": counts_between(data, customers, origin - horizon, origin),
    }
    # The first origin on the data's anniversary counts: the window a year before is then whole.
    if origin - 365 >= int(data.day.min()) - 1:
        ways[LAST_YEAR] = counts_between(data, customers, origin - 365, origin - 365 + horizon)
    ways["BG/NBD"] = bgnbd.expected(bgnbd.fit(states, origin), states, origin, horizon)
    _add(measured.counts, origin, truth, {**ways, MEAN: found.orders, MEDIAN: found.median_orders})
    inside = (data.day > origin) & (data.day <= origin + horizon)
    worth = np.zeros(len(customers))
    known = np.isin(data.customer, customers) & inside
    np.add.at(worth, np.searchsorted(customers, data.customer[known]), data.amount[known] / 100)
    own = states.amount / states.days / 100
    totals = {"zero": ways["zero"], "own rate x own mean": rate * own, MODEL: found.amount / 100}
    _add(measured.totals, origin, worth, totals)


def _next_orders(
    measured: Measured, data: Histories, customers: Days, states: States, found: Forecast, origin: int
) -> None:
    day, worth = next_order(data, customers, origin)
    came = (day > 0) & (day - origin <= WITHIN)
    own = states.amount / states.days
    amounts = {"own mean": own, "ours, mean": found.order_amount, "ours, typical": found.typical_amount}
    _add(measured.amounts, origin, worth[came] / 100, {n: a[came] / 100 for n, a in amounts.items()})
    asked = came & (states.days >= REGULAR)
    truth = (day[asked] - origin).astype(np.float64)
    last = (states.last[asked] - origin).astype(np.float64)
    mean_gap = (states.last - states.first)[asked] / (states.days[asked] - 1)
    naive = {
        "last + own mean gap": np.maximum(last + mean_gap, 1.0),
        "last + own median gap": np.maximum(last + _median_gaps(data, customers[asked], origin), 1.0),
    }
    _add(
        measured.dates,
        origin,
        truth,
        {**naive, MODEL: (found.expected_day[asked] - origin).astype(np.float64)},
    )
    low, high = found.earliest[asked] - origin, found.latest[asked] - origin
    measured.inside.append(((truth >= low) & (truth <= high)).astype(np.float64))
    measured.width.append((high - low).astype(np.float64))


def _median_gaps(data: Histories, customers: Days, origin: int) -> Floats:
    known = data.until(origin)
    starts = np.searchsorted(known.customer, customers, "left")
    ends = np.searchsorted(known.customer, customers, "right")
    return np.array([np.median(np.diff(known.day[a:b])) for a, b in zip(starts, ends, strict=True)])


def count_lines(measured: Measured) -> Iterator[str]:
    """Yield the table of order counts and of amounts."""
    ours, median = measured.counts[MEAN], measured.counts[MEDIAN]
    yield f"{'orders per customer':24} {'MAE':>8} {'RMSE':>8} {'bias':>7}   {'median MAE':>10} {'mean RMSE':>10}"
    for name, errors in measured.counts.items():
        line = f"{name:24} {errors.mae():8.4f} {errors.rmse():8.4f} {errors.bias:+7.1%}"
        if name not in (MEAN, MEDIAN):
            line += f"   {median.mae(errors) / errors.mae() - 1:+10.1%} {ours.rmse(errors) / errors.rmse() - 1:+10.1%}"
        yield line
    yield "  per origin, bias of the mean: " + " ".join(
        f"{ours.errors[o].sum() / ours.truths[o].sum():+.0%}" for o in ours.errors
    )
    for title, scores in (("amount in the horizon", measured.totals),):
        yield from _plain(title, scores)


def _plain(title: str, scores: Scores) -> Iterator[str]:
    yield f"{title:24} {'MAE':>8} {'RMSE':>8} {'bias':>7}"
    for name, errors in scores.items():
        yield f"{name:24} {errors.mae():8.1f} {errors.rmse():8.1f} {errors.bias:+7.1%}"


def date_lines(measured: Measured) -> Iterator[str]:
    """Yield the table of next order days and amounts."""
    yield from _plain("amount of the next order", measured.amounts)
    yield f"{'day of the next order':24} {'median':>8} {'mean':>8} {'bias':>7}   days, {REGULAR}+ order days"
    for name, errors in measured.dates.items():
        days = float(np.concatenate(list(errors.errors.values())).mean())
        yield f"{name:24} {errors.median():8.1f} {errors.mae():8.1f} {days:+7.1f}"
    widths = np.concatenate(measured.width)
    yield (
        f"  80 % intervals: {measured.coverage:.1%} inside, width {widths.mean():.0f} days in the mean, "
        f"{np.median(widths):.0f} in the median, {len(widths)} forecasts"
    )


def speed_lines(data: Histories, wanted: int = 100_000) -> Iterator[str]:
    """Yield the CPU time that forecasts of many customers take."""
    day = int(data.day.max())
    population = refit(data, day, 1)
    _, states = states_at(data, day)
    many = states.take(np.resize(np.arange(len(states)), wanted))
    for horizons in ((30,), (11, 30, 90)):
        began = time.process_time()
        forecasts(many, population, day, horizons)
        took = time.process_time() - began
        yield f"forecast of {wanted:,} customers, {len(horizons)} horizon(s): {took:.2f} s of CPU"


def _span(origins: Sequence[int]) -> str:
    return " to ".join(str(date.fromordinal(origin)) for origin in (origins[0], origins[-1]))


def report(arguments: argparse.Namespace) -> Iterable[str]:
    """Yield all tables, line by line."""
    lines = uci_lines(arguments.uci, arguments.data)
    uci = histories(lines)
    end = date.fromordinal(int(uci.day.max()))
    for horizon in (90, 30):
        last = min(arguments.to or end, date.fromordinal(end.toordinal() - horizon + 1))
        origins = months(arguments.since or FIRST, last)
        yield f"\n== UCI, {horizon} days, {len(origins)} monthly origins, evenings of {_span(origins)}"
        measured = measure(uci, origins, horizon)
        yield from count_lines(measured)
        if horizon == 90:
            yield from date_lines(measured)
        yield f"  refit: {max(measured.seconds):.1f} s of CPU at most"
    yield from speed_lines(uci)
    yield "\n== UCI, products of the next order"
    since = (arguments.since or FIRST).toordinal()
    yield from report_products(lines, since)
    if arguments.uci:
        return
    cdnow = histories(cdnow_purchases((), arguments.data))
    yield "\n== CDNOW, 39 + 39 weeks"
    yield from count_lines(measure(cdnow, [date(1997, 9, 30).toordinal()], 273))
    wwi_raw = wwi_lines(arguments.data)
    wwi = histories(wwi_raw)
    last_day = int(wwi.day.max())
    yield "\n== WWI, 30 days, 6 origins"
    yield from count_lines(measure(wwi, [last_day - 30 * back for back in range(6, 0, -1)], 30))
    yield "\n== WWI, products of the next order"
    yield from report_products(wwi_raw, last_day - 180)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="the folder with the data files (default: TALLYMAN_DATA)")
    parser.add_argument("--uci", type=Path, nargs="+", default=(), help="files of the UCI layout instead")
    parser.add_argument("--from", dest="since", type=date.fromisoformat, help="first origin, YYYY-MM-DD")
    parser.add_argument("--to", type=date.fromisoformat, help="last origin, YYYY-MM-DD")
    for line in report(parser.parse_args()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
