"""Follow-ups as far as figures depend on them: who, whom, when it took place, and the alert that caused it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class FollowUp:
    """What a batch heard of a follow-up; what it did not hear is None.

    Attributes:
        recorded_at: of two records under one id the earlier holds.
        happened_on: the day on which it took place, as recorded; None: it was planned.
        completed_on: the first day on which somebody said it was done.
    """

    customer_id: str
    follow_up_id: str
    recorded_at: datetime | None = None
    salesperson_id: str | None = None
    how: str | None = None
    happened_on: date | None = None
    alert_id: str | None = None
    completed_on: date | None = None

    def record(
        self, at: datetime, salesperson_id: str, how: str, on: date | None, alert_id: str | None
    ) -> None:
        """Take in what was recorded, unless an earlier record is known."""
        if self.recorded_at is None or at < self.recorded_at:
            self.recorded_at, self.salesperson_id, self.how = at, salesperson_id, how
            self.happened_on, self.alert_id = on, alert_id

    def complete(self, on: date) -> None:
        """Take in that it was done by a day."""
        self.completed_on = on if self.completed_on is None else min(self.completed_on, on)


@dataclass(slots=True)
class Salesperson:
    """A salesperson's entry."""

    salesperson_id: str
    revision: int
    changed_at: datetime
    name: str
    team: str
    region: str
    active_from: date
    active_to: date | None

    @property
    def outranks(self) -> tuple[int, datetime]:
        """Of two entries the one with the greater value here holds."""
        return self.revision, self.changed_at
