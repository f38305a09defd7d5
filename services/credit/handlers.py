"""Which event is handled where."""

from collections.abc import Callable, Iterator
from typing import Any

from contracts.errors import ContractError
from services.credit.moments import utc_text
from services.credit.rules import day, orders, receivables, terms, transfers
from services.credit.rules.context import Context
from services.credit.rules.entries import AnyEntry
from services.credit.rules.policies import PartitionPolicy, Waiting
from services.credit.rules.policy import Policy, document_of, document_text
from services.credit.rules.state import TRANSFER, Account
from services.credit.working import Working
from services.kit.processor import Handler
from services.kit.records import Received

Rule = Callable[[Account, Any, Context], Iterator[AnyEntry]]


def context_of(working: Working, received: Received) -> Context:
    """Return the circumstances of an event."""
    event = received.event
    policy = working.policy_on(received.record.partition) if working.policies else working.policy
    return Context(f"{event.producer}/{event.id}", utc_text(event.occurred_at), received.day, policy)


def _customer_event(rule: Rule, *documents: str) -> Handler[Working]:
    """Make a handler of a rule; ``documents`` names the fields that must not belong to another customer."""

    def handle(working: Working, received: Received) -> None:
        data = received.event.data
        account = working.accounts[data.customer_id]
        if not working.owners:
            working.record(account, rule(account, data, context_of(working, received)), received)
            return
        for document in documents:
            _require_own(working, document, data)
        seq = account.seq
        working.record(account, rule(account, data, context_of(working, received)), received)
        if account.seq > seq:
            for document in documents:
                _own(working, document, data)

    return handle


def _require_own(working: Working, document: str, data: Any) -> None:
    document_id = getattr(data, document)
    owner = working.owners.get((document, document_id))
    if owner is not None and owner != data.customer_id:
        raise ContractError(f"data.{document}", f"{document_id!r} belongs to customer {owner!r}")


def _own(working: Working, document: str, data: Any) -> None:
    """Give a document that several customers name in this batch to the one whose event was applied."""
    key = (document, getattr(data, document))
    if key in working.owners:
        working.owners[key] = data.customer_id


def _transfer(rule: Rule, kept_as: str) -> Handler[Working]:
    """Make a handler of one side of a transfer, which is kept among the customer's invoices or credits."""

    def handle(working: Working, received: Received) -> None:
        data = received.event.data
        account, transfer_id = working.accounts[data.customer_id], data.transfer_id
        # As store/naming.py knows documents.
        key = (kept_as, TRANSFER + transfer_id) if kept_as == "invoice_id" else ("transfer_id", transfer_id)
        owner = working.owners.get(key)
        if owner is not None and owner != data.customer_id:
            raise ContractError("data.transfer_id", f"{transfer_id!r} belongs to customer {owner!r}")
        if received.event.type == "receivable.transferred_out":
            _require_own(working, "invoice_id", data)
        seq = account.seq
        working.record(account, rule(account, data, context_of(working, received)), received)
        if account.seq > seq and key in working.owners:
            working.owners[key] = data.customer_id

    return handle


def _day_started(working: Working, received: Received) -> None:
    """Let the day pass over every account of the partition that wakes on it."""
    changed = _take_policies(working, received)
    context = context_of(working, received)
    working.days[received.record.partition] = (received.day, received.event.occurred_at)
    for customer, account in working.accounts.items():
        if working.partitions[customer] == received.record.partition:
            working.record(account, day.day_passed(account, context), received)
            if changed:
                working.record(account, day.policy_in_force(account, context), received)


def _policy_activated(working: Working, received: Received) -> None:
    """Note a version of the policy and, if its day has begun, decide the partition's held orders again by it."""
    data, partition = received.event.data, received.record.partition
    known = working.policies.get(partition)
    if known is None:
        known = working.policies[partition] = PartitionPolicy(working.policy)
    policy, at = Policy(data.version, document_of(data.policy)), utc_text(received.event.occurred_at)
    first = max(data.effective_from, received.day)
    if not known.activate(Waiting(first, at, policy)):
        return
    working.activations[partition, policy.version] = (partition, policy.version, first, at, None)
    text = document_text(policy.document)
    working.documents[policy.version] = (policy.version, text, data.effective_from, data.by, data.reason, at)
    if not _take_policies(working, received):
        return
    context = context_of(working, received)
    for customer, account in working.accounts.items():
        if working.partitions[customer] == partition:
            working.record(account, day.policy_in_force(account, context), received)


def _take_policies(working: Working, received: Received) -> bool:
    """Bring into force what waits for the day; return whether anything did."""
    partition = received.record.partition
    known = working.policies.get(partition)
    if known is None:
        return False
    starts = {waiting.policy.version: waiting for waiting in known.waiting}
    taken = known.take(received.day)
    for turn, policy in enumerate(taken, known.turns - len(taken) + 1):
        start, version = starts[policy.version], policy.version
        working.activations[partition, version] = (partition, version, start.from_day, start.at, turn)
    return bool(taken)


HANDLERS: dict[str, Handler[Working]] = {
    "order.placed": _customer_event(orders.placed, "order_id"),
    "order.amended": _customer_event(orders.amended, "order_id"),
    "order.cancelled": _customer_event(orders.cancelled, "order_id"),
    "order.shipped": _customer_event(orders.shipped, "order_id"),
    "order.invoiced": _customer_event(receivables.invoiced, "invoice_id", "order_id"),
    "order.returned": _customer_event(receivables.returned, "return_id"),
    "payment.received": _customer_event(receivables.payment_received, "payment_id"),
    "payment.reversed": _customer_event(receivables.payment_reversed, "payment_id"),
    "payment.transferred_out": _transfer(transfers.money_out, "invoice_id"),
    "payment.transferred_in": _transfer(transfers.money_in, "credit_id"),
    "receivable.transferred_out": _transfer(transfers.receivable_out, "credit_id"),
    "receivable.transferred_in": _transfer(transfers.receivable_in, "invoice_id"),
    "receivable.written_off": _customer_event(receivables.written_off, "write_off_id", "invoice_id"),
    "terms.set": _customer_event(terms.terms_set),
    "terms.temporary_limit_granted": _customer_event(terms.temporary_limit_granted),
    "terms.risk_class_set": _customer_event(terms.risk_class_set),
    "terms.hold_placed": _customer_event(terms.hold_placed),
    "terms.hold_lifted": _customer_event(terms.hold_lifted),
    "terms.order_release_ruled": _customer_event(terms.release_ruled, "order_id"),
    "terms.order_rejection_ruled": _customer_event(terms.rejection_ruled, "order_id"),
    "customer.blacklisted": _customer_event(terms.blacklisted),
    "customer.blacklist_lifted": _customer_event(terms.blacklist_lifted),
    "clock.day_started": _day_started,
    "policy.activated": _policy_activated,
}
