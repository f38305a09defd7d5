"""``GET /insights/...``: the facts by month of a customer, a product or the company, as pages or as CSV."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Select, Subquery, select

from contracts.wire import Id, Text
from services.insights.api.answers import (
    CompanyMonth,
    CustomerMonth,
    ProductMonth,
    company_month,
    customer_month,
    product_month,
)
from services.insights.store import reads
from services.insights.store.reads import Span, Who
from services.kit.http.auth import require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FILES, LONGEST_EXPORT_ROWS, file_answer
from services.kit.http.pages import Ordering, Page, PageQuery, no_cursor, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, OF_CUSTOMER, Own, View
from services.kit.runtime import Runtime

router = APIRouter(tags=["insights"], dependencies=[Depends(require("sales", "finance", "manager"))])

ItemT = TypeVar("ItemT", bound=BaseModel)
Month = Annotated[str, Field(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")]
CSV = FILES
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing is known under this id"}}


class MonthQuery(PageQuery):
    """Which months, and in which form. A file has all of them and takes no cursor."""

    from_month: Month | None = Field(None, alias="from", description='such as "2026-01"')
    to_month: Month | None = Field(None, alias="to", description="included")

    @property
    def span(self) -> Span:
        """The months asked for."""
        return Span(first_day(self.from_month), first_day(self.to_month))


class CompanyQuery(MonthQuery):
    """Whose months to sum; region, category and business form are those of the customers today."""

    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    salesperson: Id | None = Field(None, description="who looked after the customer on the day")
    seller: Id | None = Field(None, description="who took the order; payments have none")

    def who(self, view: View) -> Who:
        """Return the customers asked for, of those that the caller sees."""
        seen = None if view.everything else view.of
        return Who(self.region, self.category, self.business_form, self.salesperson, self.seller, seen)


@router.get("/insights/months", responses=CSV, response_model=Page[CompanyMonth])
async def list_months(
    query: Annotated[CompanyQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[CompanyMonth] | Response:
    """Show what all customers together did per month and currency, or those asked for; latest month first.

    For salespeople all customers are their own.
    """
    facts = reads.months_of_company(query.who(view), query.span)
    return await _answer(request, response, runtime, facts, query, company_month, CompanyMonth, "months")


@router.get(
    "/insights/customers/{customer_id}/months",
    responses=CSV | UNKNOWN,
    response_model=Page[CustomerMonth],
    dependencies=[OF_CUSTOMER],
)
async def list_customer_months(
    customer_id: Id,
    query: Annotated[MonthQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
) -> Page[CustomerMonth] | Response:
    """Show what a customer did per month and currency, latest month first."""
    await _check_known(runtime, reads.is_known_customer(customer_id), f"customer {customer_id!r}")
    facts = reads.months_of_customer(customer_id, query.span)
    return await _answer(
        request, response, runtime, facts, query, customer_month, CustomerMonth, "customer-months"
    )


@router.get(
    "/insights/products/{product_id}/months",
    responses=CSV | UNKNOWN,
    response_model=Page[ProductMonth],
    dependencies=[COMPANY],
)
async def list_product_months(
    product_id: Id,
    query: Annotated[MonthQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
) -> Page[ProductMonth] | Response:
    """Show what was sold of a product per month and currency, latest month first."""
    await _check_known(runtime, reads.is_known_product(product_id), f"product {product_id!r}")
    facts = reads.months_of_product(product_id, query.span)
    return await _answer(
        request, response, runtime, facts, query, product_month, ProductMonth, "product-months"
    )


def first_day(month: str | None) -> date | None:
    """Return the day that stands for a month."""
    return None if month is None else date.fromisoformat(f"{month}-01")


async def _check_known(runtime: Runtime, question: Select[Any], what: str) -> None:
    async with runtime.database.engine.connect() as connection:
        if not await connection.scalar(question):
            raise Problem(404, f"nothing is known of {what}")


async def _answer(
    request: Request,
    response: Response,
    runtime: Runtime,
    facts: Subquery,
    query: MonthQuery,
    item: Callable[[Row[Any]], ItemT],
    kind: type[ItemT],
    filename: str,
) -> Page[ItemT] | Response:
    """Answer with a page, or with everything as a file. A month and a currency together are unique."""
    if query.format == "json":
        ordering = Ordering({"month": facts.c.month}, unique=facts.c.currency, default="-month")
        return await read_page(request, response, select(facts), ordering, query, item)
    if query.cursor is not None:
        raise no_cursor(query.format)
    statement = select(facts).order_by(facts.c.month.desc(), facts.c.currency).limit(LONGEST_EXPORT_ROWS)
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    return await file_answer(query.format, filename, kind, map(item, rows), runtime.settings.zone)
