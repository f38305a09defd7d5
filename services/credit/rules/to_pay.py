"""The smallest set of invoices to pay: the fewest, and of those choices the one with the least money."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.credit.rules.fewest import STEPS, Group, Search, least_of_both
from services.credit.rules.state import Account, Item


@dataclass(frozen=True, slots=True)
class ToPay:
    """Invoices to pay in full, oldest due first. ``proven``: no smaller set does it; else none was found in time."""

    invoices: list[Item]
    amount: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be paid of the overdue items: ``forced`` in any case, so many of them, so much of them."""

    forced: list[Item]
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Room:
    """What has to be paid for the order to fit under the limit, held orders that then pass going first.

    Attributes:
        spare: the limit less the exposure; None: no limit.
        amount: the order.
        queue: what each held order would use, in the order in which they are decided again.
    """

    spare: int | None
    amount: int
    queue: list[int]

    def enough(self, paid: int, search: Search) -> int:
        """Return the smallest payment from ``paid`` on with which the order fits."""
        if self.spare is None:
            return paid
        while search.spend(len(self.queue)):
            used, next_release = self._used_by_held(self.spare + paid)
            lacking = self.amount + used - self.spare - paid
            if lacking <= 0:
                return paid
            paid += lacking if next_release is None else min(lacking, next_release)
        return max(paid, self.for_all)

    def _used_by_held(self, spare: int) -> tuple[int, int | None]:
        """Return what held orders take of ``spare``, and how much more would let another one pass."""
        used, gaps = 0, []
        for wanted in self.queue:
            if used + wanted <= spare:
                used += wanted
            else:
                gaps.append(used + wanted - spare)
        return used, min(gaps, default=None)

    @property
    def for_all(self) -> int:
        """Return the payment with which the order fits whatever is released before it."""
        return 0 if self.spare is None else self.amount + sum(self.queue) - self.spare


class _Choices:
    """The open items in two groups: those of which overdue rules demand some, and the others."""

    def __init__(self, account: Account, needs: Needs) -> None:
        self.forced = needs.forced
        self.forced_sum = sum(item.open for item in needs.forced)
        self.count = max(0, needs.count - len(needs.forced))
        self.amount = max(0, needs.amount - self.forced_sum)
        taken = {item.invoice_id for item in needs.forced}
        free = [item for item in account.items.values() if item.open > 0 and item.invoice_id not in taken]
        demanded = bool(self.count or self.amount)
        self._demanded = [item for item in free if demanded and item.overdue]
        self._others = [item for item in free if not (demanded and item.overdue)]
        self.first = Group(item.open for item in self._demanded)
        self.second = Group(item.open for item in self._others)

    def splits(self, picks: int) -> Iterator[tuple[int, int]]:
        """Return how ``picks`` can be shared between the groups."""
        for count in range(max(self.count, picks - len(self.second)), min(picks, len(self.first)) + 1):
            yield count, picks - count

    def suffice(self, picks: int, low: int) -> bool:
        """Whether some choice of ``picks`` items adds up to ``low`` and meets the overdue rules."""
        first, second = self.first, self.second
        return any(
            first.top(a) >= self.amount and first.top(a) + second.top(b) >= low for a, b in self.splits(picks)
        )

    def least(self, picks: int, low: int, search: Search) -> tuple[list[int], list[int]] | None:
        """Return the choice of ``picks`` items with the smallest sum of at least ``low``."""
        best, high = None, self.first.sums[-1] + self.second.sums[-1] + 1
        for from_first, from_second in self.splits(picks):
            found = least_of_both(
                self.first, self.second, from_first, from_second, self.amount, low, high, search
            )
            if found is not None:
                best, high = found, sum(found[0]) + sum(found[1])
                if high == low:
                    break
        return best

    def to_pay(self, chosen: tuple[list[int], list[int]], *, proven: bool) -> ToPay:
        """Return the items of a choice; of two with the same amount the one due first."""
        items = [*self.forced, *_oldest_of(self._demanded, chosen[0]), *_oldest_of(self._others, chosen[1])]
        items.sort(key=_age)
        return ToPay(items, sum(item.open for item in items), proven)


def _age(item: Item) -> tuple[date, str]:
    return item.due_on, item.invoice_id


def _oldest_of(items: Iterable[Item], amounts: list[int]) -> Iterator[Item]:
    wanted = Counter(amounts)
    for item in sorted(items, key=_age):
        if wanted[item.open] > 0:
            wanted[item.open] -= 1
            yield item


def fewest_to_pay(account: Account, needs: Needs, room: Room) -> ToPay | None:
    """Return the smallest set of the account's open items that meets ``needs`` and makes room; None if none does."""
    choices, search = _Choices(account, needs), Search()
    everything = len(choices.first) + len(choices.second)
    low = room.enough(choices.forced_sum, search) - choices.forced_sum
    if not choices.suffice(everything, low):
        return None
    # With more items to choose from nothing becomes impossible, so the fewest are found by halving.
    fewest = bisect_left(range(everything), True, key=lambda picks: choices.suffice(picks, low))
    for picks in range(fewest, everything + 1):
        chosen = _that_fit(choices, room, picks, low, search)
        if chosen is not None:
            exact = sum(chosen[0]) + sum(chosen[1]) == low
            return choices.to_pay(chosen, proven=search.proven or exact)
        if not search.proven:
            break
    return _for_all(choices, room, everything)


def _that_fit(
    choices: _Choices, room: Room, picks: int, low: int, search: Search
) -> tuple[list[int], list[int]] | None:
    """Return the least money in ``picks`` invoices with which the order fits after the releases it brings about."""
    while choices.suffice(picks, low):
        chosen = choices.least(picks, low, search)
        if chosen is None:
            return None
        paid = sum(chosen[0]) + sum(chosen[1])
        low = room.enough(choices.forced_sum + paid, search) - choices.forced_sum
        if low == paid:
            return chosen
    return None


def _for_all(choices: _Choices, room: Room, everything: int) -> ToPay | None:
    """Return invoices that do whatever is released, when the search for the fewest was given up."""
    low = room.for_all - choices.forced_sum
    if not choices.suffice(everything, low):
        return None
    picks = bisect_left(range(everything), True, key=lambda count: choices.suffice(count, low))
    chosen = choices.least(picks, low, Search(steps=STEPS // 4))
    return None if chosen is None else choices.to_pay(chosen, proven=False)
