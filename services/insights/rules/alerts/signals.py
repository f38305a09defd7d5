"""What events and other parts say about a subject, kept until the conditions are worked out: the latest word holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from services.insights.rules.alerts.model import Facts, spelled

ORDER = "order"
"""A decision on an order: what it is worth depends on the day, and on whether the order was cancelled."""
FOREIGN = "foreign"
"""An alert of another service; the subject is its id."""

FOR_EVER = date.max
LONGEST_NEWS_DAYS = 90


@dataclass(frozen=True, slots=True)
class Signal:
    """One word about a subject.

    Attributes:
        kind: of the alert it may become, or :data:`ORDER` or :data:`FOREIGN`.
        rank: of several words about one subject the highest holds, whatever order they arrive in.
        facts: None: it is not the case any more.
        until: the last day on which it can matter.
    """

    kind: str
    customer_id: str
    subject: str
    rank: int
    at: datetime
    facts: Facts | None
    until: date = FOR_EVER

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about."""
        return self.customer_id, self.kind, self.subject

    @property
    def order(self) -> tuple[int, datetime, str]:
        """Of two words about one subject, the one with the greater value here holds."""
        return self.rank, self.at, spelled(self.facts)


def newest(signals: Iterable[Signal]) -> list[Signal]:
    """Return the word that holds on each subject, sorted by subject."""
    found: dict[tuple[str, str, str], Signal] = {}
    for signal in signals:
        known = found.get(signal.key)
        if known is None or known.order < signal.order:
            found[signal.key] = signal
    return [found[key] for key in sorted(found)]
