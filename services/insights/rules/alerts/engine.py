"""The life of an alert: what is the case against what is stored, and what people do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.errors import Conflict, ContractError
from services.insights.rules.alerts.model import (
    RANK,
    Alert,
    Condition,
    Owner,
    State,
    Step,
    StepName,
    alert_id,
    spelled,
)

GONE = "the cause is gone"
TIME_HAS_COME = "the time it was put off to has come"
WORSE = "it became worse"
WITH_THE_CUSTOMER = "the customer has another salesperson"


@dataclass(slots=True)
class Outcome:
    """What follows.

    Attributes:
        steps: what happened, in order per alert.
        refreshed: alerts whose evidence alone reads differently: no step, nobody is told.
    """

    steps: list[Step] = field(default_factory=list)
    refreshed: list[Alert] = field(default_factory=list)


def by_key(conditions: Iterable[Condition]) -> dict[str, Condition]:
    """Return one condition per key: of several the most serious one, and of those the first by its alert's id."""
    found: dict[str, Condition] = {}
    for condition in conditions:
        known = found.get(condition.key)
        if known is None or _precedes(condition) < _precedes(known):
            found[condition.key] = condition
    return found


def _precedes(condition: Condition) -> tuple[object, ...]:
    owner = condition.owner
    return (
        *(-RANK[condition.severity], condition.alert_id, condition.subject),
        *(owner.person, owner.role or "", spelled(condition.facts)),
    )


def new_keys(alive: Mapping[str, Alert], conditions: Mapping[str, Condition]) -> list[str]:
    """Return the keys of which a new occurrence begins: how many there were before must be looked up."""
    return [key for key, condition in conditions.items() if _begins_anew(alive.get(key), condition)]


def compare(
    alive: Mapping[str, Alert],
    conditions: Mapping[str, Condition],
    occurrences: Mapping[str, int],
    at: datetime,
) -> Outcome:
    """Turn the difference between what is the case and what is stored into steps.

    Args:
        alive: the alerts of the subjects looked at that are open, or whose cause stands, by key.
        conditions: everything that is the case for these subjects, by key.
        occurrences: how often each of :func:`new_keys` came up before.
    """
    outcome = Outcome()
    for key, condition in conditions.items():
        alert = alive.get(key)
        if _begins_anew(alert, condition):
            alert = begin(condition, occurrences.get(key, 0) + 1, at)
            outcome.steps.append(Step("raised", alert, at))
        elif alert is not None and alert.is_open:
            _adapt(outcome, alert, condition, at)
    for key, alert in alive.items():
        if key not in conditions:
            outcome.steps.append(_end(alert, at))
    return outcome


def _begins_anew(alert: Alert | None, condition: Condition) -> bool:
    if alert is None or not alert.is_alive:
        return True
    # Somebody settled it while its cause stands: it comes back only when that becomes worse.
    return not alert.is_open and RANK[condition.severity] > RANK[alert.severity]


def begin(condition: Condition, occurrence: int, at: datetime) -> Alert:
    """Return the alert that a condition raises."""
    return Alert(
        alert_id=condition.alert_id or alert_id(condition.key, occurrence),
        key=condition.key,
        kind=condition.kind,
        customer_id=condition.customer_id,
        subject=condition.subject,
        subject_type=condition.subject_type,
        occurrence=occurrence,
        state="raised",
        severity=condition.severity,
        owner=condition.owner,
        assigned=False,
        facts=condition.facts,
        documents=condition.documents,
        snoozed_until=None,
        cause=True,
        origin=condition.origin,
        raised_at=at,
        changed_at=at,
        version=1,
    )


def _adapt(outcome: Outcome, alert: Alert, condition: Condition, at: datetime) -> None:
    """Follow a condition that is still the case. Fresh evidence alone is no step."""
    read = replace(alert, facts=condition.facts, documents=condition.documents)
    if condition.severity != alert.severity:
        was = alert.severity
        read = _next(read, read.state, at, severity=condition.severity)
        outcome.steps.append(Step("changed", read, at, previous=was))
        if RANK[condition.severity] > RANK[was] and read.state in ("acknowledged", "snoozed"):
            read = _next(read, "raised", at)
            outcome.steps.append(Step("reopened", read, at, reason=WORSE))
    if condition.owner != read.owner and not read.assigned:
        read = _next(read, read.state, at, owner=condition.owner)
        outcome.steps.append(Step("assigned", read, at, reason=WITH_THE_CUSTOMER))
    if read.version == alert.version and (read.facts, read.documents) != (alert.facts, alert.documents):
        outcome.refreshed.append(read)


def _end(alert: Alert, at: datetime) -> Step:
    """The cause is gone. Of an alert that somebody has settled already nobody needs to hear."""
    name: StepName = "resolved" if alert.is_open else "cause_gone"
    return Step(name, _next(alert, "resolved", at, cause=False), at, reason=GONE)


def wake(alert: Alert, at: datetime) -> Step | None:
    """Return what becomes of a snoozed alert at ``at``; None: it is not snoozed, or its time has not come."""
    if alert.state != "snoozed" or alert.snoozed_until is None or at < alert.snoozed_until:
        return None
    return Step("reopened", _next(alert, "raised", at), at, reason=TIME_HAS_COME)


def acknowledge(alert: Alert, by: str, note: str, at: datetime) -> Step | None:
    """Somebody deals with it; None: somebody has said so already.

    Raises:
        Conflict: when it is resolved.
    """
    _require_open(alert)
    if alert.state == "acknowledged":
        return None
    return Step("acknowledged", _next(alert, "acknowledged", at), at, by, note)


def snooze(alert: Alert, until: datetime, by: str, note: str, at: datetime) -> Step | None:
    """Somebody wants to hear of it later; None: just then already.

    Raises:
        Conflict: when it is resolved.
        ContractError: when ``until`` is not in the future.
    """
    _require_open(alert)
    if until <= at:
        raise ContractError("until", "must be in the future")
    if alert.snoozed_until == until:
        return None
    return Step("snoozed", _next(alert, "snoozed", at, snoozed_until=until), at, by, note)


def resolve(alert: Alert, by: str, reason: str, at: datetime) -> Step | None:
    """Somebody says it is settled; None: it is. It comes back if its cause becomes worse, or goes and returns."""
    if not alert.is_open:
        return None
    return Step("resolved", _next(alert, "resolved", at), at, by, reason)


def assign(alert: Alert, owner: Owner, by: str, note: str, at: datetime) -> Step | None:
    """Somebody gives it to somebody; None: whose it is already.

    Raises:
        Conflict: when it is resolved.
    """
    _require_open(alert)
    if alert.owner == owner and alert.assigned:
        return None
    return Step("assigned", _next(alert, alert.state, at, owner=owner, assigned=True), at, by, note)


def _require_open(alert: Alert) -> None:
    if not alert.is_open:
        raise Conflict("path.alert_id", f"is resolved since {alert.changed_at.isoformat()}")


def _next(
    alert: Alert,
    state: State,
    at: datetime,
    *,
    snoozed_until: datetime | None = None,
    **changes: object,
) -> Alert:
    until = snoozed_until if state == "snoozed" and snoozed_until is not None else alert.snoozed_until
    return replace(
        alert,
        state=state,
        snoozed_until=until if state == "snoozed" else None,
        changed_at=at,
        version=alert.version + 1,
        **changes,  # type: ignore[arg-type]
    )
