"""Prospects: who may become a customer, how promising, and what became of them. Money is in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from contracts.envelope import Event
from contracts.errors import Conflict
from contracts.events.customers import Contact
from contracts.events.prospects import ProspectGraded
from contracts.money import CURRENCY_DECIMALS, minor_units
from services.customers.rules.changes import digest_of, facts_of
from services.customers.rules.grading import FactorName, Graded, GradingPolicy, grade

Status = Literal["open", "lost", "converted"]

_JSON = msgspec.json.Encoder()


@dataclass(slots=True)
class Prospect:
    """A prospect as the archive has it now.

    Attributes:
        revision: of the card in force; 0: converted or lost, but nobody has entered a card.
        assets_minor, sales_minor, need_minor: in ``currency``; sales and need are those of a year. None: unknown.
        contacts: as on the card, JSON.
        status: open, lost or converted; a conversion is for good, a lost one may still become a customer.
        grade, score, graded_by: by which version of the policy; None: not enough is known to grade it.
    """

    prospect_id: str
    revision: int = 0
    changed_at: datetime | None = None
    name: str = ""
    short_name: str = ""
    kind: str = ""
    region: str = ""
    category: str = ""
    business_form: str = ""
    currency: str = ""
    assets_minor: int | None = None
    sales_minor: int | None = None
    growth_percent: int | None = None
    need_minor: int | None = None
    salesperson_id: str | None = None
    next_visit: date | None = None
    source: str = ""
    notes: str = ""
    tags: Sequence[str] = ()
    contacts: str = "[]"
    created: bytes | None = None
    created_at: datetime | None = None
    digest: bytes | None = None
    customer_id: str | None = None
    converted_at: datetime | None = None
    lost_at: datetime | None = None
    lost_reason: str = ""
    status: Status = "open"
    grade: str | None = None
    score: Decimal | None = None
    graded_by: int | None = None
    priority: int | None = None
    visit_days: int | None = None
    stored: bool = False
    changed: bool = False


def enter_prospect(prospect: Prospect, event: Event[Any]) -> bool:
    """A prospect was entered; say whether its card came into force.

    Raises:
        ContractError: when an amount has more decimals than its currency.
        Conflict: when the number was given to a prospect with another card.
    """
    digest = digest_of(facts_of(event.data))
    if prospect.created is not None:
        if prospect.created != digest:
            raise Conflict(
                "data.prospect_id",
                f"prospect {prospect.prospect_id!r} was entered with another card; a change is prospect.changed",
            )
        return False
    in_force = put_prospect(prospect, event)
    prospect.created, prospect.created_at, prospect.changed = digest, event.occurred_at, True
    return in_force


def put_prospect(prospect: Prospect, event: Event[Any]) -> bool:
    """Bring a card into force if it is newer, by revision, then by time; say whether it did.

    Raises:
        ContractError: when an amount has more decimals than its currency.
        Conflict: when the card in force has the same revision and time, and says something else.
    """
    data, digest = event.data, digest_of(facts_of(event.data))

    def minor(name: str) -> int | None:
        amount = getattr(data, name)
        return None if amount is None else minor_units(amount, data.currency, f"data.{name}")

    minor_units("0", data.currency, "data.currency")
    assets, sales, need = minor("assets"), minor("sales_volume"), minor("potential_need")
    if prospect.changed_at is not None:
        told, known = (data.revision, event.occurred_at), (prospect.revision, prospect.changed_at)
        if told == known and digest != prospect.digest:
            raise Conflict(
                "data.revision", f"revision {data.revision} is known with another card at that time"
            )
        if told <= known:
            return False
    prospect.revision, prospect.changed_at, prospect.digest = data.revision, event.occurred_at, digest
    prospect.assets_minor, prospect.sales_minor, prospect.need_minor = assets, sales, need
    for name in _AS_GIVEN:
        setattr(prospect, name, getattr(data, name))
    prospect.tags = list(data.tags)
    prospect.contacts = _JSON.encode(facts_of(data)["contacts"]).decode()
    prospect.changed = True
    return True


_AS_GIVEN = (
    "name",
    "short_name",
    "kind",
    "region",
    "category",
    "business_form",
    "currency",
    "growth_percent",
    "salesperson_id",
    "next_visit",
    "source",
    "notes",
)


def convert(prospect: Prospect, event: Event[Any]) -> None:
    """The prospect became a customer.

    Raises:
        Conflict: when it became another one.
    """
    if prospect.customer_id is not None and prospect.customer_id != event.data.customer_id:
        raise Conflict(
            "data.customer_id",
            f"prospect {prospect.prospect_id!r} became customer {prospect.customer_id!r} before",
        )
    if prospect.converted_at is None or event.occurred_at < prospect.converted_at:
        prospect.customer_id, prospect.converted_at = event.data.customer_id, event.occurred_at
        prospect.status, prospect.changed = "converted", True


def lose(prospect: Prospect, event: Event[Any]) -> None:
    """The prospect will not become a customer; of several reasons the latest counts."""
    told = (event.occurred_at, event.data.reason)
    if prospect.lost_at is None or told > (prospect.lost_at, prospect.lost_reason):
        prospect.lost_at, prospect.lost_reason = told
        prospect.status = prospect.status if prospect.status == "converted" else "lost"
        prospect.changed = True


def contacts_of(prospect: Prospect) -> list[Contact]:
    """Return the people at a prospect as an event tells them."""
    return [Contact(**each) for each in msgspec.json.decode(prospect.contacts)]


def values_of(prospect: Prospect) -> dict[FactorName, Decimal | str | None]:
    """Return the factors of the grading, amounts in major units of the prospect's currency."""

    def major(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(minor).scaleb(-CURRENCY_DECIMALS[prospect.currency])

    growth = prospect.growth_percent
    return {
        "kind": prospect.kind or None,
        "assets": major(prospect.assets_minor),
        "sales": major(prospect.sales_minor),
        "growth": None if growth is None else Decimal(growth),
        "need": major(prospect.need_minor),
    }


def regrade(prospect: Prospect, version: int, policy: GradingPolicy) -> ProspectGraded | None:
    """Grade a prospect by a version of the policy; return what is to be told, None if there is no grade."""
    graded: Graded = grade(policy, values_of(prospect))
    prospect.graded_by, prospect.changed = version, True
    if graded.grade is None or graded.score is None:
        prospect.grade = prospect.score = prospect.priority = prospect.visit_days = None
        return None
    prospect.grade, prospect.score = graded.grade.name, graded.score
    prospect.priority, prospect.visit_days = graded.grade.priority, graded.grade.visit_days
    return ProspectGraded(
        prospect_id=prospect.prospect_id,
        revision=prospect.revision,
        policy_version=version,
        grade=graded.grade.name,
        score=str(graded.score),
        price=graded.grade.price,
        priority=graded.grade.priority,
        visit_days=graded.grade.visit_days,
    )
