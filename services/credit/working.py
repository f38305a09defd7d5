"""The working set of one batch: the accounts it touches, and what is to be written when it is folded."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime

from services.credit.outgoing import decision_row, escalation_row, exposure_row
from services.credit.rules import entries as e
from services.credit.rules.evolve import evolve
from services.credit.rules.policies import PartitionPolicy
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account, Case, Order, Override
from services.kit.outbox import OutboxRow
from services.kit.records import Received

ActivationRow = tuple[int, int, date, str, int | None]
"""Partition, version, its first day, the time of the activation, and its turn (None: waits for its day)."""

DocumentRow = tuple[int, str, date, str | None, str, str]
"""Version, document, effective day, who activated it, why, and when."""

JournalRow = tuple[str, int, str, date, bytes | None, bytes | None, str, bytes]

_KIND: dict[type, str] = {
    kind: str(kind.__struct_config__.tag)
    for kind in (
        e.Decided,
        e.Escalated,
        e.Amended,
        e.Cancelled,
        e.Shipped,
        e.Invoiced,
        e.CreditTaken,
        e.CreditReversed,
        e.Exchanged,
        e.Reallocated,
        e.TermsChanged,
        e.TemporaryLimitSet,
        e.Flagged,
        e.RiskClassSet,
        e.DayPassed,
    )
}
_TERMS = (e.TermsChanged, e.TemporaryLimitSet, e.Flagged, e.RiskClassSet, e.DayPassed)
BROADCAST = frozenset({"clock.day_started", "policy.activated"})
"""Events that change many accounts: they are recognised by what they say and leave no receipt."""


@dataclass(slots=True)
class Working:
    """What one transaction knows and has changed.

    Attributes:
        policy: in force on partitions that :attr:`policies` does not name.
        policies: of partitions on which a version was activated, in force or waiting for its day.
        activations: rows to be written of versions that were activated or came into force.
        documents: versions of which the document came with an event.
        accounts: every account the batch may touch.
        owners: (kind, id) of documents the batch names for a customer that they do not, or may not, belong to: whose
            they are, None as long as there is no such document.
        journal, rows: to be written.
        orders, items, credits: ids changed, per customer.
        cases: orders that are or were held, or released by hand, and changed, per customer.
        days: the business day that has begun on a partition, with the time of its event.
        touched: accounts with new entries, with the event of the last one.
        snapshots: accounts of which the world is sent a new snapshot, with the time of the last change.
        terms: accounts whose terms changed.
        late: customers to whom a document comes late.
    """

    policy: Policy
    policies: dict[int, PartitionPolicy] = field(default_factory=dict)
    activations: dict[tuple[int, int], ActivationRow] = field(default_factory=dict)
    documents: dict[int, DocumentRow] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)
    owners: dict[tuple[str, str], str | None] = field(default_factory=dict)
    journal: list[JournalRow] = field(default_factory=list)
    rows: list[OutboxRow] = field(default_factory=list)
    allocations: list[tuple[str, int, str, str, int]] = field(default_factory=list)
    orders: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    credits: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    days: dict[int, tuple[date, datetime]] = field(default_factory=dict)
    touched: dict[str, Received] = field(default_factory=dict)
    snapshots: dict[str, str] = field(default_factory=dict)
    terms: set[str] = field(default_factory=set)
    decisions: list[e.Decided] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    def policy_on(self, partition: int) -> Policy:
        """Return the policy in force on a partition."""
        known = self.policies.get(partition)
        return self.policy if known is None else known.current

    def record(self, account: Account, entries: Iterable[e.AnyEntry], received: Received) -> None:
        """Journal and apply each entry as the rule yields it, and note what has to be written and told."""
        key = None if received.event.type in BROADCAST else received.key
        digest = received.event.digest
        customer = account.customer_id
        for entry in entries:
            order_id: str | None = getattr(entry, "order", None)
            before = account.orders.get(order_id) if order_id is not None else None
            was_held = before is not None and before.status == "held"
            # Nearly all orders are nothing to the people at the desk, before an entry and after it.
            desk = _desk_of(before) if before is not None and (before.case or before.override) else None
            if not isinstance(entry, (e.Decided, e.Escalated)):
                self.snapshots[customer] = entry.at
            self._note(account, entry)
            body = e.encode_entry(entry)
            evolve(account, entry)
            if account.money_log is not None and isinstance(entry, e.MoneyEntry):
                account.money_log.append(entry)
            account.hash = e.chain_hash(account.hash, body)
            self.journal.append(
                (
                    customer,
                    entry.seq,
                    _KIND[type(entry)],
                    entry.day,
                    key,
                    digest if key else None,
                    body.decode(),
                    account.hash,
                )
            )
            if isinstance(entry, e.Decided):
                self.decisions.append(entry)
                self.rows.append(decision_row(account, entry, was_held, received))
            elif isinstance(entry, e.Escalated):
                self.rows.append(escalation_row(account, entry, received))
            after = account.orders.get(order_id) if order_id is not None else None
            if (
                after is not None
                and (desk is not None or after.case or after.override)
                and (desk is None or isinstance(entry, e.Decided) or desk != _desk_of(after))
            ):
                self.cases[after.order_id] = customer
            key = None
            self.touched[customer] = received

    def _note(self, account: Account, entry: e.AnyEntry) -> None:
        """Remember which rows ``entry`` is about to change."""
        customer = account.customer_id
        if isinstance(entry, e.Escalated):
            return
        if isinstance(entry, (e.Decided, e.Amended, e.Cancelled, e.Shipped)):
            self.orders[entry.order] = customer
            return
        if isinstance(entry, e.Exchanged):
            self.credits[entry.credit] = customer
            return
        if isinstance(entry, e.Invoiced):
            self.items[entry.invoice] = customer
            if entry.order is not None:
                self.orders[entry.order] = customer
        elif isinstance(entry, (e.CreditTaken, e.CreditReversed)):
            self.credits[entry.credit] = customer
        elif isinstance(entry, e.Reallocated):
            for credit_id in entry.intents:
                self.credits[credit_id] = customer
        elif isinstance(entry, _TERMS):
            self.terms.add(customer)
            self._note_judged_items(account, entry)
            return
        for allocation in entry.allocations:
            self.items[allocation.invoice] = customer
            self.credits[allocation.credit] = customer
            self.allocations.append(
                (customer, entry.seq, allocation.credit, allocation.invoice, allocation.amount)
            )

    def _note_judged_items(self, account: Account, entry: e.AnyEntry) -> None:
        if isinstance(entry, e.DayPassed):
            judged = [invoice_id for _, invoice_id in account.current_index[: entry.fell_overdue]]
        elif isinstance(entry, e.TermsChanged) and entry.grace_days != account.grace_days:
            judged = list(account.items)
        else:
            return
        for invoice_id in judged:
            self.items[invoice_id] = account.customer_id

    def tell_exposures(self) -> None:
        """Add one snapshot per account that changed otherwise than by a decision, as it stands now."""
        for customer, at in self.snapshots.items():
            self.rows.append(exposure_row(self.accounts[customer], self.touched[customer], at))


def _desk_of(order: Order) -> tuple[Case | None, Override | None]:
    """Return what an order is to the people at the desk."""
    return copy(order.case), order.override
