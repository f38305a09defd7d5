"""How a customer pays: what it settled and how late, and when it will pay what is open."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.credit.api.account_answers import Money
from services.credit.api.accounts import today
from services.credit.api.common import UNKNOWN, CustomerId, Known, money
from services.credit.api.risk import current
from services.credit.queries import risk as queries
from services.credit.risk import Standing, read_population
from services.credit.risk_tables import invoice_history
from services.credit.rules.calls import payment_days
from services.credit.rules.habits import Population, chance_within
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import OF_CUSTOMER

router = APIRouter(tags=["payment behaviour"])

ORDERING = Ordering(
    {"due_on": invoice_history.c.due_on, "amount": invoice_history.c.open},
    unique=invoice_history.c.invoice_id,
    default="due_on",
)


class FiguresOut(BaseModel):
    """Invoices settled with money. Days late count from the due day to the day money last paid it; negative: early."""

    settled: int
    amount: Money = Field(description="of these invoices")
    late: int = Field(description="settled after their due day")
    late_share: float | None = Field(description="0 to 1; null: none was settled")
    average_days_late: float | None
    median_days_late: float | None
    longest_days_late: int | None


class MonthOut(FiguresOut):
    """The invoices settled in a month."""

    month: str = Field(examples=["2026-03"])


class LongestOut(BaseModel):
    """The invoice that was paid latest."""

    invoice_id: str
    amount: Money
    due_on: date
    settled_on: date
    days_late: int


class HabitOut(BaseModel):
    """What forecasts go by: the customer's last invoices, drawn to what is usual among all customers."""

    invoices: int = Field(description="settled ones looked back on, the last 50 at most")
    level_days_late: float
    deviation_days: float
    population_version: int = Field(description="0: as delivered, before there was data")


class BehaviourOut(BaseModel):
    """How a customer has paid."""

    customer_id: str
    currency: str
    since: date
    day: date = Field(description="the business day this holds for")
    total: FiguresOut
    longest: LongestOut | None = Field(description="null: nothing was settled")
    months: list[MonthOut] = Field(
        description="by month of settlement, oldest first; months without any left out"
    )
    habit: HabitOut


class BehaviourQuery(BaseModel):
    """How far back."""

    months: int = Field(
        12, ge=1, le=120, description="back from the business day, by 30 days each and rounded up"
    )


@router.get(
    "/accounts/{customer_id:path}/payment-behaviour",
    responses=UNKNOWN,
    summary="Show how a customer has paid",
    dependencies=[OF_CUSTOMER],
)
async def read_behaviour(
    customer_id: CustomerId,
    query: Annotated[BehaviourQuery, Query()],
    runtime: LiveRuntime,
    principal: Known,
) -> BehaviourOut:
    """Show how a customer has paid: average, median and longest days late, the share paid late, and every month.

    An invoice settled by credit notes alone says nothing about how the customer pays and is not counted; one that was
    reopened by a bounced payment is not settled.
    """
    async with runtime.database.unit_of_work() as unit:
        standing = await current(unit.connection, customer_id, today(runtime))
    since = (standing.day - timedelta(days=30 * (query.months - 1))).replace(day=1)
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        total, months, longest = await queries.read_behaviour(connection, customer_id, since, standing.day)
    currency, habit = standing.currency, standing.habit
    return BehaviourOut(
        customer_id=customer_id,
        currency=currency,
        since=since,
        day=standing.day,
        total=FiguresOut(**_figures(total, currency)),
        longest=None
        if longest is None
        else LongestOut(
            invoice_id=longest.invoice_id,
            amount=money(longest.amount, currency),
            due_on=longest.due_on,
            settled_on=longest.settled_on,
            days_late=longest.days_late,
        ),
        months=[MonthOut(month=f"{row.month:%Y-%m}", **_figures(row, currency)) for row in months],
        habit=HabitOut(
            invoices=habit.settled,
            level_days_late=round(habit.level, 2),
            deviation_days=round(habit.deviation, 2),
            population_version=standing.population_version,
        ),
    )


def _figures(row: Row[Any], currency: str) -> dict[str, Any]:
    return {
        "settled": row.settled,
        "amount": money(row.amount, currency),
        "late": row.late,
        "late_share": round(row.late / row.settled, 4) if row.settled else None,
        "average_days_late": round(float(row.average), 2) if row.average is not None else None,
        "median_days_late": row.median,
        "longest_days_late": row.longest,
    }


class ForecastOut(BaseModel):
    """When an open invoice will be paid."""

    invoice_id: str
    issued_on: date
    due_on: date
    open: Money
    days_past_due: int = Field(description="negative: days to go")
    expected_on: date = Field(description="as likely before as after; never before today")
    earliest_on: date = Field(description="with latest_on: the 80 % interval")
    latest_on: date
    expected_days_late: int = Field(description="negative: early")
    chance: float = Field(description="0 to 1, of being paid within `within_days`, today included")


class ForecastQuery(PageQuery):
    """What the chance is for."""

    within_days: int = Field(30, ge=1, le=3_650)


@router.get(
    "/accounts/{customer_id:path}/payment-forecast",
    responses=UNKNOWN,
    summary="Forecast when open invoices will be paid",
    dependencies=[OF_CUSTOMER],
)
async def read_forecast(
    customer_id: CustomerId,
    query: Annotated[ForecastQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Known,
) -> Page[ForecastOut]:
    """Forecast when each open invoice of a customer will be paid, with an 80 % interval. Sorts: `due_on`, `amount`.

    It goes by how late the customer paid its last invoices, drawn to what is usual among all customers where those are
    few, and by how long the invoice has been open without being paid.
    """
    async with runtime.database.unit_of_work() as unit:
        standing = await current(unit.connection, customer_id, today(runtime))
        population = await read_population(unit.connection)

    def item(row: Row[Any]) -> ForecastOut:
        return _forecast(row, standing, population, query.within_days)

    return await read_page(request, response, queries.open_invoices(customer_id), ORDERING, query, item)


def _forecast(row: Row[Any], standing: Standing, population: Population, within_days: int) -> ForecastOut:
    day, habit = standing.day, standing.habit
    late = (day - row.due_on).days
    expected, earliest, latest, found = payment_days(habit, population, row.due_on, day)
    return ForecastOut(
        invoice_id=row.invoice_id,
        issued_on=row.issued_on,
        due_on=row.due_on,
        open=money(row.open, standing.currency),
        days_past_due=late,
        expected_on=expected,
        earliest_on=earliest,
        latest_on=latest,
        expected_days_late=found.expected,
        chance=round(chance_within(habit, population, late, within_days), 4),
    )
