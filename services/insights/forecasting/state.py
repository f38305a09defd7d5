"""What is kept of a customer's order days: a handful of sums and the last few days, whatever the history.

An order day is a day with at least one order that counts; its amount is the sum of that day's orders. Everything a
forecast needs are sums over the days, so a day is added, changed or taken away again in constant time, in any order.
Only the gap sums need to know a day's neighbours: the ring of the last :data:`RING` days knows them. A repair among
older days sees no neighbours, is estimated from the customer's mean gap, and marks the state as ``approximate``: it
stays usable, and is exact again once it is built anew from the order days (``exact = fold over the days``).
"""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

RING = 16
"""Last order days that are kept."""
FAST, SLOW = 30, 180
"""Half-lives, in days, of the two counts that forget."""


@dataclass(frozen=True, slots=True)
class State:
    """A customer's order days, summed up. Days are ordinals of any fixed epoch, amounts in minor units.

    Attributes:
        days: number of order days, at least 1.
        first: the first of them.
        last: the last of them.
        log_gaps: sum of the natural logarithms of the gaps between consecutive order days.
        log_gaps_squared: sum of their squares.
        fast: order days, each counted as 2 ** -(days before ``last`` / FAST).
        slow: the same with SLOW.
        amount: sum over the days.
        log_amounts: sum of the natural logarithms of the days' amounts; below 1 counts as 1.
        ring: the last :data:`RING` order days, rising; fewer after removals.
        approximate: a gap sum was repaired without knowing the neighbours.
    """

    days: int
    first: int
    last: int
    log_gaps: float
    log_gaps_squared: float
    fast: float
    slow: float
    amount: int
    log_amounts: float
    ring: tuple[int, ...]
    approximate: bool = False


class RebuildNeeded(LookupError):
    """The last order day cannot be told any more: the state has to be built from the order days."""


def fold(state: State | None, day: int, amount: int) -> State:
    """Add an order day, the latest or a late one.

    Raises:
        ValueError: the day is known already; :func:`revise` changes its amount.
    """
    if state is None:
        return State(1, day, day, 0.0, 0.0, 1.0, 1.0, amount, _log(amount), (day,))
    if day in state.ring:
        raise ValueError(f"day {day} is an order day already; revise its amount")
    before, after, exact = _neighbours(state, day)
    change, squared = _split(before, day, after) if exact else _mean_gap(state)
    last = max(state.last, day)
    ring = sorted((*state.ring, day)) if exact or not state.ring or day > state.ring[0] else list(state.ring)
    return State(
        days=state.days + 1,
        first=min(state.first, day),
        last=last,
        log_gaps=state.log_gaps + change,
        log_gaps_squared=state.log_gaps_squared + squared,
        fast=_moved(state.fast, state.last, last, FAST) + 2.0 ** ((day - last) / FAST),
        slow=_moved(state.slow, state.last, last, SLOW) + 2.0 ** ((day - last) / SLOW),
        amount=state.amount + amount,
        log_amounts=state.log_amounts + _log(amount),
        ring=tuple(ring[-RING:]),
        approximate=state.approximate or not exact,
    )


def remove(state: State, day: int, amount: int) -> State | None:
    """Take an order day away, with the amount it was folded with; None when it was the only one.

    Within the ring this is exact but for rounding, its oldest day excepted where older ones exist. Beyond, counts,
    amounts and the forgetting counts are exact, the gap sums lose one mean gap, and ``approximate`` is set.

    Raises:
        RebuildNeeded: more last days were taken away than the ring held.
    """
    if state.days == 1:
        return None
    before, after, exact = _neighbours(state, day)
    ring = tuple(kept for kept in state.ring if kept != day)
    if day == state.last and not ring:
        raise RebuildNeeded("the ring is used up")
    if exact:
        change, squared = _split(before, day, after)
    else:
        change, squared = _mean_gap(state)
    last = ring[-1] if ring else state.last
    return State(
        days=state.days - 1,
        first=_first_without(state, day, ring),
        last=last,
        log_gaps=state.log_gaps - change if state.days > 2 else 0.0,
        log_gaps_squared=max(state.log_gaps_squared - squared, 0.0) if state.days > 2 else 0.0,
        fast=_moved(state.fast - 2.0 ** ((day - state.last) / FAST), state.last, last, FAST),
        slow=_moved(state.slow - 2.0 ** ((day - state.last) / SLOW), state.last, last, SLOW),
        amount=state.amount - amount,
        log_amounts=state.log_amounts - _log(amount),
        ring=ring,
        approximate=state.approximate or not exact,
    )


def revise(state: State, before: int, after: int) -> State:
    """Change a known day's amount, from ``before`` to ``after``."""
    return replace(
        state,
        amount=state.amount + after - before,
        log_amounts=state.log_amounts + _log(after) - _log(before),
    )


def state_of(order_days: Iterable[tuple[int, int]]) -> State | None:
    """Return the state after (day, amount) pairs in any order; None without any."""
    state = None
    for day, amount in sorted(order_days):
        state = fold(state, day, amount)
    return state


def _neighbours(state: State, day: int) -> tuple[int | None, int | None, bool]:
    """Return the order days next to ``day`` (None: there is none), and whether they are known at all."""
    ring = state.ring
    whole = len(ring) == state.days
    at = bisect_left(ring, day)
    above = at + 1 if at < len(ring) and ring[at] == day else at
    after = ring[above] if above < len(ring) else None
    if at > 0:
        return ring[at - 1], after, True
    if whole:
        return None, after, True
    # Older than the ring: a day before the first has the first for its neighbour, of others nothing is known.
    return (None, state.first, True) if day < state.first else (None, None, False)


def _split(before: int | None, day: int, after: int | None) -> tuple[float, float]:
    """Return what ``day`` between its neighbours adds to the two sums."""
    parts, joined = 0.0, 0.0
    squares = 0.0
    if before is not None:
        gap = math.log(day - before)
        parts, squares = parts + gap, squares + gap * gap
    if after is not None:
        gap = math.log(after - day)
        parts, squares = parts + gap, squares + gap * gap
    if before is not None and after is not None:
        joined = math.log(after - before)
    return parts - joined, squares - joined * joined


def _mean_gap(state: State) -> tuple[float, float]:
    gaps = state.days - 1
    return state.log_gaps / gaps, state.log_gaps_squared / gaps


def _first_without(state: State, day: int, ring: tuple[int, ...]) -> int:
    if day != state.first:
        return state.first
    if len(state.ring) == state.days:
        return ring[0]
    guess = day + round(math.exp(state.log_gaps / (state.days - 1)))
    return min(guess, ring[0] if ring else state.last)


def _moved(count: float, since: int, now: int, half_life: int) -> float:
    return float(count * 2.0 ** ((since - now) / half_life))


def _log(amount: int) -> float:
    return math.log(max(amount, 1))
