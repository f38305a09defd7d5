"""``GET /insights/segments/...``: stages, growth by month, migration between months, and the judgement of grades."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from contracts.money import decimal_string
from contracts.wire import Currency
from services.insights.api.listing import CSV, listing
from services.insights.api.months import Month
from services.insights.api.segments import READERS, Dimension, FilterQuery, TableQuery
from services.insights.api.today import DAY
from services.insights.rules.life_cycle import Stage
from services.insights.rules.numbers import ratio_text
from services.insights.rules.windows import month_after
from services.insights.store import segment_history as history
from services.insights.store import segment_reads as reads
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import file_answer
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, Own
from services.kit.runtime import Runtime

router = APIRouter(prefix="/insights/segments", tags=["segments"], dependencies=READERS)


class StageQuery(FilterQuery):
    """Customers of a stage."""

    stage: Stage | None = None


class CustomerStage(BaseModel):
    """Where a customer stands in its life."""

    customer_id: str
    name: str
    region: str
    category: str
    business_form: str
    salesperson_id: str
    stage: Stage
    orders: int
    known_since: date | None
    first_order_day: date | None
    last_order_day: date | None
    revived_on: date | None = Field(description="as long as it counts as revived for it")


class GrowthQuery(TableQuery):
    """Which months; who looks after a customer is taken at the end of the month."""

    from_month: Month | None = Field(None, alias="from", description="a year back if left out")
    to_month: Month | None = Field(None, alias="to", description="included; the month of today if left out")


class Growth(BaseModel):
    """How many customers a month brought and took. Prospects are none yet, dormant ones are none any more."""

    month: str
    closed: bool = Field(description="false: the month is not over")
    gained: int = Field(description="first order")
    lost: int = Field(description="fell dormant")
    revived: int = Field(description="ordered again after having been dormant at the end of the month before")
    net: int = Field(description="gained + revived - lost")
    active: int = Field(description="at the end")
    dormant: int
    prospects: int


class MigrationQuery(TableQuery):
    """Between which months, and of what."""

    from_month: Month = Field(alias="from")
    to_month: Month = Field(alias="to")
    dimension: Dimension | Literal["overall", "rfm_group", "tier", "grade"] = "overall"


class Migration(BaseModel):
    """How many customers went from one class to another."""

    previous: str | None = Field(description="null: nothing in the window")
    current: str | None
    customers: int
    amount: str = Field(description="of the window that the later month ends")


class JudgementQuery(BaseModel):
    """Which month."""

    model_config = ConfigDict(extra="forbid")

    month: Month | None = Field(None, description="whose profit judges; the last that is over if left out")
    currency: Currency | None = None


class GradeJudged(BaseModel):
    """What the customers of a grade brought in the month after they were graded."""

    grade: str
    customers: int
    profit: str
    profit_per_customer: str
    profit_per_customer_before: str = Field(description="in the month in which they were graded")
    lift: str | None = Field(description="profit per customer against that of all; null: nobody made any")


class Judgement(BaseModel):
    """How good the grades were, how old what they follow from is, and whom they cover."""

    month: str
    currency: str
    graded: int = Field(description="customers graded at the end of the month before")
    rank_correlation: str | None = Field(
        description="Spearman: 1 is grades that order profit perfectly, 0 is chance"
    )
    grades: list[GradeJudged]
    median_age_days: dict[str, int | None] = Field(
        description="of the last order, payment, word of credit and card"
    )
    coverage: dict[str, int] = Field(
        description="customers that ever ordered: all, graded, and with each input"
    )


@router.get("/stages", responses=CSV, response_model=Page[CustomerStage])
async def list_stages(
    query: Annotated[StageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[CustomerStage] | Response:
    """Show where each customer stands in its life, prospects included."""
    found = reads.stages(await query.filter(runtime, view))
    statement = select(found)
    if query.stage is not None:
        statement = statement.where(found.c.stage == query.stage)
    sorts = {"customer": found.c.customer_id, "orders": found.c.orders}
    ordering = Ordering(sorts, unique=found.c.customer_id, default="customer")
    return await listing(
        request, response, runtime, statement, ordering, query, _stage, CustomerStage, "stages"
    )


def _stage(row: Any) -> CustomerStage:
    return CustomerStage(**{name: row._mapping[name] for name in CustomerStage.model_fields})


@router.get("/growth", responses=CSV, response_model=list[Growth], dependencies=[COMPANY])
async def show_growth(
    query: Annotated[GrowthQuery, Query()], runtime: LiveRuntime
) -> list[Growth] | Response:
    """Show by month how many customers were gained, lost and revived. The first month has nothing to compare with."""
    wanted = await query.filter(runtime)
    last = _first_day(query.to_month) or month_after(wanted.day, 0)
    first = _first_day(query.from_month) or month_after(last, -12)
    asked = {"salesperson": wanted.salesperson_id, **_who(wanted)}
    months = {"day": wanted.day, "first": first, "last": last}
    if any(asked.values()):
        rows = await _rows(runtime, history.GROWTH, **months, **asked)
    else:
        rows = await _rows(runtime, history.GROWTH_OF_ALL, **months)
    items = [
        Growth(
            **dict(row._mapping) | {"month": f"{row.month:%Y-%m}"}, net=row.gained + row.revived - row.lost
        )
        for row in rows
    ]
    if query.format == "json":
        return items
    return await file_answer(query.format, "growth", Growth, items, runtime.settings.zone)


@router.get("/migration", responses=CSV, response_model=list[Migration], dependencies=[COMPANY])
async def show_migration(
    query: Annotated[MigrationQuery, Query()], runtime: LiveRuntime
) -> list[Migration] | Response:
    """Show how many customers went from which class to which, between the ends of two months that are over."""
    wanted = await query.filter(runtime)
    if query.salesperson is not None:
        raise Problem(
            422, "migration is not split by salesperson", errors=[("query.salesperson", "must be left out")]
        )
    own = query.dimension in {"overall", "rfm_group", "tier", "grade"}
    statement = history.migration(query.dimension if own else f"{query.dimension}_class")
    first, last = _first_day(query.from_month), _first_day(query.to_month)
    rows = await _rows(runtime, statement, first=first, last=last, currency=wanted.currency, **_who(wanted))
    items = [
        Migration(
            previous=row.previous,
            current=row.current,
            customers=row.customers,
            amount=decimal_string(row.amount_minor, wanted.currency),
        )
        for row in rows
    ]
    if query.format == "json":
        return items
    return await file_answer(query.format, "migration", Migration, items, runtime.settings.zone)


@router.get(
    "/grading/judgement", responses={404: {"description": "No month is over yet"}}, dependencies=[COMPANY]
)
async def judge_grading(query: Annotated[JudgementQuery, Query()], runtime: LiveRuntime) -> Judgement:
    """Judge the grades that customers had at the end of a month by the profit that they brought in the next."""
    currency = query.currency or runtime.settings.currency
    async with runtime.database.engine.connect() as connection:
        month = _first_day(query.month) or await connection.scalar(history.LAST_CLOSED)
        day = await connection.scalar(DAY)
    if month is None or day is None:
        raise Problem(404, "no month is over yet")
    grades = await _rows(runtime, history.JUDGEMENT, month=month, currency=currency)
    [inputs] = await _rows(runtime, history.INPUTS, day=day, currency=currency)
    correlation = grades[0].rank_correlation if grades else None
    counted = ("customers", "graded", "with_standing", "with_prospects", "with_margin")
    return Judgement(
        month=f"{month:%Y-%m}",
        currency=currency,
        graded=grades[0].all_customers if grades else 0,
        rank_correlation=None if correlation is None else f"{correlation:.4f}",
        grades=[_judged(row, currency) for row in grades],
        median_age_days={
            name: inputs._mapping[f"{name}_days"] for name in ("order", "payment", "standing", "card")
        },
        coverage={name: inputs._mapping[name] for name in counted},
    )


def _judged(row: Any, currency: str) -> GradeJudged:
    lift = None
    if row.all_profit_minor > 0:
        lift = ratio_text(row.profit_minor * row.all_customers, row.all_profit_minor * row.customers)
    return GradeJudged(
        grade=row.grade,
        customers=row.customers,
        profit=decimal_string(row.profit_minor, currency),
        profit_per_customer=decimal_string(row.profit_minor // row.customers, currency),
        profit_per_customer_before=decimal_string(row.before_minor // row.customers, currency),
        lift=lift,
    )


async def _rows(runtime: Runtime, statement: Any, **values: Any) -> list[Any]:
    async with runtime.database.engine.connect() as connection:
        return list((await connection.execute(statement, values)).all())


def _who(wanted: reads.Filter) -> dict[str, str | None]:
    return {"region": wanted.region, "category": wanted.category, "form": wanted.business_form}


def _first_day(month: str | None) -> date | None:
    return None if month is None else date.fromisoformat(f"{month}-01")
