"""What events say that alerts are made of. A signal is made before the facts move, so a refused event leaves none."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from services.insights.rules.alerts.model import OURS, Fact, Facts
from services.insights.rules.alerts.present import money_fact
from services.insights.rules.alerts.signals import FOREIGN, LONGEST_NEWS_DAYS, ORDER, Signal
from services.insights.rules.working import WorkingSet
from services.kit.processor import Handler
from services.kit.records import Received

Hears = Callable[[WorkingSet, Received], Signal | None]

NEWS = timedelta(days=LONGEST_NEWS_DAYS)


def heard_by(handlers: Mapping[str, Handler[WorkingSet]]) -> dict[str, Handler[WorkingSet]]:
    """Return these handlers, and those of the events that only alerts hear."""
    return {type_: _both(handlers.get(type_), HEARS.get(type_)) for type_ in (*handlers, *HEARS)}


def _both(moves: Handler[WorkingSet] | None, hears: Hears | None) -> Handler[WorkingSet]:
    if hears is None:
        assert moves is not None
        return moves

    def handle(working: WorkingSet, received: Received) -> None:
        signal = hears(working, received)
        if moves is not None:
            moves(working, received)
        if signal is not None:
            working.signals.append(signal)

    return handle


def hear_decision(working: WorkingSet, received: Received) -> Signal | None:
    """The first decision, if it is an approval, is what everybody expects: nobody needs to hear of it."""
    data, event = received.event.data, received.event
    outcome = event.type.removeprefix("credit.order_")
    amount = money_fact(data.amount, data.currency)
    if outcome == "approved":
        if data.decision_version == 1:
            return None
        return _signal(received, ORDER, data.order_id, data.decision_version, None)
    day = working.day(event.occurred_at)
    facts: dict[str, Fact] = {
        "outcome": outcome,
        "order_id": data.order_id,
        "amount": amount,
        "currency": data.currency,
        "rules": [f"{r.rule} {r.value} > {r.threshold}" for r in data.reasons],
        "documents": _documents(data.reasons),
        "by": data.by or data.trigger,
        "due_on": None if data.due_on is None else data.due_on.isoformat(),
        "seq": data.journal_seq,
        "day": day.isoformat(),
    }
    until = date.max if outcome == "held" else day + NEWS
    return _signal(received, ORDER, data.order_id, data.decision_version, facts, until)


def hear_escalation(working: WorkingSet, received: Received) -> Signal:
    """Nobody ruled on a held order in time; the latest word of credit holds."""
    data = received.event.data
    facts: dict[str, Fact] = {
        "order_id": data.order_id,
        "amount": money_fact(data.amount, data.currency),
        "currency": data.currency,
        "level": data.level,
        "missed": data.missed.isoformat(),
        "due_on": None if data.due_on is None else data.due_on.isoformat(),
        "seq": data.journal_seq,
        "documents": _documents(data.reasons),
    }
    return _signal(received, "order_escalated", data.order_id, data.journal_seq, facts)


def hear_request(working: WorkingSet, received: Received) -> Signal:
    """Something waits for a second person."""
    data = received.event.data
    facts: dict[str, Fact] = {
        "approval_id": data.approval_id,
        "approval_kind": data.kind,
        "order_id": data.order_id or "",
        "amount": None if data.amount is None else money_fact(data.amount, data.currency),
        "currency": data.currency,
        "requested_by": data.requested_by,
        "reason": data.reason,
        "due_on": None if data.due_on is None else data.due_on.isoformat(),
        "documents": [] if data.order_id is None else [data.order_id],
    }
    return _signal(received, "approval_requested", data.approval_id, 1, facts)


def hear_settled_request(working: WorkingSet, received: Received) -> Signal:
    """A request is settled, for good."""
    return _signal(received, "approval_requested", received.event.data.approval_id, 2, None)


def hear_risk_class(working: WorkingSet, received: Received) -> Signal:
    """Credit scores a customer in another class; a better one settles the alert."""
    data = received.event.data
    if not data.worse:
        return _signal(received, "risk_class_worse", data.customer_id, data.journal_seq, None)
    why = [f"{factor.name} {factor.value or '-'} ({factor.points}/100)" for factor in data.factors]
    facts: dict[str, Fact] = {
        "from_class": data.previous_class,
        "to_class": data.risk_class,
        "score": data.score,
        "why": ", ".join(why),
    }
    return _signal(received, "risk_class_worse", data.customer_id, data.journal_seq, facts)


def hear_reversal(working: WorkingSet, received: Received) -> Signal:
    """A payment bounced. How much it was is known from its receipt."""
    data, day = received.event.data, working.day(received.event.occurred_at)
    facts: dict[str, Fact] = {"day": day.isoformat(), "reason": data.reason}
    return _signal(received, "payment_bounced", data.payment_id, 1, facts, day + NEWS)


def hear_alert(working: WorkingSet, received: Received) -> Signal | None:
    """Another service raised an alert; our own come back with the topic."""
    event, data = received.event, received.event.data
    if event.producer == OURS:
        return None
    facts: dict[str, Fact] = {
        "origin": event.producer,
        "kind": data.kind,
        "dedup_key": data.dedup_key,
        "severity": data.severity,
        "subject": data.subject or data.customer_id,
        "subject_type": data.subject_type,
        "owner_id": data.owner_id,
        "owner_role": data.owner_role,
        "title": data.title,
        "evidence": data.evidence,
        "step": data.suggested_step,
        "documents": list(data.documents),
    }
    return _signal(received, FOREIGN, data.alert_id, 1, facts)


def hear_end_of_alert(working: WorkingSet, received: Received) -> Signal | None:
    """Another service says that the cause of its alert is gone, for good: the next one has another id."""
    event = received.event
    return None if event.producer == OURS else _signal(received, FOREIGN, event.data.alert_id, 2, None)


def _signal(
    received: Received, kind: str, subject: str, rank: int, facts: Facts | None, until: date = date.max
) -> Signal:
    event = received.event
    return Signal(kind, event.data.customer_id, subject, rank, event.occurred_at, facts, until)


def _documents(reasons: Any) -> list[str]:
    return list(dict.fromkeys(document for reason in reasons for document in reason.documents))


HEARS: dict[str, Hears] = {
    **dict.fromkeys(
        [f"credit.order_{outcome}" for outcome in ("approved", "held", "rejected", "released")],
        hear_decision,
    ),
    "credit.order_escalated": hear_escalation,
    "credit.approval_requested": hear_request,
    "credit.approval_closed": hear_settled_request,
    "credit.risk_class_changed": hear_risk_class,
    "payment.reversed": hear_reversal,
    "alert.raised": hear_alert,
    "alert.resolved": hear_end_of_alert,
}
"""Event type to what alerts hear of it."""
