"""Ageing of receivables: of one customer, and of the whole company."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Subquery, select

from contracts.wire import Id
from services.credit.api.account_answers import Money
from services.credit.api.accounts import no_account, today
from services.credit.api.as_of import AS_OF, AsOf, require_opened, require_reached
from services.credit.api.common import UNKNOWN, CustomerId, FilterAmount, Known, MoneyQuery, Reader, money
from services.credit.queries import accounts as account_queries
from services.credit.queries import ageing as queries
from services.credit.queries.history import books
from services.credit.queries.totals import day_reached
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.scope import COMPANY, OF_CUSTOMER
from services.kit.runtime import Runtime

router = APIRouter()

Bucket = Literal["current", "days_1_30", "days_31_60", "days_61_90", "over_90"]
Share = Annotated[float | None, Field(examples=[0.12])]


class BucketOut(BaseModel):
    """Open invoices by age."""

    bucket: Bucket = Field(
        description="by days past the due day, grace days or not; `current` is not past due"
    )
    from_days: int | None = Field(description="the first day past due; null: no matter how long to go")
    to_days: int | None = Field(description="the last day past due; null: no matter how old")
    amount: Money = Field(description="what is open on them")
    items: int
    share: Share = Field(description="of the receivables, 0 to 1; null: there are none")


class AgeingFigures(BaseModel):
    """What is owed, by age. Buckets go by the due day; `overdue` begins after the grace days."""

    currency: str
    receivables: Money = Field(description="open on invoices: the sum of the buckets")
    items: int = Field(description="open invoices")
    buckets: list[BucketOut]
    longest_days: int = Field(description="of the oldest open invoice past its due day, grace days or not")
    overdue_amount: Money = Field(description="open on invoices past their due day and the grace days")
    overdue_items: int
    overdue_days: int = Field(description="of the oldest overdue invoice, from its due day")
    overdue_share: Share = Field(description="overdue of the receivables, 0 to 1; null: there are none")
    unapplied: Money = Field(description="money in hand that pays no invoice yet, not taken off the buckets")
    net: Money = Field(description="receivables less unapplied money")


class CustomerAgeingOut(AgeingFigures):
    """The ageing of one customer's receivables."""

    customer_id: str = Field(examples=["C-1001"])
    day: date = Field(description="the business day this holds for")
    grace_days: int = Field(description="in force on that day")


class ListedAgeingOut(CustomerAgeingOut):
    """A customer in the company's list."""

    share_of_receivables: Share = Field(
        description="of all the company's receivables in this currency, 0 to 1; null: there are none"
    )


class TotalAgeingOut(AgeingFigures):
    """The ageing of all receivables of one currency."""

    owing: int = Field(description="customers with open invoices")
    with_overdue: int = Field(description="customers with overdue invoices")


class CompanyAgeingOut(Page[ListedAgeingOut]):
    """Totals of the whole company, and a page of its customers."""

    day: date = Field(description="the business day this holds for; now: the one reached everywhere")
    totals: list[TotalAgeingOut] = Field(
        description="of all customers, whatever the list is filtered by; one per currency, never added up"
    )


def figures(row: Row[Any], currency: str) -> dict[str, Any]:
    """Return what all answers have, from a row of ageing or of its sums."""
    values, total = row._mapping, row.receivables
    buckets = [
        BucketOut(
            bucket=name,
            from_days=first,
            to_days=last,
            amount=money(values[name], currency),
            items=values[f"{name}_items"],
            share=share(values[name], total),
        )
        for name, (first, last) in queries.BUCKETS.items()
    ]
    return {
        "currency": currency,
        "receivables": money(total, currency),
        "items": values["items"],
        "buckets": buckets,
        "longest_days": row.longest_days,
        "overdue_amount": money(row.overdue_amount, currency),
        "overdue_items": row.overdue_items,
        "overdue_days": row.overdue_days,
        "overdue_share": share(row.overdue_amount, total),
        "unapplied": money(row.unapplied, currency),
        "net": money(total - row.unapplied, currency),
    }


def share(part: int, whole: int) -> float | None:
    """Return a share to four places, None of nothing."""
    return round(part / whole, 4) if whole else None


def customer_ageing(row: Row[Any]) -> CustomerAgeingOut:
    """Return the ageing of one customer."""
    return CustomerAgeingOut(
        customer_id=row.customer_id,
        day=row.day,
        grace_days=row.grace_days,
        **figures(row, row.currency),
    )


