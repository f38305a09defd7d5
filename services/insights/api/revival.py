"""``GET /insights/dormant/...``: who was dormant when, who came back, by whose work, what follow-ups bring."""

from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Text, cast, func, select

from contracts.money import decimal_string
from contracts.wire import Id
from services.insights.api.forecast_answers import Customer
from services.insights.api.listing import CSV, listing
from services.insights.api.months import Month
from services.insights.api.segments import READERS, FilterQuery, TableQuery
from services.insights.rules.revival import wilson
from services.insights.rules.windows import month_after
from services.insights.store.revival_reads import EFFECT, RATES, listed
from services.insights.store.segment_reads import Filter
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import file_answer
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, Own

router = APIRouter(prefix="/insights/dormant", tags=["dormancy"], dependencies=READERS)

Definition = Literal["days", "rhythm"]
LONGEST_MONTHS = 36


class SpellQuery(FilterQuery):
    """Which dormant spells."""

    definition: Definition | None = Field(None, description="left out: either")
    revived: bool | None = Field(None, description="whether it is over")
    revived_from: date | None = None
    revived_to: date | None = Field(None, description="this day included")
    credited: Id | None = Field(None, description="who looked after the customer when it came back")
    customer: Id | None = None


class Spell(Customer):
    """A silence that made a customer dormant, by the definition asked for or by the earlier of both."""

    last_order_day: date
    dormant_on: date
    by_days: bool
    by_rhythm: bool = Field(description="by the mean of its own gaps until then, from three gaps on")
    dormant_days: int = Field(description="until it came back, or until today")
    revived_on: date | None = Field(description="null: it lasts")
    credited_to: str | None = Field(
        description="who looked after the customer then; null: nobody, or it lasts"
    )
    credited_name: str | None
    follow_up_id: str | None = Field(description="the last contact before, within the days of the policy")
    followed_up_by: str | None
    alert_id: str | None = Field(description="the alert that caused the follow-up")


class RevivalRate(BaseModel):
    """What became in a month of the dormant customers of a salesperson."""

    month: str
    salesperson_id: str | None = Field(description="null: nobody's")
    name: str | None = Field(description="null: nobody has entered this salesperson")
    dormant: int = Field(description="customers dormant on some day of the month")
    followed_up: int = Field(description="of them, those contacted in the month while they were")
    revived: int = Field(description="of them, those that ordered again in the month")
    revived_after_follow_up: int
    rate: float = Field(description="revived / dormant")
    rate_low: float = Field(description="Wilson's 95 % interval of the rate")
    rate_high: float


class EffectGroup(BaseModel):
    """What became of dormant customers with, or without, a follow-up."""

    followed_up: bool
    spells: int
    revived: int
    rate: float | None = Field(description="null: there is none")
    rate_low: float | None = Field(description="Wilson's 95 % interval of the rate")
    rate_high: float | None
    sales: str = Field(description="orders in the days watched")
    sales_per_spell: str | None


class Effect(BaseModel):
    """Follow-ups against none. It is a comparison, no experiment: whom to follow up was somebody's choice."""

    currency: str
    landmark_days: int
    horizon_days: int
    groups: list[EffectGroup]
    intervals_overlap: bool | None = Field(
        description="true: the difference may be chance; null: a group is empty"
    )


def _who(wanted: Filter) -> dict[str, Any]:
    return {
        "day": wanted.day,
        "region": wanted.region,
        "category": wanted.category,
        "form": wanted.business_form,
        "salesperson": wanted.salesperson_id,
    }


def month_span(day: date, first: str | None, last: str | None, back: int) -> tuple[date, date]:
    """Return the first days of the months asked for, ``back`` months from today where none is.

    Raises:
        Problem: 422 when they are the wrong way round, or too many.
    """
    asked = [
        month_after(day, months) if month is None else date.fromisoformat(f"{month}-01")
        for month, months in ((first, back), (last, 0))
    ]
    if asked[0] > asked[1]:
        raise Problem(422, "from lies after to", errors=[("query.from", "must not be after to")])
    if (asked[1].year - asked[0].year) * 12 + asked[1].month - asked[0].month >= LONGEST_MONTHS:
        raise Problem(
            422, "too many months", errors=[("query.from", f"at most {LONGEST_MONTHS} months at once")]
        )
    return asked[0], asked[1]


def _spell(currency: str, row: Row[Any]) -> Spell:
    found = row._mapping
    return Spell(
        **{n: found[n] for n in Spell.model_fields if n not in {"currency", "credited_to"}},
        currency=currency,
        credited_to=found["credited_to"] or None,
    )


