"""Satisfaction: scores from 1 to 5 with source and day, their trend, and averages over customers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, select

from contracts.events.customers import Ownership, SatisfactionRecorded, SatisfactionSource
from contracts.wire import Day, Id, Text
from services.customers import store
from services.customers.api.common import CONFLICT, UNKNOWN, Anybody, Body, Keeper, NewId, refused, today
from services.customers.commands import carry_out
from services.customers.store import satisfaction_reads as reads
from services.customers.tables import satisfactions
from services.kit.commands import answer_once
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, Own

router = APIRouter(tags=["satisfaction"])

ORDERING = Ordering(
    {"on": satisfactions.c.on_day, "score": satisfactions.c.score},
    unique=satisfactions.c.satisfaction_id,
    default="-on",
)


class SatisfactionIn(Body):
    """How satisfied the customer is, and how we know."""

    satisfaction_id: NewId = None
    score: Annotated[int, Field(ge=1, le=5, description="1: not at all, 5: very")]
    source: SatisfactionSource
    on: Day | None = Field(None, description="the day it was said; left out: today")
    contact: Text = Field("", description="who said it")
    comment: Text = ""


class SatisfactionOut(BaseModel):
    """A score."""

    satisfaction_id: str
    customer_id: str
    score: int
    source: SatisfactionSource
    on: date
    contact: str
    comment: str
    by: str | None
    recorded_at: datetime


class SatisfactionQuery(PageQuery):
    """Filters of a customer's scores."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: SatisfactionSource | None = None
    from_day: date | None = Field(None, alias="from")
    to_day: date | None = Field(None, alias="to", description="this day included")


class AverageQuery(BaseModel):
    """Which customers' scores of which days."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: SatisfactionSource | None = None
    from_day: date | None = Field(None, alias="from")
    to_day: date | None = Field(None, alias="to", description="this day included")
    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    ownership: Ownership | None = None
    tag: Text | None = None
    salesperson: Id | None = Field(None, description="whose customers they were on the day of the score")


class MonthOut(BaseModel):
    """The scores of a month."""

    month: str = Field(examples=["2026-03"])
    count: int
    average: str = Field(description="rounded half up to two decimals", examples=["3.67"])


class SatisfactionSummary(BaseModel):
    """Scores put together."""

    count: int
    customers: int = Field(description="how many gave one")
    average: str | None = Field(description="of the scores; null: there is none")
    latest_average: str | None = Field(
        description="of each customer's latest score: every customer counts once"
    )
    scores: dict[int, int] = Field(description="how often each was given")
    months: list[MonthOut] = Field(description="the trend, oldest first; a month without a score is left out")


def _out(row: Row[Any]) -> SatisfactionOut:
    fields = {name: row._mapping[name] for name in SatisfactionOut.model_fields if name != "on"}
    return SatisfactionOut(**fields, on=row.on_day)


@router.post(
    "/customers/{customer_id}/satisfaction",
    status_code=201,
    response_model=SatisfactionOut,
    dependencies=[OF_CUSTOMER, DOCUMENTED],
    responses=UNKNOWN | CONFLICT,
)
async def record_satisfaction(
    customer_id: Id, body: SatisfactionIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Record how satisfied the customer is. A score is never changed; the same id with another body: 409."""
    day = body.on or today(runtime)
    if day > today(runtime):
        raise refused("on", f"{day} has not come yet")
    number = body.satisfaction_id or f"SAT-{uuid4().hex}"
    fields = body.model_dump(exclude={"on", "satisfaction_id"})
    event = SatisfactionRecorded(
        satisfaction_id=number, customer_id=customer_id, on=day, by=person(principal), **fields
    )

    async def work(call: IdempotentCall) -> Response:
        if await store.lock_customer(call.unit.connection, customer_id) is None:
            raise Problem(404, f"nothing is known of customer {customer_id!r}")
        await carry_out(runtime, call.unit, event, customer_id)
        stored = await reads.stored(call.unit.connection, number)
        shown = {name: stored[name] for name in SatisfactionOut.model_fields if name != "on"}
        return call.answer(201, SatisfactionOut(**shown, on=stored["on_day"]))

    return await answer_once(request, runtime, principal, work)


@router.get("/customers/{customer_id}/satisfaction", dependencies=[OF_CUSTOMER])
async def list_satisfaction(
    customer_id: Id,
    query: Annotated[SatisfactionQuery, Query()],
    request: Request,
    response: Response,
    principal: Anybody,
) -> Page[SatisfactionOut]:
    """List a customer's scores, the latest day first; sort by `on` or `score`."""
    statement = select(satisfactions).where(satisfactions.c.customer_id == customer_id)
    statement = statement.where(*reads.between(query.from_day, query.to_day, query.source))
    return await read_page(request, response, statement, ORDERING, query, _out)


@router.get("/customers/{customer_id}/satisfaction/trend", dependencies=[OF_CUSTOMER])
async def read_satisfaction_trend(
    customer_id: Id, runtime: LiveRuntime, principal: Anybody
) -> SatisfactionSummary:
    """Show a customer's scores by month, their average, and how often each was given."""
    async with runtime.database.engine.connect() as connection:
        return _summary(await reads.grouped(connection, [satisfactions.c.customer_id == customer_id]))


@router.get("/satisfaction")
async def read_satisfaction(
    query: Annotated[AverageQuery, Query()], runtime: LiveRuntime, principal: Anybody, view: Own
) -> SatisfactionSummary:
    """Show the average over customers, by region, category, form, ownership, tag or salesperson, and its trend.

    For salespeople over their own customers.
    """
    filters = query.model_dump(
        include={"region", "category", "business_form", "ownership"}, exclude_none=True
    )
    conditions = [
        *reads.between(query.from_day, query.to_day, query.source),
        *reads.of_customers(filters, query.tag, query.salesperson),
        view.of(satisfactions.c.customer_id),
    ]
    async with runtime.database.engine.connect() as connection:
        return _summary(await reads.grouped(connection, conditions))


def _summary(found: reads.Grouped) -> SatisfactionSummary:
    months: dict[str, tuple[int, int]] = {}
    scores = dict.fromkeys(range(1, 6), 0)
    for month, score, times in found.scores:
        count, total = months.get(month, (0, 0))
        months[month] = count + times, total + score * times
        scores[score] += times
    count = sum(scores.values())
    return SatisfactionSummary(
        count=count,
        customers=found.customers,
        average=_average(sum(score * times for score, times in scores.items()), count),
        latest_average=_average(found.latest_total, found.customers),
        scores=scores,
        months=[
            MonthOut(month=month, count=times, average=_average(total, times) or "")
            for month, (times, total) in sorted(months.items())
        ],
    )


def _average(total: int, count: int) -> str | None:
    return str((Decimal(total) / count).quantize(Decimal("0.01"), "ROUND_HALF_UP")) if count else None