@router.get(
    "/accounts/{customer_id:path}/ageing",
    responses=UNKNOWN,
    tags=["accounts"],
    summary="Show the ageing",
    dependencies=[OF_CUSTOMER],
)
async def read_ageing(
    customer_id: CustomerId, runtime: LiveRuntime, principal: Known, as_of: AsOf = None
) -> CustomerAgeingOut:
    """Show what a customer owes by age: not yet due, 1-30, 31-60, 61-90 and more than 90 days past due.

    Buckets go by the due day alone; what counts as overdue begins after the customer's grace days. Money that pays no
    invoice yet is shown apart. `as_of` gives the same as it stood at the end of any past business day.
    """
    day = today(runtime)
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        found = await account_queries.read_account(connection, customer_id, day)
        if found is None:
            raise no_account(customer_id)
        await require_opened(connection, customer_id, as_of, found[1])
        row = await queries.of_customer(connection, queries.ageing(books(day, as_of, customer_id)))
    assert row is not None
    return customer_ageing(row)


class AgeingQuery(MoneyQuery):
    """Filters of the list of customers; all given ones must hold."""

    as_of: date | None = AS_OF
    customer: Id | None = Field(None, description="only customers whose id begins with this")
    bucket: Bucket | None = Field(None, description="only customers with something in this bucket")
    overdue_over: FilterAmount = Field(None, description="more than this is overdue")
    overdue_days_over: int | None = Field(
        None,
        ge=0,
        le=100_000,
        description="the oldest overdue invoice is more days than this past its due day",
    )
    unapplied: bool | None = Field(None, description="with money in hand, or without")


def _ordering(aged: Subquery) -> Ordering:
    sorts = ("customer_id", "receivables", "overdue_amount", "overdue_days", "unapplied", *queries.BUCKETS)
    return Ordering({name: aged.c[name] for name in sorts}, unique=aged.c.customer_id, default="customer_id")


@router.get("/credit/ageing", tags=["credit"], summary="Show the company's ageing", dependencies=[COMPANY])
async def list_ageing(
    query: Annotated[AgeingQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> CompanyAgeingOut:
    """Show the company's receivables by age: totals per currency, and the customers who owe or have money in hand.

    Sort by `customer_id`, `receivables`, `overdue_amount`, `overdue_days`, `unapplied` or a bucket, with - for
    downwards: whom to call first is `?sort=-over_90`. `as_of` gives the same at the end of any past business day; it
    costs as much as has happened since.
    """
    day = today(runtime)
    aged = queries.ageing(books(day, query.as_of))
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        reached = await day_reached(connection, day)
        require_reached(query.as_of, reached)
        currency = query.in_currency(runtime, query.minor(query.overdue_over, "overdue_over", runtime))
        rows = await queries.totals(connection, aged, currency)
        whole = {row.currency: row.receivables for row in rows}

        def listed(row: Row[Any]) -> ListedAgeingOut:
            return ListedAgeingOut(
                **customer_ageing(row).model_dump(),
                share_of_receivables=share(row.receivables, whole.get(row.currency, 0)),
            )

        statement = _filtered(aged, query, runtime, currency)
        page = await read_page(request, response, statement, _ordering(aged), query, listed, connection)
    return CompanyAgeingOut(
        items=page.items, next=page.next, day=query.as_of or reached, totals=[_total(row) for row in rows]
    )


def _total(row: Row[Any]) -> TotalAgeingOut:
    return TotalAgeingOut(**figures(row, row.currency), owing=row.owing, with_overdue=row.with_overdue)


def _filtered(aged: Subquery, query: AgeingQuery, runtime: Runtime, currency: str | None) -> Any:
    columns = aged.c
    statement = select(aged).where((columns["items"] > 0) | (columns.unapplied != 0))
    if currency is not None:
        statement = statement.where(columns.currency == currency)
    if query.customer is not None:
        statement = statement.where(columns.customer_id.startswith(query.customer, autoescape=True))
    if query.bucket is not None:
        statement = statement.where(columns[query.bucket] > 0)
    if (overdue := query.minor(query.overdue_over, "overdue_over", runtime)) is not None:
        statement = statement.where(columns.overdue_amount > overdue)
    if query.overdue_days_over is not None:
        statement = statement.where(columns.overdue_days > query.overdue_days_over)
    if query.unapplied is not None:
        statement = statement.where(columns.unapplied > 0 if query.unapplied else columns.unapplied == 0)
    return statement
