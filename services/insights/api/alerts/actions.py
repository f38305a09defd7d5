"""What people do about alerts: acknowledge, put off, settle, hand over."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.events.alerts import OwnerRole
from contracts.wire import Id, Text
from services.insights.alert_events import Names
from services.insights.api.alerts.answers import (
    CONFLICT,
    UNKNOWN,
    AlertOut,
    Leader,
    Reader,
    Spoken,
    alert_out,
)
from services.insights.api.alerts.inbox import AlertId
from services.insights.derivations.alerts import tell
from services.insights.people import may_see, person
from services.insights.rules.alerts import engine
from services.insights.rules.alerts.model import Alert, Owner, Step
from services.insights.rules.alerts.texts import Language
from services.insights.store.alerts.names import NAME_OF
from services.insights.store.alerts.rows import lock_one, row_of_alert, write_steps
from services.kit.commands import answer_once
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.problems import Problem
from services.kit.http.scope import BY_RULE
from services.kit.runtime import Runtime

router = APIRouter(tags=["alerts"], dependencies=[DOCUMENTED])
REFUSED = CONFLICT | UNKNOWN


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must say why")
    return text


Why = Annotated[
    Text,
    Field(min_length=1, description="why, for the history", examples=["agreed with the owner"]),
    AfterValidator(_not_blank),
]
Note = Annotated[Text, Field(description="for the history", examples=["I call them this afternoon"])]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AcknowledgementIn(_Body):
    """That somebody deals with it."""

    note: Note = ""


class SnoozeIn(_Body):
    """Until when nobody wants to hear of it."""

    until: AwareDatetime = Field(examples=["2026-07-07T09:00:00+08:00"])
    note: Note = ""


class ResolutionIn(_Body):
    """Why it is settled."""

    reason: Why


class AssignmentIn(_Body):
    """Whose it is from now on: a person's, or everybody's of a role."""

    owner: Id | None = None
    role: OwnerRole | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _one(self) -> "AssignmentIn":
        if (self.owner is None) == (self.role is None):
            raise ValueError("name an owner or a role, not both")
        return self


Act = Callable[[Alert, str, datetime], Step | None]


@router.post(
    "/insights/alerts/{alert_id:path}/acknowledgement",
    response_model=AlertOut,
    responses=REFUSED,
    summary="Acknowledge an alert",
    dependencies=[BY_RULE],
)
async def acknowledge(
    alert_id: AlertId,
    body: AcknowledgementIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
    language: Spoken,
) -> Response:
    """Say that you deal with it. It stays open until its cause goes; when it becomes worse, it asks again."""
    return await _act(
        alert_id,
        request,
        runtime,
        principal,
        language,
        lambda alert, me, at: engine.acknowledge(alert, me, body.note, at),
    )


@router.post(
    "/insights/alerts/{alert_id:path}/snooze",
    response_model=AlertOut,
    responses=REFUSED,
    summary="Put an alert off",
    dependencies=[BY_RULE],
)
async def snooze(
    alert_id: AlertId,
    body: SnoozeIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
    language: Spoken,
) -> Response:
    """Put it off until a time. It comes back then, or earlier if it becomes worse, unless its cause is gone."""
    return await _act(
        alert_id,
        request,
        runtime,
        principal,
        language,
        lambda alert, me, at: engine.snooze(alert, body.until, me, body.note, at),
    )


@router.post(
    "/insights/alerts/{alert_id:path}/resolution",
    response_model=AlertOut,
    responses=REFUSED,
    summary="Settle an alert",
    dependencies=[BY_RULE],
)
async def resolve(
    alert_id: AlertId,
    body: ResolutionIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
    language: Spoken,
) -> Response:
    """Say that it is settled although its cause may stand. It comes back only if that becomes worse, or returns."""
    return await _act(
        alert_id,
        request,
        runtime,
        principal,
        language,
        lambda alert, me, at: engine.resolve(alert, me, body.reason, at),
    )


@router.post(
    "/insights/alerts/{alert_id:path}/assignment",
    response_model=AlertOut,
    responses=REFUSED,
    summary="Hand an alert over",
    dependencies=[BY_RULE],
)
async def assign(
    alert_id: AlertId,
    body: AssignmentIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Leader,
    language: Spoken,
) -> Response:
    """Give it to a person or a role. From then on it stays there, whoever looks after the customer."""
    owner = Owner(body.owner or "", body.role)
    return await _act(
        alert_id,
        request,
        runtime,
        principal,
        language,
        lambda alert, me, at: engine.assign(alert, owner, me, body.note, at),
    )


async def _act(
    alert_id: str,
    request: Request,
    runtime: Runtime,
    principal: Principal,
    language: Language,
    act: Act,
) -> Response:
    """Do something about an alert, once per Idempotency-Key; what was done already changes nothing."""

    async def work(call: IdempotentCall) -> Response:
        connection = call.unit.connection
        alert = await lock_one(connection, alert_id)
        if alert is None or not may_see(principal, alert.owner.person, alert.owner.role or ""):
            raise Problem(404, f"alert {alert_id!r} is not known", errors=[("path.alert_id", "is not known")])
        name = await connection.fetchval(
            f"SELECT {NAME_OF} FROM alerts AS a WHERE alert_id = $1",  # noqa: S608
            alert_id,
        )
        step = act(alert, person(principal), runtime.clock.now())
        if step is not None:
            alert = step.alert
            names: Names = {(alert.subject_type, alert.customer_id): name or ""}
            await tell(call.unit, await write_steps(connection, [step]), names)
        return call.answer(200, alert_out(row_of_alert(alert) | {"customer_name": name}, language))

    return await answer_once(request, runtime, principal, work)
