"""What the world is told about people's work on held orders: owners, notes, and approvals asked for and given."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.credit import (
    ApprovalClosed,
    ApprovalOutcome,
    ApprovalRequested,
    CaseAssigned,
    CaseNoted,
)
from contracts.money import decimal_string
from services.credit.outgoing import PRODUCER, TOPIC
from services.credit.rules.state import Order
from services.kit.outbox import OutboxRow
from services.kit.telemetry import current_traceparent


def assigned_row(
    customer_id: str, order: Order, *, owner: str | None, previous: str | None, by: str, at: datetime
) -> OutboxRow:
    """Return the event of a case that has another owner."""
    due_on = order.case.due_on if order.case is not None else None
    data = CaseAssigned(
        **_order(customer_id, order), owner=owner, previous_owner=previous, by=by, due_on=due_on
    )
    return event_row(customer_id, data, at)


def noted_row(customer_id: str, order: Order, *, text: str, by: str, at: datetime) -> OutboxRow:
    """Return the event of a note."""
    return event_row(customer_id, CaseNoted(**_order(customer_id, order), by=by, text=text), at)


def approval_requested_row(approval: Mapping[str, Any], due_on: date | None) -> OutboxRow:
    """Return the event of a row of ``approvals`` that was just written."""
    data = ApprovalRequested(**_approval(approval), due_on=due_on)
    return event_row(approval["customer_id"], data, approval["requested_at"])


def approval_closed_row(approval: Mapping[str, Any], outcome: ApprovalOutcome) -> OutboxRow:
    """Return the event of a row of ``approvals`` that was just closed."""
    data = ApprovalClosed(
        **_approval(approval), outcome=outcome, by=approval["closed_by"], comment=approval["comment"]
    )
    return event_row(approval["customer_id"], data, approval["closed_at"])


def _order(customer_id: str, order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "customer_id": customer_id,
        "currency": order.currency,
        "amount": decimal_string(order.amount, order.currency),
    }


def _approval(row: Mapping[str, Any]) -> dict[str, Any]:
    amount, currency = row["amount"], row["currency"]
    return {
        "approval_id": row["approval_id"],
        "kind": row["kind"],
        "customer_id": row["customer_id"],
        "order_id": row["order_id"],
        "currency": currency,
        "amount": None if amount is None else decimal_string(amount, currency),
        "requested_by": row["requested_by"],
        "reason": row["reason"],
    }


def event_row(customer_id: str, data: EventData, at: datetime) -> OutboxRow:
    """Return an event of ours that no journal entry stands for."""
    # The ids of decisions are hashes in hex; the x keeps all others apart from them.
    event_id = f"x-{uuid4().hex}"
    event = new_event(
        data,
        id=event_id,
        occurred_at=at,
        key=customer_id,
        producer=PRODUCER,
        trace=current_traceparent(),
    )
    return OutboxRow(TOPIC, customer_id.encode(), event_id, encode(event))
