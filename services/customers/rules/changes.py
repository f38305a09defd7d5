"""The audit of the archive: each word about a customer, prospect or salesperson, once, as it was given.

What a change replaced is not kept but found: it is the word before it about the same part. So the history reads the
same in whatever order the facts arrived.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from contracts.bodies import plain_body
from contracts.envelope import Event

Subject = Literal["customer", "prospect", "staff"]
ChangeKey = tuple[Subject, str, str, datetime, bytes]

_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Change:
    """One word about a part of a subject.

    Attributes:
        part: what it is about, such as ``card`` or ``assignment:2026-03-01``; a later word about it replaces it.
        kind: the event's type.
        by: who, where a person did it through the API.
        after: what was said, as JSON.
        digest: of ``kind`` and ``after``: the same said twice at one time is one change.
    """

    subject: Subject
    subject_id: str
    part: str
    at: datetime
    kind: str
    by: str | None
    after: str
    event_id: str
    producer: str
    digest: bytes

    @property
    def key(self) -> ChangeKey:
        """What tells one change from another."""
        return self.subject, self.subject_id, self.part, self.at, self.digest


def facts_of(data: Any) -> dict[str, Any]:
    """Return an event's body as plain JSON values, without who did it.

    A cause that is not given is left out too: what was recorded before there were causes keeps its digest.
    """
    return {
        name: value
        for name, value in plain_body(data).items()
        if name != "by" and not (name == "cause" and value is None)
    }


def digest_of(facts: object) -> bytes:
    """Return 16 bytes that tell one set of facts from another."""
    return blake2b(_JSON.encode(facts), digest_size=16).digest()


def change_of(event: Event[Any], subject: Subject, subject_id: str, part: str) -> Change:
    """Return an event as the change that it is."""
    facts = facts_of(event.data)
    return Change(
        subject=subject,
        subject_id=subject_id,
        part=part,
        at=event.occurred_at,
        kind=event.type,
        by=getattr(event.data, "by", None),
        after=_JSON.encode(facts).decode(),
        event_id=event.id,
        producer=event.producer,
        digest=digest_of([event.type, facts]),
    )
