"""How good the forecast of payment dates is, by rolling origin on real invoices, next to what one would do without it.

``python -m tests.accuracy.payments`` prints the table. At an origin only invoices settled before it are known, and the
population is fitted on them anew every four weeks; invoices still open are known to be open and nothing else. Two
questions are asked: on the day an invoice is issued, and every two weeks of all invoices that are open then.

The baselines know the same: the due day; the due day plus the average (median, last) of the customer's own days late
so far, all customers' average for a customer without any. "not in the past" is that average, but tomorrow at the
earliest.
"""

import argparse
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from zlib import crc32

from deploy.feed.data_folder import IBM, table
from services.credit.rules.habits import DEFAULT, Population, fit, forecast, habit_of

FIRST_ORIGIN_DAYS = 84
ORIGIN_EVERY_DAYS = 14
FIT_EVERY_DAYS = 28


@dataclass(frozen=True, slots=True)
class Invoice:
    """A settled invoice; days are ordinals."""

    customer: str
    issued: int
    due: int
    settled: int

    @property
    def late(self) -> int:
        """Days late; negative: early."""
        return self.settled - self.due


@dataclass(slots=True)
class Score:
    """Errors of one method, in days."""

    errors: list[float]
    inside: int = 0
    width: int = 0

    @property
    def mean_absolute(self) -> float:
        """Mean absolute error in days."""
        return fmean(map(abs, self.errors))

    @property
    def coverage(self) -> float:
        """Share of settlements inside the interval."""
        return self.inside / len(self.errors)


def ibm_invoices(folder: Path | None = None) -> list[Invoice]:
    """Return the invoices of the IBM file.

    Raises:
        DataMissing: when the file is not there.
    """
    rows = table(IBM, folder).select("customerID", "InvoiceDate", "DueDate", "SettledDate").iter_rows()
    return [Invoice(customer, *(day.date().toordinal() for day in days)) for customer, *days in rows]


class _Known:
    """What is known of settled invoices at any day."""

    def __init__(self, invoices: Sequence[Invoice]) -> None:
        self._days: dict[str, list[int]] = {}
        self._late: dict[str, list[int]] = {}
        for invoice in sorted(invoices, key=lambda i: (i.settled, i.issued, i.due)):
            self._days.setdefault(invoice.customer, []).append(invoice.settled)
            self._late.setdefault(invoice.customer, []).append(invoice.late)
        self._fits: dict[tuple[int, int | None], Population] = {}

    def of(self, customer: str, day: int) -> list[int]:
        return self._late[customer][: bisect_right(self._days[customer], day)]

    def of_all(self, day: int, half: int | None) -> list[list[int]]:
        """Histories of all customers, or of one half of them."""
        wanted = (c for c in self._late if half is None or half_of(c) == half)
        return [history for customer in wanted if (history := self.of(customer, day))]

    def population(self, day: int, half: int | None) -> Population:
        """The population as fitted at the last refit before ``day``."""
        at = day - day % FIT_EVERY_DAYS
        if (at, half) not in self._fits:
            [*_, fitted] = fit(self.of_all(at, half), 1)
            self._fits[at, half] = fitted or DEFAULT
        return self._fits[at, half]


def half_of(customer: str) -> int:
    """Return to which half a customer belongs."""
    return crc32(customer.encode()) % 2


Baseline = Callable[[Sequence[int], float, int], float]
BASELINES: dict[str, Baseline] = {
    "due date": lambda own, everybody, first: 0.0,
    "due + own average": lambda own, everybody, first: fmean(own) if own else everybody,
    "due + own average, not in the past": lambda own, everybody, first: max(
        fmean(own) if own else everybody, first
    ),
    "due + own median": lambda own, everybody, first: median(own) if own else everybody,
    "due + own last": lambda own, everybody, first: own[-1] if own else everybody,
}
MODEL = "local level, shrunk, given the silence"


def questions(invoices: Sequence[Invoice], kind: str) -> Iterator[tuple[int, Invoice, int]]:
    """Yield (day asked, invoice, days late it can have at the earliest)."""
    first = min(i.issued for i in invoices) + FIRST_ORIGIN_DAYS
    if kind == "when issued":
        yield from ((i.issued, i, i.issued - i.due) for i in invoices if i.issued >= first)
        return
    for origin in range(first, max(i.issued for i in invoices), ORIGIN_EVERY_DAYS):
        for invoice in invoices:
            if invoice.issued <= origin < invoice.settled:
                yield origin, invoice, origin + 1 - invoice.due


def measure(invoices: Sequence[Invoice], kind: str, held_out: int | None = None) -> dict[str, Score]:
    """Score every method. ``held_out``: on that half of the customers, with the population fitted on the other."""
    known = _Known(invoices)
    fitted_on = None if held_out is None else 1 - held_out
    scores = {name: Score([]) for name in (MODEL, *BASELINES)}
    averages: dict[int, float] = {}
    for day, invoice, earliest in questions(invoices, kind):
        if held_out is not None and half_of(invoice.customer) != held_out:
            continue
        own = known.of(invoice.customer, day)
        if day not in averages:
            averages[day] = fmean(late for history in known.of_all(day, None) for late in history)
        population = known.population(day, fitted_on)
        found = forecast(habit_of(own, population), population, earliest)
        scores[MODEL].errors.append(found.expected - invoice.late)
        scores[MODEL].inside += found.earliest <= invoice.late <= found.latest
        scores[MODEL].width += found.latest - found.earliest
        for name, baseline in BASELINES.items():
            scores[name].errors.append(baseline(own, averages[day], earliest) - invoice.late)
    return scores


def report(invoices: Sequence[Invoice]) -> Iterable[str]:
    """Yield the table, line by line."""
    for kind in ("when issued", "while open"):
        for held_out in (None, 0, 1):
            scores = measure(invoices, kind, held_out)
            who = "all customers" if held_out is None else f"half {held_out + 1}, fitted on the other half"
            yield f"\n{kind}, {who}: {len(scores[MODEL].errors)} forecasts"
            yield f"{'':38}  mean abs. error  bias   in 80 % interval  width"
            for name, score in scores.items():
                line = f"{name:38}  {score.mean_absolute:10.2f} days  {fmean(score.errors):+5.2f}"
                if name == MODEL:
                    line += f"  {score.coverage:16.1%}  {score.width / len(score.errors):.1f}"
                yield line


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with the data files (default: TALLYMAN_DATA)")
    for line in report(ibm_invoices(parser.parse_args().data)):
        print(line)


if __name__ == "__main__":
    main()
