"""Follow-ups as callers get them."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.events.follow_ups import FollowUpCause, FollowUpOutcome, How
from services.customers.rules.follow_ups import FollowUp


class FollowUpOut(BaseModel):
    """A follow-up as it stands."""

    follow_up_id: str
    customer_id: str | None
    prospect_id: str | None
    salesperson_id: str
    how: How
    happened_at: datetime | None = Field(
        description="null: it is planned, or was completed without saying when"
    )
    contact: str
    outcome: FollowUpOutcome | None = Field(description="of its completion, or else of what was recorded")
    notes: str
    next_step: str
    remind_on: date | None = Field(description="when somebody is reminded; null: never")
    alert_id: str | None
    cause: FollowUpCause | None = Field(
        description="what was found out that planned it; null: a person recorded it"
    )
    status: Literal["planned", "waiting", "done"] = Field(
        description="not taken place; taken place with something left to do; nothing left to do"
    )
    recorded_at: datetime
    recorded_by: str | None
    step_at: datetime = Field(description="when it was last recorded, rescheduled or completed")
    step_by: str | None
    step_notes: str


class StepOut(BaseModel):
    """A step of a follow-up."""

    kind: str
    at: datetime
    by: str | None
    producer: str
    said: dict[str, Any]


class FollowUpDetail(FollowUpOut):
    """A follow-up with its history."""

    steps: list[StepOut]


def follow_up_out(row: FollowUp | Row[Any]) -> FollowUpOut:
    """Return a follow-up, from its row or from the archive."""
    if not row.open:
        status: Literal["planned", "waiting", "done"] = "done"
    else:
        status = "planned" if row.happened_at is None else "waiting"
    assert row.step_at is not None
    return FollowUpOut(
        follow_up_id=row.follow_up_id,
        customer_id=row.customer_id,
        prospect_id=row.prospect_id,
        salesperson_id=row.salesperson_id,
        how=row.how,
        happened_at=row.happened_at,
        contact=row.contact,
        outcome=row.step_outcome or row.outcome,
        notes=row.notes,
        next_step=row.next_step,
        remind_on=row.remind_on,
        alert_id=row.alert_id,
        cause=row.cause,
        status=status,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        step_at=row.step_at,
        step_by=row.step_by,
        step_notes=row.step_notes,
    )


def step_out(row: Row[Any]) -> StepOut:
    """Return a step, from the audit."""
    return StepOut(kind=row.kind, at=row.at, by=row.by, producer=row.producer, said=row.after)
