"""A candidate policy tried on what happened: which recorded decisions it would have taken otherwise, and at what price.

History stays as it was. At each decision that an order event brought about, the candidate sees the account as it really
stood, and its answer changes nothing that follows: an order it blocks is still shipped, invoiced and paid in later
entries. Nobody knows what a customer would have done instead, and so every flip can be checked on its own against the
journal. The price of that: where an earlier order would have been blocked, a later one is judged with an exposure that
includes it, so the flips of one customer are not independent of each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from services.credit.rules import entries as e
from services.credit.rules.checks import failing_rules, outcome_of
from services.credit.rules.evolve import evolve
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account, Order
from services.credit.rules.worth import worth


@dataclass(frozen=True, slots=True)
class Flip:
    """A decision that the candidate takes otherwise. ``amount``: the sale it blocks or lets pass, in minor units."""

    seq: int
    order: str
    version: int
    day: date
    recorded: str
    candidate: str
    amount: int
    currency: str
    reasons: list[e.ReasonEntry]


@dataclass(slots=True)
class Outcome:
    """What came of one customer's decisions in one currency. Money in minor units.

    Attributes:
        decisions: on new and amended orders, within the period.
        blocked: approved then, not by the candidate.
        passed: held or rejected then, approved by the candidate.
        restated: held then and rejected by the candidate, or the other way round.
        sales_blocked, sales_passed: what those orders amount to. Of an amended order only what it grew by counts, so
            that no part of an order counts twice.
        overdue_avoided: what of the blocked sales became overdue. For each invoice issued for an order after the
            candidate would have blocked it, that is what was open on it when it first counted as overdue (grace days
            included), at any time up to the end of the journal, and of one order never more than was blocked of it.
    """

    decisions: int = 0
    blocked: int = 0
    passed: int = 0
    restated: int = 0
    sales_blocked: int = 0
    sales_passed: int = 0
    overdue_avoided: int = 0

    def add(self, other: "Outcome") -> None:
        """Add the figures of another one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class _Counted:
    """The highest amounts at which an order was blocked and let pass, and what of it counts as blocked and overdue."""

    blocked_up_to: int = 0
    passed_up_to: int = 0
    blocked: int = 0
    overdue: int = 0


@dataclass(slots=True)
class Trial:
    """The candidate on one customer's journal, entry by entry from the first."""

    account: Account
    candidate: Policy
    from_day: date = date.min
    to_day: date = date.max
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    flips: list[Flip] = field(default_factory=list)
    _orders: dict[str, _Counted] = field(default_factory=dict)
    _watched: dict[str, str] = field(default_factory=dict)

    def take(self, entry: e.AnyEntry) -> None:
        """Let the candidate answer if the entry is a decision of its kind, then apply the entry."""
        kind = type(entry)
        if kind is e.Decided:
            if not entry.trigger and self.from_day <= entry.day <= self.to_day:  # type: ignore[union-attr]
                self._judge(entry)  # type: ignore[arg-type]
            evolve(self.account, entry)
        elif self._orders and kind in _OF_INVOICES:
            touched = list(self._touched(entry))
            evolve(self.account, entry)
            for invoice_id in touched:
                self._count_overdue(invoice_id)
        else:
            evolve(self.account, entry)

    def _judge(self, entry: e.Decided) -> None:
        if any(reason.rule == "cancelled" for reason in entry.reasons):
            # The order was gone before it came: no policy had a say.
            return
        order = self.account.orders.get(entry.order) or Order(entry.order)
        reasons = self._failing(order, entry)
        candidate, recorded = outcome_of(reasons), entry.outcome
        currency = self._counted_in(entry.factor, entry.currency)
        outcome = self.outcomes.get(currency)
        if outcome is None:
            outcome = self.outcomes[currency] = Outcome()
        outcome.decisions += 1
        if candidate != recorded:
            self._flip(order, entry, candidate, reasons, outcome)

    def _failing(self, order: Order, entry: e.Decided) -> list[e.ReasonEntry]:
        on_account = entry.method == "account"
        reserved = order.remaining_worth if order.status == "approved" and on_account else 0
        account = self.account
        if account.seq == 0 and not entry.factor:
            account.currency = entry.currency
        return failing_rules(
            account,
            amount=worth(entry.amount, entry.factor),
            growth=worth(order.remaining_of(entry.amount), entry.factor) - reserved,
            currency=self._counted_in(entry.factor, entry.currency),
            on_account=on_account,
            policy=self.candidate,
            day=entry.day,
            term_days=entry.term_days,
            method=entry.method,
        )

    def _flip(
        self, order: Order, entry: e.Decided, candidate: str, reasons: list[e.ReasonEntry], outcome: Outcome
    ) -> None:
        before = order.amount_worth if order.status in ("approved", "invoiced") else 0
        asked, amount = worth(entry.amount, entry.factor), 0
        if entry.outcome == "approved":
            counted = self._orders.setdefault(entry.order, _Counted())
            amount = max(0, asked - max(before, counted.blocked_up_to))
            counted.blocked_up_to = max(counted.blocked_up_to, asked)
            counted.blocked += amount
            outcome.blocked += 1
            outcome.sales_blocked += amount
        elif candidate == "approved":
            counted = self._orders.setdefault(entry.order, _Counted())
            amount = max(0, asked - max(before, counted.passed_up_to))
            counted.passed_up_to = max(counted.passed_up_to, asked)
            outcome.passed += 1
            outcome.sales_passed += amount
        else:
            outcome.restated += 1
        self.flips.append(
            Flip(
                entry.seq,
                entry.order,
                entry.version,
                entry.day,
                entry.outcome,
                candidate,
                amount,
                self._counted_in(entry.factor, entry.currency),
                reasons,
            )
        )

    def _touched(self, entry: e.AnyEntry) -> Iterator[str]:
        """The invoices of blocked orders that may count as overdue once the entry is applied."""
        if isinstance(entry, e.Invoiced):
            if entry.order is not None and entry.order in self._orders:
                self._watched[entry.invoice] = entry.order
                yield entry.invoice
        elif isinstance(entry, e.DayPassed):
            for _, invoice_id in self.account.current_index[: entry.fell_overdue]:
                yield invoice_id
        elif isinstance(entry, (e.CreditReversed, e.Reallocated)):
            for allocation in entry.allocations:
                yield allocation.invoice
        elif isinstance(entry, e.TermsChanged) and entry.grace_days != self.account.grace_days:
            yield from list(self._watched)

    def _count_overdue(self, invoice_id: str) -> None:
        order_id = self._watched.get(invoice_id)
        if order_id is None:
            return
        item = self.account.items[invoice_id]
        if not item.overdue:
            return
        del self._watched[invoice_id]
        counted = self._orders[order_id]
        more = min(item.open, counted.blocked - counted.overdue)
        if more > 0:
            counted.overdue += more
            order = self.account.orders[order_id]
            currency = self._counted_in(order.factor, order.currency)
            self.outcomes.setdefault(currency, Outcome()).overdue_avoided += more

    def _counted_in(self, factor: str, currency: str) -> str:
        """Return the currency in which an order's amounts are added up: the account's, if it has a rate to that."""
        return self.account.currency if factor else currency


_OF_INVOICES = frozenset({e.Invoiced, e.DayPassed, e.CreditReversed, e.Reallocated, e.TermsChanged})
