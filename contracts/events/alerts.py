"""What a person should know now. Topic ``alerts``, key ``customer_id``."""

from typing import ClassVar, Literal

from contracts.events.base import EventData
from contracts.wire import Id, Text

Severity = Literal["info", "warning", "critical"]


class AlertRaised(EventData):
    """Something needs a person. One alert per ``dedup_key`` is open at a time."""

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


class AlertResolved(EventData):
    """The cause of an alert is gone."""

    TYPE: ClassVar[str] = "alert.resolved"
    TOPIC: ClassVar[str] = "alerts"

    alert_id: Id
    customer_id: Id
    reason: Text = ""
