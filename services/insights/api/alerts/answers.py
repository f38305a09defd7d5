"""Alerts as callers get them: texts in the language they ask for, made of the facts."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import Select, select

from contracts.events.alerts import OwnerRole, Severity, SubjectType
from services.insights.rules.alerts.model import State, StepName
from services.insights.rules.alerts.texts import Language
from services.insights.store.alerts.names import name_of
from services.insights.tables_alerts import alerts
from services.insights.wording import read
from services.kit.http.auth import Principal, require
from services.kit.http.negotiation import preferred
from services.kit.http.problems import MEDIA_TYPE

Reader = Annotated[Principal, Depends(require("sales", "finance", "manager"))]
Leader = Annotated[Principal, Depends(require("finance", "manager"))]
Manager = Annotated[Principal, Depends(require("manager"))]

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"description": "Nothing is known of it", "content": _PROBLEM}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"description": "Refused as things stand", "content": _PROBLEM}
}


async def _language(request: Request) -> Language:
    wanted = preferred(request.headers.get("accept-language"), ("en", "zh"))
    return "zh" if wanted == "zh" else "en"


Spoken = Annotated[Language, Depends(_language)]
"""The language of the texts, by Accept-Language: ``zh`` or ``en``."""


class AlertOut(BaseModel):
    """An alert."""

    alert_id: str
    dedup_key: str = Field(description="one alert of it is open at a time")
    kind: str
    severity: Severity
    state: State
    occurrence: int = Field(description="how often this came up")
    customer_id: str = Field(description="whom it is about: a customer, or what subject_type says")
    customer_name: str = Field(description="what that one is called")
    subject: str = Field(description="what exactly, such as an order")
    subject_type: SubjectType
    owner_id: str | None = Field(description="whose it is; null: everybody's of owner_role")
    owner_role: OwnerRole | None
    title: str
    evidence: str
    suggested_step: str
    facts: dict[str, Any] = Field(description="the figures; amounts are decimal strings in `currency`")
    documents: list[str]
    snoozed_until: datetime | None
    cause_stands: bool = Field(description="whether what raised it is still the case")
    origin: str = Field(description="the service that raised it")
    raised_at: datetime
    changed_at: datetime
    version: int = Field(description="number of steps so far")


class StepOut(BaseModel):
    """Something that happened to an alert."""

    step: StepName
    at: datetime
    by: str | None = Field(description="null: nobody did it, it happened")
    reason: str
    state: State
    severity: Severity
    owner_id: str | None
    owner_role: OwnerRole | None
    snoozed_until: datetime | None


class AlertDetail(AlertOut):
    """An alert with everything that happened to it, and how often the same came up before."""

    history: list[StepOut]
    earlier: list[str] = Field(description="ids of earlier occurrences, the latest first")


class CountOut(BaseModel):
    """How many open alerts somebody has, for a badge."""

    owner_id: str | None
    owner_role: OwnerRole | None
    severity: Severity
    state: Literal["raised", "acknowledged", "snoozed"]
    alerts: int


def alerts_with_names() -> Select[Any]:
    """Return the statement of all alerts, each with the name of whom it is about."""
    return select(alerts, name_of().label("customer_name"))


def alert_out(row: Mapping[str, Any], language: Language) -> AlertOut:
    """Return a row of :func:`alerts_with_names` as callers get it."""
    facts = json.loads(row["facts"]) if isinstance(row["facts"], str) else row["facts"]
    name = row["customer_name"] or ""
    reading = read(row["kind"], facts, name or row["customer_id"], row["origin"], language)
    same = {n: row[n] for n in AlertOut.model_fields if n in row and n not in ("facts", "customer_name")}
    return AlertOut(
        **same
        | {
            "dedup_key": row["key"],
            "customer_name": name,
            "facts": facts,
            "owner_id": row["owner_id"] or None,
            "owner_role": row["owner_role"] or None,
            "cause_stands": row["cause"],
            "title": reading.title,
            "evidence": reading.evidence,
            "suggested_step": reading.step,
        }
    )


def step_out(row: Mapping[str, Any]) -> StepOut:
    """Return a row of ``alert_history`` as callers get it."""
    same = {name: row[name] for name in StepOut.model_fields}
    return StepOut(
        **same
        | {
            "by": row["by"] or None,
            "owner_id": row["owner_id"] or None,
            "owner_role": row["owner_role"] or None,
        }
    )
