"""Salespeople: who they are, and from when to when they are with the company."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.envelope import Event
from contracts.errors import Conflict
from services.customers.rules.changes import digest_of, facts_of


@dataclass(slots=True)
class Salesperson:
    """A salesperson as the archive has them now.

    Attributes:
        revision: of the entry in force; 0: named by an event, but nobody has entered them.
        active_from, active_to: first and last day; None: not known, no end known.
        created: digest of the entry they were entered with; None: only changes are known.
        digest: of the entry in force.
    """

    salesperson_id: str
    revision: int = 0
    changed_at: datetime | None = None
    name: str = ""
    active_from: date | None = None
    active_to: date | None = None
    team: str = ""
    region: str = ""
    email: str = ""
    chat: str = ""
    created: bytes | None = None
    created_at: datetime | None = None
    digest: bytes | None = None
    stored: bool = False
    changed: bool = False

    def active_on(self, day: date) -> bool:
        """Whether they are with the company on a day."""
        if self.active_from is None or day < self.active_from:
            return False
        return self.active_to is None or day <= self.active_to


def enter_staff(person: Salesperson, event: Event[Any]) -> bool:
    """A salesperson was entered; False: they were, with the same entry.

    Raises:
        Conflict: when the number was given to somebody with another entry.
    """
    digest = digest_of(facts_of(event.data))
    if person.created is not None:
        if person.created != digest:
            raise Conflict(
                "data.salesperson_id",
                f"{person.salesperson_id!r} was entered with another entry; a change is staff.changed",
            )
        return False
    put_staff(person, event)
    person.created, person.created_at, person.changed = digest, event.occurred_at, True
    return True


def put_staff(person: Salesperson, event: Event[Any]) -> None:
    """Bring an entry into force if it is newer: by revision, then by time.

    Raises:
        Conflict: when the one in force has the same revision and time, and says something else.
    """
    data, digest = event.data, digest_of(facts_of(event.data))
    if person.changed_at is not None:
        told, known = (data.revision, event.occurred_at), (person.revision, person.changed_at)
        if told == known and digest != person.digest:
            raise Conflict(
                "data.revision", f"revision {data.revision} is known with another entry at that time"
            )
        if told <= known:
            return
    person.revision, person.changed_at, person.digest = data.revision, event.occurred_at, digest
    person.name, person.team, person.region = data.name, data.team, data.region
    person.active_from, person.active_to = data.active_from, data.active_to
    person.email, person.chat = data.email, data.chat
    person.changed = True