@router.get("/spells", responses=CSV, response_model=Page[Spell])
async def list_spells(
    query: Annotated[SpellQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[Spell] | Response:
    """Show when customers were dormant, those that came back included; the latest first."""
    wanted = await query.filter(runtime, view)
    found = listed(wanted, query.definition)
    statement = select(found)
    if query.revived is not None:
        over = found.c.revived_on.is_not(None)
        statement = statement.where(over if query.revived else ~over)
    if query.revived_from is not None:
        statement = statement.where(found.c.revived_on >= query.revived_from)
    if query.revived_to is not None:
        statement = statement.where(found.c.revived_on <= query.revived_to)
    if query.credited is not None:
        statement = statement.where(found.c.credited_to == query.credited)
    if query.customer is not None:
        statement = statement.where(found.c.customer_id == query.customer)
    unique = func.concat(found.c.customer_id, " ", cast(found.c.last_order_day, Text))
    ordering = Ordering(
        {
            "dormant_on": found.c.dormant_on,
            "dormant_days": found.c.dormant_days,
            "customer": found.c.customer_id,
        },
        unique=unique,
        default="-dormant_on",
    )
    return await listing(
        *(request, response, runtime, statement, ordering, query, partial(_spell, wanted.currency)),
        *(Spell, "dormant-spells"),
    )


class RateQuery(TableQuery):
    """Which months; the salesperson is who looked after the customer then."""

    definition: Definition | None = Field("days", description="of dormancy")
    from_month: Month | None = Field(None, alias="from", description="this month if left out")
    to_month: Month | None = Field(None, alias="to", description="included; this month if left out")


def _rate(row: Row[Any]) -> RevivalRate:
    interval = wilson(row.revived, row.dormant)
    assert interval is not None, "a group has at least one customer"
    return RevivalRate(
        month=f"{row.month:%Y-%m}",
        salesperson_id=row.salesperson_id or None,
        name=row.name,
        dormant=row.dormant,
        followed_up=row.followed_up,
        revived=row.revived,
        revived_after_follow_up=row.revived_after_follow_up,
        rate=round(row.revived / row.dormant, 4),
        rate_low=round(interval[0], 4),
        rate_high=round(interval[1], 4),
    )


@router.get("/revivals", responses=CSV, response_model=list[RevivalRate])
async def list_revivals(
    query: Annotated[RateQuery, Query()], runtime: LiveRuntime, view: Own
) -> list[RevivalRate] | Response:
    """Show per salesperson and month how many customers were dormant, followed up and came back.

    Salespeople see their own line.
    """
    if not view.everything:
        query = query.model_copy(update={"salesperson": view.staff_id})
    wanted = await query.filter(runtime)
    first, last = month_span(wanted.day, query.from_month, query.to_month, 0)
    asked = _who(wanted) | {"first": first, "last": last, "definition": query.definition}
    async with runtime.database.engine.connect() as connection:
        rates = [_rate(row) for row in await connection.execute(RATES, asked)]
    if query.format == "json":
        return rates
    return await file_answer(query.format, "revivals", RevivalRate, rates, runtime.settings.zone)


class EffectQuery(TableQuery):
    """Which dormant spells are compared: those that began in the months; currency is that of the sales."""

    definition: Definition = "days"
    from_month: Month | None = Field(None, alias="from", description="left out: twelve months ago")
    to_month: Month | None = Field(None, alias="to", description="included; this month if left out")
    landmark_days: int = Field(
        30,
        ge=0,
        le=365,
        description="a follow-up counts up to then; who came back before is in neither group",
    )
    horizon_days: int = Field(90, ge=1, le=730, description="how long both groups are watched from there")


def _group(followed_up: bool, row: Row[Any] | None, currency: str) -> EffectGroup:
    spells, revived, amount = (0, 0, 0) if row is None else (row.spells, row.revived, row.amount)
    interval = wilson(revived, spells)
    return EffectGroup(
        followed_up=followed_up,
        spells=spells,
        revived=revived,
        rate=round(revived / spells, 4) if spells else None,
        rate_low=None if interval is None else round(interval[0], 4),
        rate_high=None if interval is None else round(interval[1], 4),
        sales=decimal_string(amount, currency),
        sales_per_spell=decimal_string(amount // spells, currency) if spells else None,
    )


@router.get("/follow-up-effect", responses=CSV, response_model=Effect, dependencies=[COMPANY])
async def read_effect(query: Annotated[EffectQuery, Query()], runtime: LiveRuntime) -> Effect | Response:
    """Compare dormant customers that were followed up with those that were not: who came back, and what they bought.

    Both groups were still silent on the landmark, and both are watched to the end of the horizon (a landmark analysis:
    Anderson, Cain and Gelber 1983, J. Clin. Oncol. 1, 710-719), so that neither gains by the time it had.
    """
    wanted = await query.filter(runtime)
    first, last = month_span(wanted.day, query.from_month, query.to_month, -12)
    asked = _who(wanted) | {
        "first": first,
        "last": month_after(last, 1) - date.resolution,
        "definition": query.definition,
        "landmark": query.landmark_days,
        "horizon": query.horizon_days,
        "currency": wanted.currency,
    }
    async with runtime.database.engine.connect() as connection:
        rows = {row.followed_up: row for row in await connection.execute(EFFECT, asked)}
    groups = [_group(followed_up, rows.get(followed_up), wanted.currency) for followed_up in (True, False)]
    if query.format != "json":
        return await file_answer(query.format, "follow-up-effect", EffectGroup, groups, runtime.settings.zone)
    low, high = ([getattr(g, n) for g in groups] for n in ("rate_low", "rate_high"))
    overlap = None if None in low else max(low) <= min(high)
    return Effect(
        currency=wanted.currency,
        landmark_days=query.landmark_days,
        horizon_days=query.horizon_days,
        groups=groups,
        intervals_overlap=overlap,
    )
