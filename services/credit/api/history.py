"""One order's history, put together from the journal, the log of the desk, and the requests for approval."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries import cases, documents
from services.credit.rules.entries import Cancelled, Decided, Escalated, decode_entry


class StepOut(BaseModel):
    """Something that happened to an order."""

    at: datetime
    what: Literal[
        "approved",
        "held",
        "rejected",
        "cancelled",
        "escalated",
        "claimed",
        "unclaimed",
        "assigned",
        "note",
        "approval requested",
        "approval approved",
        "approval refused",
        "approval withdrawn",
        "approval expired",
    ]
    by: str | None = Field(description="who did it, if a person did")
    approved_by: str | None = Field(None, description="the second person of a ruling by two")
    text: str = Field("", description="the reason, the note, the new owner, or what led to a decision")
    journal_seq: int | None = Field(None, description="its journal entry, if it has one")


async def history_of(connection: AsyncConnection, order: Row[Any]) -> list[StepOut]:
    """Return everything that happened to an order, oldest first."""
    chain = [
        decode_entry(body)
        for body in await documents.read_chain(connection, order.customer_id, order.decision_seq)
    ]
    first = min(entry.seq for entry in chain)
    others = await cases.read_events(connection, order.customer_id, order.order_id, first)
    steps = [_of_entry(entry) for entry in chain + [decode_entry(body) for body in others]]
    steps += [_of_log(row) for row in await cases.read_log(connection, order.order_id)]
    for row in await cases.read_approvals(connection, order.order_id):
        steps += _of_approval(row)
    return sorted(steps, key=lambda step: (step.at, step.journal_seq or 0))


def _of_entry(entry: Any) -> StepOut:
    at = datetime.fromisoformat(entry.at)
    if isinstance(entry, Escalated):
        due = f"no ruling until {entry.missed}"
        return StepOut(at=at, what="escalated", by=None, text=due, journal_seq=entry.seq)
    if isinstance(entry, Cancelled):
        return StepOut(at=at, what="cancelled", by=None, text=entry.reason, journal_seq=entry.seq)
    assert isinstance(entry, Decided)
    return StepOut(
        at=at,
        what=entry.outcome,
        by=entry.by,
        approved_by=entry.approved_by,
        text=entry.comment or entry.trigger,
        journal_seq=entry.seq,
    )


def _of_log(row: Row[Any]) -> StepOut:
    return StepOut(at=row.at, what=row.kind, by=row.by, text=row.note or row.owner or "")


def _of_approval(row: Row[Any]) -> list[StepOut]:
    steps = [StepOut(at=row.requested_at, what="approval requested", by=row.requested_by, text=row.reason)]
    if row.closed_at is not None:
        what: Any = f"approval {row.state}"
        steps.append(StepOut(at=row.closed_at, what=what, by=row.closed_by, text=row.comment))
    return steps
