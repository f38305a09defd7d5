"""The thresholds of alerts: read, set in full, and every version there was."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, select

from services.insights.api.alerts.actions import Why
from services.insights.api.alerts.answers import CONFLICT, Manager, Reader
from services.insights.people import person
from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.thresholds import read_thresholds, thresholds_body
from services.insights.store.alerts.settings import add_version, thresholds_in_force
from services.insights.store.staleness import mark_everybody
from services.insights.tables_alerts import alert_settings
from services.kit.commands import answer_once
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN

router = APIRouter(tags=["alerts"])

ORDERING = Ordering(
    {"version": alert_settings.c.version}, unique=alert_settings.c.version, default="-version"
)


class SettingsIn(BaseModel):
    """Thresholds in full: what is left out is as delivered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=0, description="the version that was read; another one in force is a conflict")
    thresholds: dict[str, Any] = Field(examples=[{"overdue": {"warning_days": 3, "critical_days": 30}}])
    reason: Why


class SettingsOut(BaseModel):
    """A version of the thresholds."""

    version: int = Field(description="0: as delivered")
    thresholds: dict[str, Any]
    reason: str
    set_by: str | None
    set_at: datetime | None


@router.get("/insights/alerts/settings", summary="Show the thresholds", dependencies=[OPEN])
async def show_settings(runtime: LiveRuntime, principal: Reader) -> SettingsOut:
    """Show the thresholds in force, and all kinds of alert that can be switched `off`."""
    async with runtime.database.engine.connect() as connection:
        statement = select(alert_settings).order_by(alert_settings.c.version.desc()).limit(1)
        row = (await connection.execute(statement)).first()
    if row is None:
        delivered = thresholds_body(read_thresholds({}, KINDS))
        return SettingsOut(version=0, thresholds=delivered, reason="as delivered", set_by=None, set_at=None)
    return _settings(row)


@router.get(
    "/insights/alerts/settings/versions", summary="List the versions of the thresholds", dependencies=[OPEN]
)
async def list_settings(
    query: Annotated[PageQuery, Query()], request: Request, response: Response, principal: Reader
) -> Page[SettingsOut]:
    """List every version of the thresholds, the latest first: who set it, when and why."""
    return await read_page(request, response, select(alert_settings), ORDERING, query, _settings)


@router.put(
    "/insights/alerts/settings",
    response_model=SettingsOut,
    dependencies=[OPEN, DOCUMENTED],
    responses=CONFLICT,
    summary="Set the thresholds",
)
async def set_settings(
    body: SettingsIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Set new thresholds. Every customer is looked at anew: alerts come, change and go within seconds to minutes.

    What is unknown, out of range or contradicts itself is refused; the problem names the field.
    """

    async def work(call: IdempotentCall) -> Response:
        connection = call.unit.connection
        thresholds = read_thresholds(body.thresholds, KINDS)
        # Two managers at the same moment: the second one has not read what the first one set.
        await connection.execute("LOCK TABLE alert_settings IN SHARE ROW EXCLUSIVE MODE")
        current = (await thresholds_in_force(connection)).version
        if body.version != current:
            changed = f"version {current} is in force; read it again"
            raise Problem(409, changed, errors=[("version", changed)])
        by, at = person(principal), runtime.clock.now()
        await add_version(connection, current + 1, thresholds, reason=body.reason, by=by, at=at)
        await mark_everybody(connection)
        answer = SettingsOut(
            version=current + 1,
            thresholds=thresholds_body(thresholds),
            reason=body.reason,
            set_by=by,
            set_at=at,
        )
        return call.answer(200, answer)

    return await answer_once(request, runtime, principal, work)


def _settings(row: Row[Any]) -> SettingsOut:
    # As in force: a field that a later version of the software added is as delivered.
    thresholds = thresholds_body(read_thresholds(row.body, KINDS))
    return SettingsOut(
        version=row.version,
        thresholds=thresholds,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
    )
