"""``GET /insights/salespeople``: how salespeople do, as a league of a month and along the months, and their targets."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, func, select

from contracts.money import decimal_string
from contracts.wire import Currency, Id, Text
from services.insights.api.dated_policies import (
    DatedPolicyIn,
    DatedPolicyOut,
    list_versions,
    put_version,
)
from services.insights.api.documents import read_document
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.months import Month
from services.insights.api.revival import month_span
from services.insights.api.segments import READERS
from services.insights.api.today import today_of
from services.insights.rules.performance import Performance
from services.insights.store.performance_reads import performance
from services.insights.store.segment_reads import known
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN, Own

router = APIRouter(prefix="/insights/salespeople", tags=["salespeople"], dependencies=READERS)

Manager = Annotated[Principal, Depends(require("manager"))]
COUNTED = ("sales", "collections", "assigned", "active", "revived", "follow_ups", "commission")
MONEY = (
    "sales",
    "profit",
    "collections",
    "overdue",
    "receivables",
    "expected",
    "gap",
    "commission",
    "clawed_back",
)
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Not the caller"}}


class LeagueQuery(ListQuery):
    """Which month, and of whom; team and region are those of the salespeople."""

    currency: Currency | None = Field(None, description="the company's own if left out; never added up")
    month: Month | None = Field(None, description="this month if left out")
    team: Text | None = None
    region: Text | None = None
    q: Text | None = Field(None, description="part of the name or id")
    below_target: bool | None = Field(None, description="active rate below its target, or not")


class TrendQuery(ListQuery):
    """Which months of one salesperson."""

    currency: Currency | None = Field(None, description="the company's own if left out; never added up")
    from_month: Month | None = Field(None, alias="from", description="left out: twelve months ago")
    to_month: Month | None = Field(None, alias="to", description="included; this month if left out")


class SalespersonMonth(BaseModel):
    """What a salesperson did in a month. Customers are those assigned at its end, or today in this month."""

    month: str
    salesperson_id: str | None = Field(description="null: customers of nobody")
    name: str | None = Field(description="null: nobody has entered this salesperson")
    team: str | None
    region: str | None
    assigned: int = Field(description="customers")
    active: int = Field(description="of them, those with an order that counts in the month")
    active_percent: float | None = Field(description="active of 100 assigned; null: none is assigned")
    target_percent: int | None = Field(description="null: there is no target")
    currency: str
    sales: str = Field(description="orders less returns, credited by the rule of the month")
    profit: str | None = Field(description="of the lines whose cost is known; null: none is")
    collections: str = Field(description="payments less reversals, of who looked after the customer that day")
    overdue: str | None = Field(
        description="of the customers assigned today; null: a past month, or nothing known"
    )
    receivables: str | None
    overdue_percent: float | None
    revived: int = Field(
        description="dormant customers that came back in the month, credited to the salesperson"
    )
    follow_ups: int = Field(description="contacts that took place in the month, by the salesperson")
    expected: str | None = Field(
        description="of the month and the customers assigned today, as first forecast; null: a past month, or none"
    )
    gap: str | None = Field(description="expected less their orders so far; below 0: more than expected")
    commission: str = Field(description="of the month's entries: earned less clawed back")
    clawed_back: str


def _month(currency: str, row: Row[Any]) -> SalespersonMonth:
    def money(minor: int | None) -> str | None:
        return None if minor is None else decimal_string(minor, currency)

    def percent(share: float | None) -> float | None:
        return None if share is None else round(share, 2)

    found = row._mapping
    same = (
        "month",
        "name",
        "team",
        "region",
        "assigned",
        "active",
        "target_percent",
        "revived",
        "follow_ups",
    )
    return SalespersonMonth(
        **{name: found[name] for name in same},
        **{name: money(found[name]) for name in MONEY},
        **{name: percent(found[name]) for name in ("active_percent", "overdue_percent")},
        salesperson_id=row.salesperson_id or None,
        currency=currency,
    )


@router.get("", responses=CSV, response_model=Page[SalespersonMonth])
async def list_salespeople(
    query: Annotated[LeagueQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[SalespersonMonth] | Response:
    """Show the league of a month, the greatest sales first. Salespeople see their own row only."""
    day, currency = await today_of(runtime), query.currency or runtime.settings.currency
    first, last = month_span(day, query.month, query.month, 0)
    found = performance(currency, day, first, last, view.staff_id)
    statement, c = select(found), found.c
    if query.team is not None:
        statement = statement.where(c.team == query.team)
    if query.region is not None:
        statement = statement.where(c.region == query.region)
    if query.q is not None:
        named = func.concat_ws(" ", c.name, c.salesperson_id)
        statement = statement.where(named.icontains(query.q, autoescape=True))
    if query.below_target is not None:
        below = func.coalesce(c.above_target < 0, False)
        statement = statement.where(below if query.below_target else ~below)
    sorts: dict[str, ColumnElement[Any]] = {n: c[n] for n in COUNTED}
    for name in ("profit", "active_percent", "above_target", "overdue_percent", "gap"):
        sorts[name] = known(c[name])
    ordering = Ordering(sorts | {"salesperson": c.salesperson_id}, unique=c.salesperson_id, default="-sales")
    return await listing(
        *(request, response, runtime, statement, ordering, query, partial(_month, currency)),
        *(SalespersonMonth, "salespeople"),
    )


@router.get("/{salesperson_id}/months", responses=CSV | UNKNOWN, response_model=Page[SalespersonMonth])
async def list_months(
    salesperson_id: Id,
    query: Annotated[TrendQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[SalespersonMonth] | Response:
    """Show one salesperson along the months, the latest first."""
    if view.staff_id not in (None, salesperson_id):
        raise Problem(
            404,
            f"nothing is known of salesperson {salesperson_id!r}",
            errors=[("path.salesperson_id", "is not known")],
        )
    day, currency = await today_of(runtime), query.currency or runtime.settings.currency
    first, last = month_span(day, query.from_month, query.to_month, -12)
    found = performance(currency, day, first, last, salesperson_id)
    ordering = Ordering({"month": found.c.month}, unique=found.c.salesperson_id, default="-month")
    return await listing(
        *(request, response, runtime, select(found), ordering, query, partial(_month, currency)),
        *(SalespersonMonth, "salesperson-months"),
    )


@router.get("/policies", dependencies=[OPEN])
async def list_policies(runtime: LiveRuntime) -> list[DatedPolicyOut]:
    """Show all versions of targets and attribution, the latest first."""
    return await list_versions(runtime, "performance", Performance)


@router.post("/policies", status_code=201, response_model=DatedPolicyOut, dependencies=[OPEN, DOCUMENTED])
async def put_policy(
    body: DatedPolicyIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Set targets of the active rate and who is credited with sales, from the first day of a month on."""
    if body.from_day.day != 1:
        raise Problem(
            422, "targets hold for whole months", errors=[("from_day", "must be the first of a month")]
        )
    policy = read_document(body.policy, Performance, "policy")
    return await put_version(request, runtime, principal, "performance", body, policy)
