"""How satisfied a customer was on a day, from 1 to 5. A score is never changed; a later one says more."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.envelope import Event
from services.customers.rules.changes import digest_of, facts_of


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """A score, and how we know it."""

    satisfaction_id: str
    customer_id: str
    score: int
    source: str
    on_day: date
    contact: str
    comment: str
    by: str | None
    recorded_at: datetime
    event_id: str
    digest: bytes


def satisfaction_of(event: Event[Any]) -> Satisfaction:
    """Return the score that an event tells."""
    data = event.data
    return Satisfaction(
        satisfaction_id=data.satisfaction_id,
        customer_id=data.customer_id,
        score=data.score,
        source=data.source,
        on_day=data.on,
        contact=data.contact,
        comment=data.comment,
        by=data.by,
        recorded_at=event.occurred_at,
        event_id=event.id,
        digest=digest_of(facts_of(data)),
    )
