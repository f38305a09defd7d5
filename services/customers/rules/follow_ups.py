"""Follow-ups: what was done about a customer or a prospect, what is to be done next, and when somebody is reminded."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from contracts.envelope import Event
from contracts.errors import Conflict
from contracts.events.follow_ups import FollowUpDue, ProspectFollowUpDue
from services.customers.rules.changes import digest_of, facts_of

Step = Literal["recorded", "rescheduled", "completed"]
_RANKS: dict[Step, int] = {"recorded": 0, "rescheduled": 1, "completed": 2}


@dataclass(slots=True)
class FollowUp:
    """A follow-up: what was recorded, and the latest step of what it left to do.

    Attributes:
        partition: of its events; the clock of that partition tells when it is due.
        recorded: digest of what was recorded; None: a step came before it.
        happened_at: None: it is planned.
        outcome: of what was recorded; ``step_outcome`` of its completion.
        step: the latest one by time; at one instant a completion counts over a new day, and that over the recording.
        open: whether something is left to do.
        due_told_on: the reminder day for which ``follow_up.due`` went out.
        cause: what was found out that planned it; None: a person recorded it.
    """

    follow_up_id: str
    customer_id: str | None
    prospect_id: str | None
    partition: int
    recorded: bytes | None = None
    recorded_at: datetime | None = None
    recorded_by: str | None = None
    salesperson_id: str = ""
    how: str = ""
    happened_at: datetime | None = None
    contact: str = ""
    outcome: str | None = None
    notes: str = ""
    next_step: str = ""
    alert_id: str | None = None
    step: Step | None = None
    step_at: datetime | None = None
    step_by: str | None = None
    step_outcome: str | None = None
    step_notes: str = ""
    remind_on: date | None = None
    open: bool = False
    due_told_on: date | None = None
    cause: str | None = None
    stored: bool = False
    changed: bool = False


def subject_of(event: Event[Any]) -> tuple[str | None, str | None]:
    """Return the customer or the prospect that a follow-up is about."""
    return getattr(event.data, "customer_id", None), getattr(event.data, "prospect_id", None)


def check_subject(follow_up: FollowUp, event: Event[Any]) -> None:
    """Refuse a word about a follow-up on somebody else.

    Raises:
        Conflict: naming the id.
    """
    if (follow_up.customer_id, follow_up.prospect_id) != subject_of(event):
        whose = follow_up.customer_id or follow_up.prospect_id
        raise Conflict("data.follow_up_id", f"follow-up {follow_up.follow_up_id!r} is about {whose!r}")


def record(follow_up: FollowUp, event: Event[Any]) -> bool:
    """A follow-up was recorded; False: it was known.

    Raises:
        Conflict: when it was recorded with another body.
    """
    data, digest = event.data, digest_of(facts_of(event.data))
    check_subject(follow_up, event)
    if follow_up.recorded is not None:
        if follow_up.recorded != digest:
            raise Conflict("data.follow_up_id", f"{follow_up.follow_up_id!r} was recorded with another body")
        return False
    follow_up.recorded, follow_up.recorded_at, follow_up.recorded_by = digest, event.occurred_at, data.by
    follow_up.salesperson_id, follow_up.how, follow_up.contact = data.salesperson_id, data.how, data.contact
    follow_up.happened_at, follow_up.outcome, follow_up.notes = data.happened_at, data.outcome, data.notes
    follow_up.next_step, follow_up.alert_id = data.next_step, data.alert_id
    follow_up.cause = getattr(data, "cause", None)
    _step(follow_up, "recorded", event, remind_on=data.remind_on)
    _settle(follow_up)
    return True


def complete(follow_up: FollowUp, event: Event[Any]) -> None:
    """What it left to do is done.

    Raises:
        Conflict: when it is known to be about somebody else.
    """
    check_subject(follow_up, event)
    _step(follow_up, "completed", event, outcome=event.data.outcome, notes=event.data.notes)
    _settle(follow_up)


def reschedule(follow_up: FollowUp, event: Event[Any]) -> None:
    """The reminder is for another day.

    Raises:
        Conflict: when it is known to be about somebody else.
    """
    check_subject(follow_up, event)
    _step(follow_up, "rescheduled", event, remind_on=event.data.remind_on, notes=event.data.reason)
    _settle(follow_up)


def _step(
    follow_up: FollowUp,
    step: Step,
    event: Event[Any],
    *,
    remind_on: date | None = None,
    outcome: str | None = None,
    notes: str = "",
) -> None:
    at = event.occurred_at
    if follow_up.step is not None and follow_up.step_at is not None:
        told = (at, _RANKS[step], remind_on or date.min, outcome or "", notes)
        known = (
            follow_up.step_at,
            _RANKS[follow_up.step],
            follow_up.remind_on or date.min,
            follow_up.step_outcome or "",
            follow_up.step_notes,
        )
        if told <= known:
            return
    follow_up.step, follow_up.step_at, follow_up.step_by = step, at, event.data.by
    follow_up.remind_on, follow_up.step_outcome, follow_up.step_notes = remind_on, outcome, notes


def _settle(follow_up: FollowUp) -> None:
    nothing_left = follow_up.outcome is not None and not follow_up.next_step and follow_up.remind_on is None
    known = follow_up.recorded is not None
    follow_up.open = known and follow_up.step != "completed" and not nothing_left
    follow_up.changed = True


def is_due(follow_up: FollowUp, day: date) -> bool:
    """Whether its reminder day has come, and nobody was told yet."""
    remind_on = follow_up.remind_on
    if not follow_up.open or remind_on is None or remind_on > day:
        return False
    return follow_up.due_told_on != remind_on


def tell_due(follow_up: FollowUp) -> FollowUpDue | ProspectFollowUpDue:
    """Mark that it is told, and return what is told."""
    assert follow_up.remind_on is not None
    follow_up.due_told_on = follow_up.remind_on
    follow_up.changed = True
    if follow_up.customer_id is not None:
        return FollowUpDue(
            customer_id=follow_up.customer_id,
            follow_up_id=follow_up.follow_up_id,
            salesperson_id=follow_up.salesperson_id,
            remind_on=follow_up.remind_on,
            next_step=follow_up.next_step,
            alert_id=follow_up.alert_id,
        )
    assert follow_up.prospect_id is not None
    return ProspectFollowUpDue(
        prospect_id=follow_up.prospect_id,
        follow_up_id=follow_up.follow_up_id,
        salesperson_id=follow_up.salesperson_id,
        remind_on=follow_up.remind_on,
        next_step=follow_up.next_step,
        alert_id=follow_up.alert_id,
    )
