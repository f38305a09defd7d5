"""Steps of alerts as events on the topic."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.alerts import (
    AlertAcknowledged,
    AlertAssigned,
    AlertChanged,
    AlertRaised,
    AlertReopened,
    AlertResolved,
    AlertSnoozed,
    SubjectType,
)
from services.insights.rules.alerts.model import OURS, Alert, Step
from services.insights.rules.alerts.texts import Reading
from services.insights.wording import read
from services.kit.outbox import OutboxRow

Names: TypeAlias = Mapping[tuple[SubjectType, str], str]
"""What customers, salespeople and prospects are called, by what they are and their id."""

FOUND_BY_ITS_OWN = ("raised", "changed")


def outbox_rows(steps: Sequence[Step], names: Names) -> list[OutboxRow]:
    """Return the events that tell of steps.

    What another service says of its alert itself (that it is raised, that its cause is gone) is not said again.

    Args:
        names: as far as they are known.
    """

    def name(alert: Alert) -> str:
        return names.get((alert.subject_type, alert.customer_id), "")

    return [_row(step, name(step.alert)) for step in steps if _is_told(step)]


def reading_of(alert: Alert, name: str) -> Reading:
    """Return what an alert says, in English: the language of the topic."""
    return read(alert.kind, alert.facts, name or alert.customer_id, alert.origin)


def _is_told(step: Step) -> bool:
    if step.name == "cause_gone":
        return False
    theirs = step.name in FOUND_BY_ITS_OWN or (step.name == "resolved" and not step.by)
    return step.alert.origin == OURS or not theirs


def _row(step: Step, name: str) -> OutboxRow:
    alert = step.alert
    data = _DATA[step.name](step, name)
    # Made of what it tells of, so that telling it again is the same event.
    digest = blake2b(f"{alert.alert_id}#{alert.version}".encode(), digest_size=16).hexdigest()
    event = new_event(data, id=f"alert-{digest}", occurred_at=step.at, key=alert.customer_id, producer=OURS)
    return OutboxRow(data.TOPIC, alert.customer_id.encode(), event.id, encode(event))


def _raised(step: Step, name: str) -> EventData:
    alert = step.alert
    reading = reading_of(alert, name)
    return AlertRaised(
        alert_id=alert.alert_id,
        dedup_key=alert.key,
        kind=alert.kind,
        severity=alert.severity,
        customer_id=alert.customer_id,
        owner_id=alert.owner.person or None,
        owner_role=alert.owner.role,
        subject=alert.subject,
        subject_type=alert.subject_type,
        occurrence=alert.occurrence,
        title=reading.title,
        evidence=reading.evidence,
        suggested_step=reading.step,
        documents=list(alert.documents),
    )


def _changed(step: Step, name: str) -> EventData:
    assert step.previous is not None
    return AlertChanged(
        **_about(step),
        severity=step.alert.severity,
        previous_severity=step.previous,
        evidence=reading_of(step.alert, name).evidence,
    )


def _snoozed(step: Step, name: str) -> EventData:
    assert step.alert.snoozed_until is not None
    return AlertSnoozed(**_about(step), by=step.by, until=step.alert.snoozed_until, note=step.reason)


def _assigned(step: Step, name: str) -> EventData:
    owner = step.alert.owner
    return AlertAssigned(
        **_about(step),
        owner_id=owner.person or None,
        owner_role=owner.role,
        by=step.by or None,
        note=step.reason,
    )


def _about(step: Step) -> dict[str, Any]:
    return {"alert_id": step.alert.alert_id, "customer_id": step.alert.customer_id}


_DATA: dict[str, Callable[[Step, str], EventData]] = {
    "raised": _raised,
    "changed": _changed,
    "snoozed": _snoozed,
    "assigned": _assigned,
    "acknowledged": lambda step, name: AlertAcknowledged(**_about(step), by=step.by, note=step.reason),
    "reopened": lambda step, name: AlertReopened(
        **_about(step), severity=step.alert.severity, reason=step.reason
    ),
    "resolved": lambda step, name: AlertResolved(**_about(step), reason=step.reason, by=step.by or None),
}
