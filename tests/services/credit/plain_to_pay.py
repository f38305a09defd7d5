"""The smallest set of invoices to pay, found by trying: every sum that so many invoices can have.

Shares nothing with the service. Amounts are minor units.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

MOST = 1_500_000
"""Sums after which a customer is too large to try."""


class TooLarge(Exception):
    """Too many sums to try."""


@dataclass(frozen=True)
class Standing:
    """A customer, and what may be overdue. ``invoices`` are (open, days past due, overdue).

    ``queue``: the held orders that money can help, first come first. None: no limit.
    """

    exposure: int
    limit: int | None
    single: int | None
    max_amount: int | None
    max_days: int | None
    max_items: int | None
    invoices: list[tuple[int, int, bool]]
    queue: list[int]

    def fits(self, paid: int, amount: int) -> bool:
        """Whether the order has room once ``paid`` is paid and held orders were released."""
        if self.limit is None:
            return True
        exposure = self.exposure - paid
        for wanted in self.queue if paid else ():
            if exposure + wanted <= self.limit:
                exposure += wanted
        return exposure + amount <= self.limit

    def passes(self, amount: int) -> bool:
        """Whether the order passes as things stand."""
        late = [(open_, days) for open_, days, overdue in self.invoices if overdue]
        return (
            self.fits(0, amount)
            and not above(amount, self.single)
            and not above(sum(open_ for open_, _ in late), self.max_amount)
            and not above(max((days for _, days in late), default=0), self.max_days)
            and not above(len(late), self.max_items)
        )

    def largest(self) -> int | None:
        """The largest amount that passes; None: any."""
        if not self.passes(0):
            return 0
        room = None if self.limit is None else self.limit - self.exposure
        return min((most for most in (room, self.single) if most is not None), default=None)

    def to_pay(self, amount: int) -> tuple[int, int] | None:
        """The fewest invoices and the least money in so many; None: no payment would do."""
        if self.passes(amount):
            return 0, 0
        if above(amount, self.single):
            return None
        late = [(open_, days) for open_, days, overdue in self.invoices if overdue]
        forced = [open_ for open_, days in late if above(days, self.max_days)]
        rest = [open_ for open_, days in late if not above(days, self.max_days)]
        others = [open_ for open_, _, overdue in self.invoices if not overdue]
        everything = len(rest) + len(others)
        first: list[pl.Series] = []
        second: list[pl.Series] = []
        for count in range(everything + 1):
            if count == len(first):
                first, second = _sums(rest, count * 2 + 2), _sums(others, count * 2 + 2)
            least = min(self._enough(amount, sum(forced), rest, first, second, count), default=None)
            if least is not None:
                return len(forced) + count, least
        return None

    def _enough(
        self,
        amount: int,
        forced: int,
        rest: list[int],
        first: list[pl.Series],
        second: list[pl.Series],
        count: int,
    ) -> Iterator[int]:
        """The least money in ``count`` invoices besides the forced ones, for each way to share the count."""
        for late in range(count + 1):
            mine, theirs = first[late], second[count - late]
            if above(len(rest) - late, self.max_items):
                continue
            if self.max_amount is not None:
                mine = mine.filter(sum(rest) - mine <= self.max_amount)
            if len(mine) * len(theirs) > MOST:
                raise TooLarge
            both = pl.DataFrame({"mine": mine}).join(pl.DataFrame({"theirs": theirs}), how="cross")
            for paid in (both["mine"] + both["theirs"]).unique().sort():
                if self.fits(paid + forced, amount):
                    yield paid + forced
                    break


def above(value: int, most: int | None) -> bool:
    return most is not None and value > most


def _sums(amounts: list[int], most: int) -> list[pl.Series]:
    """By how many, fewer than ``most``: every sum that so many of the amounts can have."""
    reach = [pl.Series([0]), *(pl.Series([], dtype=pl.Int64) for _ in range(most - 1))]
    for number, amount in enumerate(amounts, start=1):
        for count in range(min(number, most - 1), 0, -1):
            reach[count] = reach[count].append(reach[count - 1] + amount).unique()
        if sum(map(len, reach)) > MOST:
            raise TooLarge
    return reach
