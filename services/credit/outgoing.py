"""From journal entries to public events: the one place that says what the world is told."""

from typing import Any

from contracts.codec import encode_parts
from contracts.money import decimal_string
from services.credit.rules.entries import Decided, Escalated, ReasonEntry
from services.credit.rules.state import Account
from services.kit.outbox import OutboxRow
from services.kit.records import Received

TOPIC = "credit"
PRODUCER = "credit"
MONEY_RULES = frozenset({"limit", "overdue_amount", "single_order_maximum"})
HUNDREDTHS = frozenset({"overdue_share", "payment_behaviour"})
"""Rules measured in hundredths: of a percent, of a day."""


def decision_row(account: Account, entry: Decided, was_held: bool, received: Received) -> OutboxRow:
    """Return the event of a decision. Its id is the hash of the journal entry, so it is the same in every replay."""
    type_ = (
        "credit.order_released"
        if was_held and entry.outcome == "approved"
        else f"credit.order_{entry.outcome}"
    )
    currency = account.currency
    body = {
        "order_id": entry.order,
        "customer_id": account.customer_id,
        "currency": entry.currency,
        "amount": decimal_string(entry.amount, entry.currency),
        "outcome": entry.outcome,
        "decision_version": entry.version,
        "reasons": [public_reason(reason, currency) for reason in entry.reasons] if entry.reasons else [],
        "policy_version": entry.policy,
        "exposure": decimal_string(entry.exposure, currency),
        "limit": None if entry.limit is None else decimal_string(entry.limit, currency),
        "journal_seq": entry.seq,
        "order_occurred_at": entry.placed_at,
        "trigger": entry.trigger,
        "by": entry.by,
        "comment": entry.comment,
    }
    if entry.approved_by is not None:
        body["approved_by"] = entry.approved_by
    case = account.orders[entry.order].case
    if case is not None and case.due_on is not None:
        body["due_on"] = case.due_on.isoformat()
    return _row(
        account, type_, account.hash.hex()[:40], entry.at, body, received, received.record.timestamp_ms
    )


def escalation_row(account: Account, entry: Escalated, received: Received) -> OutboxRow:
    """Return the event of a held order that nobody ruled on in time; its id is the hash of the journal entry."""
    order = account.orders[entry.order]
    body = {
        "order_id": entry.order,
        "customer_id": account.customer_id,
        "currency": order.currency,
        "amount": decimal_string(order.amount, order.currency),
        "level": entry.level,
        "missed": entry.missed.isoformat(),
        "due_on": entry.due_on.isoformat() if entry.due_on is not None else None,
        "reasons": [public_reason(reason, account.currency) for reason in entry.reasons],
        "journal_seq": entry.seq,
    }
    return _row(account, "credit.order_escalated", account.hash.hex()[:40], entry.at, body, received, None)


def public_reason(reason: ReasonEntry, currency: str) -> dict[str, Any]:
    """Return a failing rule as the world reads it: money and hundredths as decimal strings, other numbers as text."""

    def text(value: int | str | None) -> str:
        return number_text(reason.rule, value, currency) if isinstance(value, int) else value or ""

    return {
        "rule": reason.rule,
        "value": text(reason.value),
        "threshold": text(reason.threshold),
        "documents": reason.documents,
    }


def number_text(rule: str, value: int, currency: str) -> str:
    """Return a number that a rule measured, in the unit of the rule."""
    if rule in MONEY_RULES:
        return decimal_string(value, currency)
    return f"{value // 100}.{value % 100:02d}" if rule in HUNDREDTHS else str(value)


def exposure_row(account: Account, received: Received, at: str) -> OutboxRow:
    """Return the snapshot of the account as it stands after its last journal entry."""
    currency, day = account.currency, received.day
    limit = account.limit_on(day)
    body = {
        "customer_id": account.customer_id,
        "currency": currency,
        "journal_seq": account.seq,
        "day": day.isoformat(),
        "limit": None if limit is None else decimal_string(limit, currency),
        "term_days": account.term_days,
        "open_orders": decimal_string(account.open_orders, currency),
        "shipped": decimal_string(account.shipped, currency),
        "invoiced": decimal_string(account.invoiced, currency),
        "unapplied": decimal_string(account.unapplied, currency),
        "exposure": decimal_string(account.exposure, currency),
        "overdue_amount": decimal_string(account.overdue_amount, currency),
        "overdue_items": account.overdue_items,
        "overdue_days": (day - account.oldest_overdue).days if account.oldest_overdue else 0,
        "held_orders": account.held_orders,
        "blacklisted": account.blacklist is not None,
        "on_hold": account.hold is not None,
    }
    return _row(account, "credit.exposure_changed", "x" + account.hash.hex()[:40], at, body, received, None)


def _row(
    account: Account,
    type_: str,
    event_id: str,
    at: str,
    body: dict[str, Any],
    received: Received,
    cause_ms: int | None,
) -> OutboxRow:
    customer = account.customer_id
    value = encode_parts(event_id, type_, at, customer, PRODUCER, received.event.trace, body)
    return OutboxRow(TOPIC, customer.encode(), event_id, value, cause_ms=cause_ms)
