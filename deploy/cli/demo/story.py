"""What happened in the simulated quarter, gathered from the events sent and from the decisions read back."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracts.envelope import Event
from contracts.events.credit import DECISIONS

# What a rule found, in words a salesperson uses; {value} and {threshold} are those of the reason.
PHRASES = {
    "limit": "would owe {value}, limit {threshold}",
    "overdue_amount": "{value} overdue, {threshold} allowed",
    "overdue_days": "{value} days overdue, {threshold} allowed",
    "overdue_items": "{value} invoices overdue, {threshold} allowed",
    "single_order_maximum": "order of {value}, largest allowed {threshold}",
    "manual_hold": "put on hold by finance",
    "blacklist": "blacklisted",
    "currency": "ordered in {value}, account in {threshold}",
    "manual_rejection": "rejected by finance",
    "cancelled": "cancelled",
}


@dataclass(slots=True)
class Decided:
    """One decision, ready to be shown."""

    at: datetime
    order_id: str
    customer_id: str
    amount: Decimal
    outcome: str
    why: str


@dataclass(slots=True)
class HeldOrder:
    """An order that was blocked, and what became of it."""

    order_id: str
    customer_id: str
    amount: Decimal
    held_on: date
    why: str
    ended_on: date | None = None
    outcome: str = "held"
    ended_by: str = ""


@dataclass(slots=True)
class Standing:
    """A customer's credit standing as last told."""

    exposure: Decimal
    overdue: Decimal
    overdue_days: int
    overdue_items: int
    receivable: Decimal


@dataclass
class Story:
    """Everything the screen and the summary need. Fed from both sides, in any order, with repetitions."""

    names: dict[str, str] = field(default_factory=dict)
    day: date | None = None
    sent: int = 0
    orders: int = 0
    ordered: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    outcomes: Counter[str] = field(default_factory=Counter)
    first_outcomes: Counter[str] = field(default_factory=Counter)
    blocked: dict[str, HeldOrder] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    recent: deque[Decided] = field(default_factory=lambda: deque(maxlen=12))
    currency: str = ""
    _payments: dict[str, Decimal] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)
    _sequences: dict[str, int] = field(default_factory=dict)

    def watch(self, events: Iterable[Event[Any]]) -> Iterator[Event[Any]]:
        """Hand the events on, taking note of each."""
        for event in events:
            self.take_sent(event)
            yield event

    def take_sent(self, event: Event[Any]) -> None:
        """Take note of an event the distributor's systems publish."""
        self.sent += 1
        if event.type == "clock.day_started":
            self.day = event.data.day
        elif event.type == "customer.created":
            self.names[event.key] = event.data.short_name or event.data.name
        elif event.type == "order.placed":
            self.orders += 1
            self.ordered += Decimal(event.data.amount)
        elif event.type == "payment.received":
            self.paid += Decimal(event.data.amount)
            self._payments[event.data.payment_id] = Decimal(event.data.amount)

    def take_decided(self, event: Event[Any]) -> Decided | None:
        """Take note of an event of the credit service; return the decision to show, if it is a new one."""
        data = event.data
        if event.type == "credit.exposure_changed":
            self._take_standing(data)
            return None
        if event.type not in DECISIONS or data.decision_version <= self._versions.get(data.order_id, 0):
            return None
        self.currency = data.currency
        decided = self._decision(event)
        if data.order_id not in self._versions:
            self.first_outcomes[decided.outcome] += 1
        self._versions[data.order_id] = data.decision_version
        self.outcomes[decided.outcome] += 1
        self._follow(decided, event.occurred_at.date())
        self.recent.append(decided)
        return decided

    def name(self, customer_id: str) -> str:
        """Return what people call the customer."""
        return self.names.get(customer_id, customer_id)

    def _decision(self, event: Event[Any]) -> Decided:
        data = event.data
        kind = event.type.removeprefix("credit.order_")
        why = "; ".join(_reason(reason) for reason in data.reasons)
        if kind == "released" or not why:
            why = self._cause(data) or why
        return Decided(event.occurred_at, data.order_id, data.customer_id, Decimal(data.amount), kind, why)

    def _cause(self, data: Any) -> str:
        """Say what brought a decision about: a person with a comment, or an event."""
        if data.by:
            return f"{data.by}: {data.comment}" if data.comment else data.by
        kind, _, document = data.trigger.partition(" ")
        if kind == "payment" and document in self._payments:
            return f"payment of {self._payments[document]:,}"
        cause: str = data.trigger
        return cause

    def _follow(self, decided: Decided, day: date) -> None:
        """Keep track of orders that were blocked."""
        held = self.blocked.get(decided.order_id)
        if decided.outcome in ("held", "rejected") and held is None:
            held = HeldOrder(decided.order_id, decided.customer_id, decided.amount, day, decided.why)
            self.blocked[decided.order_id] = held
        if held is None:
            return
        held.outcome, held.amount = decided.outcome, decided.amount
        held.ended_on = None if decided.outcome == "held" else day
        held.ended_by = "" if decided.outcome == "held" else decided.why

    def _take_standing(self, data: Any) -> None:
        if data.journal_seq <= self._sequences.get(data.customer_id, 0):
            return
        self._sequences[data.customer_id] = data.journal_seq
        self.standings[data.customer_id] = Standing(
            exposure=Decimal(data.exposure),
            overdue=Decimal(data.overdue_amount),
            overdue_days=data.overdue_days,
            overdue_items=data.overdue_items,
            receivable=Decimal(data.invoiced),
        )


def _reason(reason: Any) -> str:
    phrase = PHRASES.get(reason.rule, f"{reason.rule}: {{value}}, {{threshold}} allowed")
    return phrase.format(value=_readable(reason.value), threshold=_readable(reason.threshold))


def _readable(value: str) -> str:
    """Give amounts their thousands separators; counts and words stay as they are."""
    whole, point, _ = value.partition(".")
    return f"{Decimal(value):,}" if point and whole.lstrip("-").isdigit() else value
