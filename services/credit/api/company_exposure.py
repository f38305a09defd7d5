"""The exposure of the whole company by category, down to its customers, now or at the end of a past day."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from services.credit.api.account_answers import Limit, Money
from services.credit.api.accounts import today
from services.credit.api.as_of import AS_OF, require_reached
from services.credit.api.common import MoneyQuery, Reader, money, money_or_none
from services.credit.queries import exposure as queries
from services.credit.queries.totals import day_reached
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["credit"])


class ExposureFigures(BaseModel):
    """Exposure by category: `exposure = open_orders + shipped + invoiced - unapplied`."""

    currency: str
    open_orders: Money = Field(description="approved, neither shipped nor invoiced")
    shipped: Money = Field(description="shipped, not invoiced")
    invoiced: Money = Field(description="invoiced and not paid: the receivables")
    unapplied: Money = Field(description="money in hand that pays no invoice yet")
    exposure: Money


class CustomerExposureOut(ExposureFigures):
    """One customer's exposure."""

    customer_id: str
    limit_in_force: Limit
    over_limit: bool


class TotalExposureOut(ExposureFigures):
    """The exposure of all customers in one currency."""

    owing: int = Field(description="customers with an exposure above 0")
    over_limit: int = Field(description="customers whose exposure is above the limit in force")


class CompanyExposureOut(Page[CustomerExposureOut]):
    """Totals of the whole company, and a page of its customers."""

    day: date = Field(description="the business day this holds for; now: the one reached everywhere")
    totals: list[TotalExposureOut] = Field(description="of all customers; one per currency, never added up")


class ExposureQuery(MoneyQuery):
    """Filters of the list of customers; all given ones must hold."""

    as_of: date | None = AS_OF
    over_limit: bool | None = Field(None, description="exposure above the limit in force")


@router.get("/credit/exposure", summary="Show the company's exposure by category", dependencies=[COMPANY])
async def list_exposure(
    query: Annotated[ExposureQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> CompanyExposureOut:
    """Show the exposure by category: totals per currency, and the customers who have any, with the limit in force.

    Sort by `customer_id`, `exposure` or a category, with - for downwards. `as_of` gives the same at the end of any
    past business day; it costs as much as the journals of those who have traded since.
    """
    now = today(runtime)
    rows = (
        queries.exposures_now(now) if query.as_of is None else queries.exposures_at(query.as_of)
    ).subquery("e")
    ordering = Ordering(
        {name: rows.c[name] for name in ("customer_id", "exposure", *queries.CATEGORIES)},
        unique=rows.c.customer_id,
        default="customer_id",
    )
    over = rows.c.credit_limit.is_not(None) & (rows.c.exposure > rows.c.credit_limit)
    statement = select(rows).where(rows.c.exposure + rows.c.unapplied > 0)
    currency = query.in_currency(runtime)
    if currency is not None:
        statement = statement.where(rows.c.currency == currency)
    if query.over_limit is not None:
        statement = statement.where(over if query.over_limit else ~over)
    # Rows without any entry by then have neither exposure nor money: only the others make a currency appear.
    trading = select(rows).where(rows.c.exposure + rows.c.unapplied > 0).subquery("trading")
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        reached = await day_reached(connection, now)
        require_reached(query.as_of, reached)
        page = await read_page(request, response, statement, ordering, query, _customer, connection)
        totals = await queries.totals(connection, trading, currency)
    return CompanyExposureOut(
        items=page.items, next=page.next, day=query.as_of or reached, totals=[_total(row) for row in totals]
    )


def _figures(row: Row[Any]) -> dict[str, str]:
    values = row._mapping
    amounts = {name: money(values[name], row.currency) for name in (*queries.CATEGORIES, "exposure")}
    return {"currency": row.currency, **amounts}


def _customer(row: Row[Any]) -> CustomerExposureOut:
    return CustomerExposureOut(
        customer_id=row.customer_id,
        limit_in_force=money_or_none(row.credit_limit, row.currency),
        over_limit=row.credit_limit is not None and row.exposure > row.credit_limit,
        **_figures(row),
    )


def _total(row: Row[Any]) -> TotalExposureOut:
    return TotalExposureOut(owing=row.owing, over_limit=row.over_limit, **_figures(row))
