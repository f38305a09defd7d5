"""Choosing the fewest amounts that add up to enough, and among those choices the one with the least money.

How many are needed is found exactly and fast: the largest amounts go furthest. Which choice of that many has the
smallest sum is a subset-sum problem, for which no fast way is known; the search below is exact for what customers owe
in practice, and says so when it had to stop before it could prove its answer.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

STEPS = 2_000_000
"""Steps of one search, a fraction of a second."""
EXCHANGE_STEPS = 40_000
DEEPEST = 100


class Group:
    """Amounts from the largest to the smallest."""

    __slots__ = ("ascending", "sums", "values")

    def __init__(self, amounts: Iterable[int]) -> None:
        self.values = sorted(amounts, reverse=True)
        self.ascending = [-value for value in self.values]
        self.sums = [0, *accumulate(self.values)]

    def __len__(self) -> int:
        return len(self.values)

    def top(self, count: int, start: int = 0) -> int:
        """Return the sum of the ``count`` largest from position ``start`` on."""
        return self.sums[start + count] - self.sums[start]

    def bottom(self, count: int) -> int:
        """Return the sum of the ``count`` smallest."""
        return self.sums[-1] - self.sums[len(self.values) - count]

    def smallest(self, count: int) -> list[int]:
        """Return the ``count`` smallest."""
        return self.values[len(self.values) - count :]

    def first_below(self, bound: int, start: int) -> int:
        """Return the first position from ``start`` on whose amount is less than ``bound``."""
        return bisect_left(self.ascending, -bound + 1, start)


@dataclass(slots=True)
class Search:
    """How much work is left; ``proven`` turns False when it did not suffice."""

    steps: int = STEPS
    proven: bool = True

    def spend(self, steps: int = 1) -> bool:
        """Take ``steps``; False when there are none left."""
        self.steps -= steps
        if self.steps < 0:
            self.proven = False
        return self.proven


def least_of(group: Group, count: int, low: int, high: int, search: Search) -> list[int] | None:
    """Return ``count`` amounts with the smallest sum that is at least ``low`` and less than ``high``."""
    if count > len(group) or count < 0:
        return None
    near = _by_exchanges(group, count, low)
    if near is not None and (sum(near) == low or sum(near) == group.bottom(count)):
        return near if sum(near) < high else None
    if near is not None and sum(near) < high:
        high = sum(near)
    else:
        near = None
    if count > DEEPEST:
        search.proven = False
        return near
    return _least(group, 0, count, low, high, search) or near


def _by_exchanges(group: Group, count: int, low: int) -> list[int] | None:
    """Return a choice near the best: begin with the largest, exchange for smaller ones while the sum stays enough."""
    if group.top(count) < low:
        return None
    if group.bottom(count) >= low:
        return group.smallest(count)
    inside = list(range(count))
    outside = set(range(count, len(group)))
    excess = group.top(count) - low
    values = group.values
    for _ in range(max(10, EXCHANGE_STEPS // count)):
        gain, leaving, coming = 0, -1, -1
        for place in inside:
            position = _next_outside(group, values[place] - excess, outside)
            if position is not None and values[place] - values[position] > gain:
                gain, leaving, coming = values[place] - values[position], place, position
        if gain == 0:
            break
        inside.remove(leaving)
        inside.append(coming)
        outside.remove(coming)
        outside.add(leaving)
        excess -= gain
    return [values[place] for place in inside]


def _next_outside(group: Group, at_least: int, outside: set[int]) -> int | None:
    """Return the position of the smallest amount outside the choice that is at least ``at_least``."""
    position = group.first_below(at_least, 0) - 1
    while position >= 0 and position not in outside:
        position -= 1
    return position if position >= 0 else None


def _least(group: Group, start: int, count: int, low: int, high: int, search: Search) -> list[int] | None:
    """Return the best choice from position ``start`` on, or None if there is none below ``high``."""
    left = len(group) - start
    if count > left or not search.spend():
        return None
    if count == 0:
        return [] if low <= 0 < high else None
    if group.top(count, start) < low or group.bottom(count) >= high:
        return None
    if group.bottom(count) >= low:
        return group.smallest(count)
    if count == 1:
        position = group.first_below(low, start) - 1
        return [group.values[position]] if position >= start and group.values[position] < high else None
    if count == 2:
        return _least_pair(group, start, low, high, search)
    return _least_by_first(group, start, count, low, high, search)


def _least_by_first(
    group: Group, start: int, count: int, low: int, high: int, search: Search
) -> list[int] | None:
    """Try each amount as the largest of the choice."""
    best: list[int] | None = None
    values = group.values
    for position in range(start, len(values) - count + 1):
        value = values[position]
        if group.top(count, position) < low:
            break
        if value + group.bottom(count - 1) >= high or (position > start and values[position - 1] == value):
            continue
        rest = _least(group, position + 1, count - 1, low - value, high - value, search)
        if rest is not None:
            best = [value, *rest]
            high = sum(best)
            if high == low:
                break
        if not search.proven:
            break
    return best


def _least_pair(group: Group, start: int, low: int, high: int, search: Search) -> list[int] | None:
    values = group.values
    best: list[int] | None = None
    large, small = start, len(values) - 1
    while large < small:
        total = values[large] + values[small]
        if total < low:
            small -= 1
            continue
        if total < high:
            best, high = [values[large], values[small]], total
        large += 1
    search.spend(len(values) - start)
    return best


def least_of_both(
    first: Group,
    second: Group,
    from_first: int,
    from_second: int,
    first_low: int,
    low: int,
    high: int,
    search: Search,
) -> tuple[list[int], list[int]] | None:
    """Return amounts of two groups, so many of each, with the smallest sum from ``low`` to below ``high``.

    Args:
        first_low: what those of the first group must add up to by themselves.
    """
    if from_first > len(first) or from_second > len(second):
        return None
    if from_second == 0:
        only = least_of(first, from_first, max(low, first_low), high, search)
        return None if only is None else (only, [])
    if from_first == 0:
        only = least_of(second, from_second, low, high, search) if first_low <= 0 else None
        return None if only is None else ([], only)
    best: tuple[list[int], list[int]] | None = None
    lowest = max(
        low, first_low + second.bottom(from_second), first.bottom(from_first) + second.bottom(from_second)
    )
    # The sum of the first group is raised step by step through everything it can be.
    reach = max(first_low, low - second.top(from_second))
    while search.proven:
        chosen = least_of(first, from_first, reach, high - second.bottom(from_second), search)
        if chosen is None:
            break
        rest = least_of(second, from_second, low - sum(chosen), high - sum(chosen), search)
        if rest is not None:
            best = (chosen, rest)
            high = sum(chosen) + sum(rest)
            if high <= lowest:
                break
        reach = sum(chosen) + 1
    return best
