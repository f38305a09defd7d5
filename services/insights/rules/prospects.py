"""Prospects as far as alerts depend on them: what a card, a grade and a visit say, whatever order they are heard in."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class Prospect:
    """A prospect, or what a batch heard of one; what was not heard is None.

    Attributes:
        revision, changed_at: of the card in force; of two cards the one with the higher revision holds, of one revision
            the later.
        next_visit: the day that a visit is agreed for.
        entered_on: the day of its first card.
        graded_revision, policy_version, graded_at: of the grade in force, likewise.
        visit_days: a visit at least every so many days, by its grade; None: no visits wanted, or not graded.
        visited_on: the day of the first visit that took place.
        closed_on: the day on which it became a customer or was given up, whichever came first.
    """

    prospect_id: str
    revision: int | None = None
    changed_at: datetime | None = None
    name: str | None = None
    salesperson_id: str | None = None
    next_visit: date | None = None
    entered_on: date | None = None
    graded_revision: int | None = None
    policy_version: int | None = None
    graded_at: datetime | None = None
    grade: str | None = None
    visit_days: int | None = None
    visited_on: date | None = None
    closed_on: date | None = None

    def put_card(
        self,
        revision: int,
        at: datetime,
        on: date,
        name: str,
        salesperson_id: str,
        next_visit: date | None,
    ) -> None:
        """Take over a card unless a newer one is known; the first one of all says since when it is a prospect."""
        self.entered_on = _first(self.entered_on, on)
        told = revision, at, name, salesperson_id, next_visit or date.max
        if self.revision is None or told > self._card:
            self.revision, self.changed_at, self.name = revision, at, name
            self.salesperson_id, self.next_visit = salesperson_id, next_visit

    @property
    def _card(self) -> tuple[object, ...]:
        return self.revision, self.changed_at, self.name, self.salesperson_id, self.next_visit or date.max

    def put_grade(
        self, revision: int, version: int, at: datetime, grade: str, visit_days: int | None
    ) -> None:
        """Take over a grade unless that of a newer card or of a newer policy is known."""
        told = revision, version, at, grade, visit_days or 0
        known = (
            *(self.graded_revision, self.policy_version, self.graded_at),
            *(self.grade, self.visit_days or 0),
        )
        if self.graded_revision is None or told > known:
            self.graded_revision, self.policy_version, self.graded_at = revision, version, at
            self.grade, self.visit_days = grade, visit_days

    def visit(self, on: date) -> None:
        """Somebody was there."""
        self.visited_on = _first(self.visited_on, on)

    def close(self, on: date) -> None:
        """It became a customer, or will not."""
        self.closed_on = _first(self.closed_on, on)

    @property
    def waits(self) -> bool:
        """Whether nobody has been there yet though somebody should: it is open, and its grade wants visits."""
        unwanted = self.grade is not None and self.visit_days is None
        return (
            self.entered_on is not None
            and self.visited_on is None
            and self.closed_on is None
            and not unwanted
        )


def _first(known: date | None, on: date) -> date:
    return on if known is None else min(known, on)
