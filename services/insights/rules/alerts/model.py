"""What an alert is, what raises it, and the steps of its life."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal, TypeAlias

from contracts.events.alerts import OwnerRole, Severity, SubjectType

State = Literal["raised", "acknowledged", "snoozed", "resolved"]
StepName = Literal[
    "raised", "acknowledged", "snoozed", "reopened", "changed", "assigned", "resolved", "cause_gone"
]

Fact: TypeAlias = str | int | list[str] | None
Facts: TypeAlias = Mapping[str, Fact]
"""Name to number or text. Amounts are decimal strings in the currency of the fact ``currency``."""

RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
OURS = "insights"
"""The producer of our own alerts."""
OF_ALERTS = ("alert.raised", "alert.resolved")
"""What other services say on the topic of alerts."""
MOST_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an alert is: a person's, or everybody's of a role."""

    person: str = ""
    role: OwnerRole | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """That something is the case now. What is not reported is not the case.

    Attributes:
        key: the dedup key, one per kind and subject: one alert of it is open at a time.
        customer_id: whom it is about: a customer, or what ``subject_type`` says.
        subject: what exactly, such as an order; the customer itself where there is nothing finer.
        facts: the evidence.
        origin: the service that found it. Of others' alerts the id comes with it, and they tell the topic themselves.
    """

    key: str
    kind: str
    customer_id: str
    subject: str
    severity: Severity
    owner: Owner
    facts: Facts
    documents: tuple[str, ...] = ()
    subject_type: SubjectType = "customer"
    origin: str = OURS
    alert_id: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One occurrence of a condition, as it is stored.

    Attributes:
        occurrence: how often this condition came up.
        assigned: somebody gave it to its owner, so it does not follow the customer to another salesperson.
        cause: whether what raised it is still the case; a person may say it is settled before that.
        version: number of steps so far.
    """

    alert_id: str
    key: str
    kind: str
    customer_id: str
    subject: str
    subject_type: SubjectType
    occurrence: int
    state: State
    severity: Severity
    owner: Owner
    assigned: bool
    facts: Facts
    documents: tuple[str, ...]
    snoozed_until: datetime | None
    cause: bool
    origin: str
    raised_at: datetime
    changed_at: datetime
    version: int

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody or something."""
        return self.state != "resolved"

    @property
    def is_alive(self) -> bool:
        """Whether what is the case still matters to it."""
        return self.is_open or self.cause


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an alert: ``alert`` is as it is afterwards. ``by`` is "" when nobody did it."""

    name: StepName
    alert: Alert
    at: datetime
    by: str = ""
    reason: str = ""
    previous: Severity | None = None


def spelled(facts: Facts | None) -> str:
    """Return facts as text, the same for the same facts."""
    return "" if facts is None else json.dumps(dict(facts), sort_keys=True, ensure_ascii=False)


def dedup_key(kind: str, customer_id: str, subject: str) -> str:
    """Return the key of a kind's condition on a subject."""
    return f"{kind}:{customer_id}" if subject == customer_id else f"{kind}:{customer_id}:{subject}"


def alert_id(key: str, occurrence: int) -> str:
    """Return the id of an occurrence: the same wherever and whenever it is worked out."""
    return f"AL-{blake2b(f'{key}#{occurrence}'.encode(), digest_size=12).hexdigest()}"
