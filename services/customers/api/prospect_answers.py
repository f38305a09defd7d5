"""Prospects as callers get them. Amounts are decimal strings in the currency beside them."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.money import decimal_string
from services.customers.api.answers import ContactOut
from services.customers.rules.grading import Graded
from services.customers.rules.prospects import Prospect, Status


class ServicePolicyOut(BaseModel):
    """How prospects of a grade are served."""

    price: str
    priority: int = Field(description="0 first")
    visit_days: int | None = Field(description="a visit at least every so many days; null: no visits wanted")


class FactorOut(BaseModel):
    """What one factor adds to the score."""

    name: str
    value: str | None = Field(description="as it was judged; null: unknown")
    points: int | None = Field(description="0 to 100; null: left out, the other factors count for it")
    weight: int
    contribution: str = Field(description="points x weight / weights that count: these add up to the score")


class ProspectSummary(BaseModel):
    """A prospect as lists show it."""

    prospect_id: str
    revision: int = Field(description="of the card")
    name: str
    short_name: str
    kind: str
    region: str
    category: str
    business_form: str
    currency: str
    assets: str | None
    sales_volume: str | None = Field(description="a year")
    growth_percent: int | None
    potential_need: str | None = Field(description="a year")
    salesperson_id: str | None
    tags: list[str]
    source: str
    status: Status
    customer_id: str | None = Field(description="the customer it became")
    grade: str | None = Field(description="null: not enough is known")
    score: str | None = Field(description="0 to 100")
    priority: int | None
    created_at: datetime | None
    last_visit: date | None
    next_visit: date | None = Field(description="as agreed")
    visit_due: date | None = Field(
        description="the day agreed, or else the last visit, or the day of entry, plus the days of its grade"
    )


class ProspectOut(ProspectSummary):
    """A prospect with its whole card and its grading."""

    notes: str
    contacts: list[ContactOut]
    changed_at: datetime | None
    converted_at: datetime | None
    lost_at: datetime | None
    lost_reason: str | None
    policy_version: int | None = Field(description="of the grading policy it was graded by")
    service: ServicePolicyOut | None
    factors: list[FactorOut]


class WrittenProspect(BaseModel):
    """A prospect that was entered, changed, converted or lost, and how it is graded."""

    prospect_id: str
    revision: int = Field(description="to be named by the next change")
    name: str
    status: Status
    customer_id: str | None
    grade: str | None = Field(description="null: not enough is known")
    score: str | None
    policy_version: int | None
    service: ServicePolicyOut | None
    factors: list[FactorOut]


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else decimal_string(minor, currency)


def _summary(row: Row[Any]) -> dict[str, Any]:
    fields = row._mapping
    kept = {name: fields[name] for name in ProspectSummary.model_fields if name in fields}
    return kept | {
        "assets": _money(row.assets_minor, row.currency),
        "sales_volume": _money(row.sales_minor, row.currency),
        "potential_need": _money(row.need_minor, row.currency),
        "score": None if row.score is None else str(row.score),
    }


def summary(row: Row[Any]) -> ProspectSummary:
    """Return a prospect as lists show it."""
    return ProspectSummary(**_summary(row))


def prospect(row: Row[Any], graded: Graded | None) -> ProspectOut:
    """Return a prospect with its grading; None: there is no policy."""
    return ProspectOut(
        **_summary(row),
        notes=row.notes,
        contacts=[ContactOut.model_validate(contact) for contact in row.contacts],
        changed_at=row.changed_at,
        converted_at=row.converted_at,
        lost_at=row.lost_at,
        lost_reason=row.lost_reason if row.lost_at else None,
        policy_version=row.graded_by,
        service=_service(graded),
        factors=factors(graded),
    )


def written(prospect: Prospect, graded: Graded | None) -> WrittenProspect:
    """Return a prospect that was written."""
    return WrittenProspect(
        prospect_id=prospect.prospect_id,
        revision=prospect.revision,
        name=prospect.name,
        status=prospect.status,
        customer_id=prospect.customer_id,
        grade=prospect.grade,
        score=None if prospect.score is None else str(prospect.score),
        policy_version=prospect.graded_by,
        service=_service(graded),
        factors=factors(graded),
    )


def _service(graded: Graded | None) -> ServicePolicyOut | None:
    best = graded.grade if graded else None
    if best is None:
        return None
    return ServicePolicyOut(price=best.price, priority=best.priority, visit_days=best.visit_days)


def factors(graded: Graded | None) -> list[FactorOut]:
    """Return every factor with what it adds."""
    return [
        FactorOut(
            name=each.name,
            value=each.value,
            points=each.points,
            weight=each.weight,
            contribution=str(each.contribution),
        )
        for each in (graded.factors if graded else ())
    ]
