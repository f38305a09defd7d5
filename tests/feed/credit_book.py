"""The real credit rules, folded in memory: what the credit service would decide on a feed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any

from contracts.envelope import Event
from contracts.topics import partition_of
from deploy.feed.simulator import Answer
from services.credit.rules import day, orders, receivables, terms
from services.credit.rules.context import Context
from services.credit.rules.entries import AnyEntry, Decided
from services.credit.rules.evolve import evolve
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account

Rule = Callable[[Account, Any, Context], Iterator[AnyEntry]]

RULES: dict[str, Rule] = {
    "order.placed": orders.placed,
    "order.amended": orders.amended,
    "order.cancelled": orders.cancelled,
    "order.shipped": orders.shipped,
    "order.invoiced": receivables.invoiced,
    "order.returned": receivables.returned,
    "payment.received": receivables.payment_received,
    "payment.reversed": receivables.payment_reversed,
    "terms.set": terms.terms_set,
    "terms.temporary_limit_granted": terms.temporary_limit_granted,
    "terms.hold_placed": terms.hold_placed,
    "terms.hold_lifted": terms.hold_lifted,
    "terms.order_release_ruled": terms.release_ruled,
    "terms.order_rejection_ruled": terms.rejection_ruled,
    "customer.blacklisted": terms.blacklisted,
    "customer.blacklist_lifted": terms.blacklist_lifted,
}


@dataclass
class CreditBook:
    """Applies events one by one; ``answer`` is what the simulator asks."""

    partitions: int = 8
    policy: Policy = field(default_factory=Policy)
    accounts: dict[str, Account] = field(default_factory=dict)
    partition: dict[str, int] = field(default_factory=dict)
    placed: dict[int, list[Account]] = field(default_factory=dict)
    days: dict[int, date] = field(default_factory=dict)
    outcomes: dict[str, list[Decided]] = field(default_factory=dict)
    applied: Counter[str] = field(default_factory=Counter)

    def apply(self, event: Event[Any]) -> None:
        if event.type == "clock.day_started":
            self.days[event.data.partition] = event.data.day
            context = self._context(event, event.data.day)
            for account in self.placed.get(event.data.partition, []):
                self._record(account, day.day_passed(account, context))
        elif event.type in RULES:
            account = self.accounts.get(event.key) or self._open(event.key)
            context = self._context(event, self.days[self.partition[event.key]])
            self._record(account, RULES[event.type](account, event.data, context))
        self.applied[event.type] += 1

    def answer(self, order_id: str) -> Answer:
        decisions = self.outcomes.get(order_id)
        outcome: Answer = decisions[-1].outcome if decisions else None  # type: ignore[assignment]
        return outcome

    def _open(self, customer_id: str) -> Account:
        account = self.accounts[customer_id] = Account(customer_id, "CNY")
        number = self.partition[customer_id] = partition_of(customer_id.encode(), self.partitions)
        self.placed.setdefault(number, []).append(account)
        return account

    def _context(self, event: Event[Any], today: date) -> Context:
        at = event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
        return Context(f"{event.producer}/{event.id}", at, today, self.policy)

    def _record(self, account: Account, entries: Iterator[AnyEntry]) -> None:
        for entry in entries:
            evolve(account, entry)
            if isinstance(entry, Decided):
                self.outcomes.setdefault(entry.order, []).append(entry)
