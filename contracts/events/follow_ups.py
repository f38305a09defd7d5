"""What was done about a customer or a prospect, and what is to be done next.

Those on customers travel on topic ``customers``, key ``customer_id``; those on prospects on topic ``prospects``, key
``prospect_id``: each in order with everything else about its subject.
"""

from typing import ClassVar, Literal

from contracts.events.base import EventData
from contracts.wire import Day, Id, Instant, Text

How = Literal["visit", "call", "message", "mail"]
FollowUpOutcome = Literal[
    "ordered",
    "promised_order",
    "promised_payment",
    "paid",
    "informed",
    "not_interested",
    "complaint",
    "not_reached",
    "other",
]
FollowUpCause = Literal["class_fell", "dormant"]


class _Recorded(EventData):
    """``happened_at`` null: it is planned. ``alert_id`` is the alert that caused it."""

    follow_up_id: Id
    salesperson_id: Id
    how: How
    happened_at: Instant | None = None
    contact: Text = ""
    outcome: FollowUpOutcome | None = None
    notes: Text = ""
    next_step: Text = ""
    remind_on: Day | None = None
    alert_id: Id | None = None
    by: Id | None = None


class _Completed(EventData):
    follow_up_id: Id
    outcome: FollowUpOutcome
    notes: Text = ""
    by: Id | None = None


class _Rescheduled(EventData):
    follow_up_id: Id
    remind_on: Day
    reason: Text = ""
    by: Id | None = None


class _Due(EventData):
    follow_up_id: Id
    salesperson_id: Id
    remind_on: Day
    next_step: Text = ""
    alert_id: Id | None = None


class FollowUpRecorded(_Recorded):
    """A salesperson followed a customer up, or means to; the reminder day says when something is due.

    ``cause`` is what was found out about the customer that it was planned for by itself; null: a person recorded it.
    """

    TYPE: ClassVar[str] = "follow_up.recorded"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id
    cause: FollowUpCause | None = None


class FollowUpCompleted(_Completed):
    """What a follow-up left to do is done, with this outcome."""

    TYPE: ClassVar[str] = "follow_up.completed"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id


class FollowUpRescheduled(_Rescheduled):
    """The reminder of a follow-up is for another day; a completed one is open again."""

    TYPE: ClassVar[str] = "follow_up.rescheduled"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id


class FollowUpDue(_Due):
    """The reminder day of a follow-up has come and it is still open; told once for each reminder day."""

    TYPE: ClassVar[str] = "follow_up.due"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id


class ProspectFollowUpRecorded(_Recorded):
    """A salesperson followed a prospect up, or means to."""

    TYPE: ClassVar[str] = "prospect.follow_up_recorded"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id


class ProspectFollowUpCompleted(_Completed):
    """What a follow-up on a prospect left to do is done, with this outcome."""

    TYPE: ClassVar[str] = "prospect.follow_up_completed"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id


class ProspectFollowUpRescheduled(_Rescheduled):
    """The reminder of a follow-up on a prospect is for another day; a completed one is open again."""

    TYPE: ClassVar[str] = "prospect.follow_up_rescheduled"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id


class ProspectFollowUpDue(_Due):
    """The reminder day of a follow-up on a prospect has come and it is still open; told once for each day."""

    TYPE: ClassVar[str] = "prospect.follow_up_due"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id
