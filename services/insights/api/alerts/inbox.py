"""The inbox: alerts as a list, one with its history, and how many there are."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, Field
from sqlalchemy import Row, Select, func, select

from contracts.events.alerts import OwnerRole, Severity
from contracts.wire import Id
from services.insights.api.alerts.answers import (
    UNKNOWN,
    AlertDetail,
    AlertOut,
    CountOut,
    Reader,
    Spoken,
    alert_out,
    alerts_with_names,
    step_out,
)
from services.insights.people import may_see, visible
from services.insights.tables_alerts import alert_history, alerts
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import BY_RULE

router = APIRouter(tags=["alerts"])

AlertId = Annotated[Id, Path(description="the alert", examples=["AL-5d0a3c1b2f7e"])]
ORDERING = Ordering(
    {"raised_at": alerts.c.raised_at, "changed_at": alerts.c.changed_at},
    unique=alerts.c.alert_id,
    default="-raised_at",
)
OPEN = alerts.c.state != "resolved"


class AlertFilter(PageQuery):
    """Filters of the list of alerts; all given ones must hold."""

    owner: Id | None = Field(None, description="the person it is for")
    role: OwnerRole | None = Field(None, description="everybody's of this role, and nobody's in person")
    kind: Id | None = None
    severity: Severity | None = None
    state: Literal["open", "raised", "acknowledged", "snoozed", "resolved"] | None = Field(
        None, description="open: everything but resolved"
    )
    customer: Id | None = None
    subject: Id | None = Field(None, description="such as an order")
    since: AwareDatetime | None = Field(None, description="raised at or after this time")


@router.get("/insights/alerts", summary="List alerts", dependencies=[BY_RULE])
async def list_alerts(
    query: Annotated[AlertFilter, Query()],
    request: Request,
    response: Response,
    principal: Reader,
    language: Spoken,
) -> Page[AlertOut]:
    """List alerts, the latest first; what waits for somebody: `?state=open&owner=S-07`.

    Salespeople see their own and those of all of sales. Sort by `raised_at` or `changed_at`.
    """
    statement = narrowed(alerts_with_names().where(visible(principal)), query)

    def item(row: Row[Any]) -> AlertOut:
        return alert_out(dict(row._mapping), language)

    return await read_page(request, response, statement, ORDERING, query, item, file=("alerts", AlertOut))


def narrowed(statement: Select[Any], query: AlertFilter) -> Select[Any]:
    """Return the statement for those alerts that the filters ask for."""
    columns = {"owner": "owner_id", "role": "owner_role", "customer": "customer_id"}
    for name in ("owner", "role", "kind", "severity", "customer", "subject"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(alerts.c[columns.get(name, name)] == wanted)
    if query.role is not None and query.owner is None:
        statement = statement.where(alerts.c.owner_id == "")
    if query.state is not None:
        statement = statement.where(OPEN if query.state == "open" else alerts.c.state == query.state)
    since: datetime | None = query.since
    return statement if since is None else statement.where(alerts.c.raised_at >= since)


@router.get("/insights/alerts/counts", summary="Count open alerts", dependencies=[BY_RULE])
async def count_alerts(runtime: LiveRuntime, principal: Reader) -> list[CountOut]:
    """Count the open alerts per owner, severity and state: what badges show. Those without any are left out."""
    keys = (alerts.c.owner_id, alerts.c.owner_role, alerts.c.severity, alerts.c.state)
    statement = (
        select(*keys, func.count().label("alerts"))
        .where(OPEN, visible(principal))
        .group_by(*keys)
        .order_by(*keys)
    )
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return [
        CountOut(**{**row, "owner_id": row["owner_id"] or None, "owner_role": row["owner_role"] or None})
        for row in rows
    ]


@router.get(
    "/insights/alerts/{alert_id:path}", responses=UNKNOWN, summary="Show an alert", dependencies=[BY_RULE]
)
async def show_alert(
    alert_id: AlertId, runtime: LiveRuntime, principal: Reader, language: Spoken
) -> AlertDetail:
    """Show an alert with its evidence, everything that happened to it, and earlier occurrences of the same."""
    async with runtime.database.engine.connect() as connection:
        found = await connection.execute(alerts_with_names().where(alerts.c.alert_id == alert_id))
        row = found.mappings().first()
        if row is None or not may_see(principal, row["owner_id"], row["owner_role"]):
            raise Problem(404, f"alert {alert_id!r} is not known", errors=[("path.alert_id", "is not known")])
        steps = await connection.execute(
            select(alert_history)
            .where(alert_history.c.alert_id == alert_id)
            .order_by(alert_history.c.version)
        )
        earlier = await connection.scalars(
            select(alerts.c.alert_id)
            .where(alerts.c.key == row["key"], alerts.c.occurrence < row["occurrence"])
            .order_by(alerts.c.occurrence.desc())
            .limit(100)
        )
        return AlertDetail(
            **alert_out(row, language).model_dump(),
            history=[step_out(dict(step)) for step in steps.mappings()],
            earlier=list(earlier),
        )
