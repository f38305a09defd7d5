"""The states of many customers as arrays, one element per customer: the form in which they are forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.insights.forecasting.state import FAST, SLOW, State

Floats = NDArray[np.float64]
Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class States:
    """Columns of :class:`~services.insights.forecasting.state.State`, without ring and flag."""

    days: Days
    first: Days
    last: Days
    log_gaps: Floats
    log_gaps_squared: Floats
    fast: Floats
    slow: Floats
    amount: Floats
    log_amounts: Floats

    def __len__(self) -> int:
        return len(self.days)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "States":
        """Return the customers that ``which`` selects."""
        return States(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Histories:
    """Order days of a sample of customers, sorted by customer and day, one element per order day.

    Attributes:
        customer: any integers.
        day: ordinals.
        amount: of the day, minor units.
    """

    customer: Days
    day: Days
    amount: Floats

    def until(self, day: int) -> "Histories":
        """Return what was known on the evening of ``day``."""
        known = self.day <= day
        return Histories(self.customer[known], self.day[known], self.amount[known])


def arrays_of(states: Sequence[State]) -> States:
    """Return states as arrays, in the order given."""
    whole = ("days", "first", "last")
    columns: dict[str, Any] = {
        f.name: np.array([getattr(s, f.name) for s in states], np.int64 if f.name in whole else np.float64)
        for f in fields(States)
    }
    return States(**columns)


def histories_of(order_days: Sequence[tuple[int, int, int]]) -> Histories:
    """Return (customer, day, amount) triples as arrays, sorted."""
    ordered = np.array(sorted(order_days), np.int64).reshape(-1, 3)
    return Histories(ordered[:, 0], ordered[:, 1], ordered[:, 2].astype(np.float64))


def states_at(histories: Histories, day: int) -> tuple[Days, States]:
    """Return the customers that had ordered by the evening of ``day``, and their states then."""
    known = histories.until(day)
    customers, at = np.unique(known.customer, return_index=True)
    if not len(customers):
        return customers, arrays_of([])
    ends = np.append(at[1:], len(known.day)) - 1
    first, last = known.day[at], known.day[ends]
    gaps = np.diff(known.day, prepend=0)
    gaps[at] = 1  # no gap before the first: its logarithm is 0
    logs = np.log(np.maximum(gaps, 1))
    back = (known.day - np.repeat(last, np.diff(np.append(at, len(known.day))))).astype(np.float64)

    def total(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, at), np.float64)

    return customers, States(
        days=ends - at + 1,
        first=first,
        last=last,
        log_gaps=total(logs),
        log_gaps_squared=total(logs * logs),
        fast=total(2.0 ** (back / FAST)),
        slow=total(2.0 ** (back / SLOW)),
        amount=total(known.amount),
        log_amounts=total(np.log(np.maximum(known.amount, 1.0))),
    )


def counts_between(histories: Histories, customers: Days, after: int, until: int) -> Floats:
    """Return each customer's order days after the evening of ``after`` and up to that of ``until``."""
    inside = histories.customer[(histories.day > after) & (histories.day <= until)]
    return (np.searchsorted(inside, customers, "right") - np.searchsorted(inside, customers, "left")).astype(
        np.float64
    )


def next_order(histories: Histories, customers: Days, day: int) -> tuple[Days, Floats]:
    """Return each customer's first order day after ``day`` (-1: none) and its amount."""
    later = histories.day > day
    customer, days, amounts = histories.customer[later], histories.day[later], histories.amount[later]
    at = np.searchsorted(customer, customers, "left")
    inside = np.minimum(at, max(len(customer) - 1, 0))
    if not len(customer):
        return np.full(len(customers), -1), np.zeros(len(customers))
    found = (at < len(customer)) & (customer[inside] == customers)
    return np.where(found, days[inside], -1), np.where(found, amounts[inside], 0.0)
