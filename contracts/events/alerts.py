"""What a person should know now. Topic ``alerts``, key ``customer_id``."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData
from contracts.wire import Id, Instant, Text

Severity = Literal["info", "warning", "critical"]
OwnerRole = Literal["sales", "finance", "manager"]
SubjectType = Literal["customer", "salesperson", "prospect"]


class AlertRaised(EventData):
    """Something needs a person. One alert per ``dedup_key`` is open at a time.

    ``owner_id`` is the person it is for, ``owner_role`` everybody of a role if it is nobody's in person.
    ``customer_id`` is who it is about: a customer, or what ``subject_type`` says. ``subject`` is what exactly, such as
    an order. ``occurrence`` counts how often this cause came up, ``documents`` are those it can be seen in.
    """

    TYPE: ClassVar[str] = "alert.raised"
    TOPIC: ClassVar[str] = "alerts"

    alert_id: Id
    dedup_key: Text
    kind: Id
    severity: Severity
    customer_id: Id
    owner_id: Id | None = None
    title: Text
    evidence: Text = ""
    suggested_step: Text = ""
    owner_role: OwnerRole | None = None
    subject_type: SubjectType = "customer"
    subject: Id | None = None
    occurrence: Annotated[int, Field(ge=1)] = 1
    documents: Annotated[list[Id], Field(default_factory=list, max_length=20)]


class _OfAlert(EventData):
    """Something that happened to an alert that is open."""

    alert_id: Id
    customer_id: Id


class AlertAcknowledged(_OfAlert):
    """Somebody has seen it and deals with it."""

    TYPE: ClassVar[str] = "alert.acknowledged"
    TOPIC: ClassVar[str] = "alerts"

    by: Id
    note: Text = ""


class AlertSnoozed(_OfAlert):
    """Somebody wants to hear of it again at a later time."""

    TYPE: ClassVar[str] = "alert.snoozed"
    TOPIC: ClassVar[str] = "alerts"

    by: Id
    until: Instant
    note: Text = ""


class AlertReopened(_OfAlert):
    """It asks for attention again: its rest is over, or it became worse after somebody had acknowledged it."""

    TYPE: ClassVar[str] = "alert.reopened"
    TOPIC: ClassVar[str] = "alerts"

    severity: Severity
    reason: Text = ""


class AlertChanged(_OfAlert):
    """It is more or less serious than it was."""

    TYPE: ClassVar[str] = "alert.changed"
    TOPIC: ClassVar[str] = "alerts"

    severity: Severity
    previous_severity: Severity
    evidence: Text = ""


class AlertAssigned(_OfAlert):
    """It is for somebody else now. ``by`` is null when it went with the customer to another salesperson."""

    TYPE: ClassVar[str] = "alert.assigned"
    TOPIC: ClassVar[str] = "alerts"

    owner_id: Id | None = None
    owner_role: OwnerRole | None = None
    by: Id | None = None
    note: Text = ""


class AlertResolved(EventData):
    """The cause of an alert is gone, or somebody says so: then ``by`` is who."""

    TYPE: ClassVar[str] = "alert.resolved"
    TOPIC: ClassVar[str] = "alerts"

    alert_id: Id
    customer_id: Id
    reason: Text = ""
    by: Id | None = None
