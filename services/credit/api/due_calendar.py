"""The due calendar: what falls due next and how much, per day and per customer."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.wire import Currency, Id
from services.credit.api.account_answers import Money
from services.credit.api.accounts import no_account, today
from services.credit.api.as_of import AS_OF, EARLIEST, LATEST, require_opened, require_reached
from services.credit.api.common import Reader, money
from services.credit.queries import accounts as account_queries
from services.credit.queries import calendar as queries
from services.credit.queries.history import books
from services.credit.queries.totals import day_reached
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["credit"])

DAYS_AHEAD = 30
LONGEST_DAYS = 366


class DueOut(BaseModel):
    """What falls due on one day in one currency, of all customers or of one."""

    due_on: date
    days_ahead: int = Field(description="from the business day; negative: past due already")
    currency: str
    customer_id: str | None = Field(description="null with `per=day`")
    amount: Money = Field(description="open on invoices due on that day")
    items: int
    customers: int


class DueSumOut(BaseModel):
    """All open invoices of one currency, by when they fall due: the three amounts are the receivables."""

    currency: str
    brought_forward: Money = Field(description="due before the first day and still open")
    brought_forward_items: int
    overdue: Money = Field(description="of that, what is past its due day and the customer's grace days")
    overdue_items: int
    due: Money = Field(description="due from the first day to the last")
    due_items: int
    later: Money = Field(description="due after the last day")
    later_items: int
    next_due: date | None = Field(description="the first due day in or after the range; null: none is known")


class DueCalendarOut(Page[DueOut]):
    """What falls due in a range of days, and what comes before and after it."""

    day: date = Field(description="the business day this holds for")
    from_day: date
    to_day: date
    sums: list[DueSumOut] = Field(description="one per currency, whatever page this is; never added up")


class CalendarQuery(PageQuery):
    """The range and the filters; days are included on both ends."""

    from_day: date | None = Field(
        None, alias="from", ge=EARLIEST, le=LATEST, description="the business day if left out"
    )
    to_day: date | None = Field(
        None, alias="to", ge=EARLIEST, le=LATEST, description=f"{DAYS_AHEAD} days later if left out"
    )
    customer: Id | None = Field(None, description="only this customer")
    currency: Currency | None = None
    per: queries.Per = Field("day", description="a row per day and currency, or one per customer too")
    as_of: date | None = AS_OF

    def span(self, day: date) -> tuple[date, date]:
        """Return the first and the last day.

        Raises:
            Problem: 422 when the range is upside down or too long.
        """
        first = self.from_day or day
        last = self.to_day or first + timedelta(days=DAYS_AHEAD)
        if not first <= last <= first + timedelta(days=LONGEST_DAYS):
            raise Problem(
                422,
                f"a calendar has from 1 to {LONGEST_DAYS + 1} days; this would be {first} to {last}",
                errors=[
                    (
                        "query.to",
                        f"must be from {first} to {first + timedelta(days=LONGEST_DAYS)} (given: {last})",
                    )
                ],
            )
        return first, last


@router.get("/credit/due-calendar", summary="Show what falls due", dependencies=[COMPANY])
async def read_due_calendar(
    query: Annotated[CalendarQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> DueCalendarOut:
    """Show what falls due next and how much, per day, or per day and customer with `per=customer`.

    `sums` has what is due before the range and still open (brought forward), in it, and after it. The range is the
    next 30 days unless `from` and `to` say otherwise. Sort by `due_on` or `amount`, with - for downwards.
    """
    now = today(runtime)
    asked = books(now, query.as_of, query.customer)
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        if query.customer is None:
            reached = await day_reached(connection, now)
            require_reached(query.as_of, reached)
        else:
            found = await account_queries.read_account(connection, query.customer, now)
            if found is None:
                raise no_account(query.customer, "query.customer")
            reached = found[1]
            await require_opened(connection, query.customer, query.as_of, reached)
        day = query.as_of or reached
        first, last = query.span(day)
        calendar = queries.due(asked, first, last, query.per)
        ordering = Ordering(
            {"due_on": calendar.c.place, "amount": calendar.c.amount},
            unique=calendar.c.place,
            default="due_on",
        )
        statement = select(calendar)
        if query.currency is not None:
            statement = statement.where(calendar.c.currency == query.currency)

        def due(row: Row[Any]) -> DueOut:
            return _due(row, day)

        page = await read_page(request, response, statement, ordering, query, due, connection)
        rows = await queries.sums(connection, asked, first, last, query.currency)
    return DueCalendarOut(
        items=page.items,
        next=page.next,
        day=day,
        from_day=first,
        to_day=last,
        sums=[_sum(row) for row in rows],
    )


def _due(row: Row[Any], day: date) -> DueOut:
    values = row._mapping
    return DueOut(
        due_on=row.due_on,
        days_ahead=(row.due_on - day).days,
        currency=row.currency,
        customer_id=row.customer_id or None,
        amount=money(row.amount, row.currency),
        items=values["items"],
        customers=row.customers,
    )


def _sum(row: Row[Any]) -> DueSumOut:
    currency = row.currency
    return DueSumOut(
        currency=currency,
        brought_forward=money(row.forward, currency),
        brought_forward_items=row.forward_items,
        overdue=money(row.overdue, currency),
        overdue_items=row.overdue_items,
        due=money(row.within, currency),
        due_items=row.within_items,
        later=money(row.after, currency),
        later_items=row.after_items,
        next_due=row.next_due,
    )
