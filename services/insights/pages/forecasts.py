"""Forecasts: who is behind what was expected of this month."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.forecast_answers import MonthGap
from services.insights.api.forecasts import list_gaps
from services.insights.api.segments import FilterQuery
from services.insights.api.today import today_of
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.margins import DOCUMENTS
from services.insights.pages.visit import At, Visit
from services.insights.rules.windows import month_after
from services.kit.http.exports import FileForm
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Column, Customer, Money, Number, Plain, Row, Table
from services.kit.web.texts import Language

router = APIRouter(prefix="/console/insights", include_in_schema=False)

PAGE, EXPECTED = "/console/insights/forecasts", "/console/insights/forecasts/expected"
LIVE = ("insights.forecasts",)
ROWS = 50
COLUMNS = (
    Column("gaps.customer", sort="customer", wide=True),
    Column("gaps.amount", sort="amount", align="end"),
    Column("gaps.expected", align="end"),
    Column("gaps.gap", sort="gap_amount", align="end"),
    Column("gaps.rest", sort="rest_amount", align="end"),
    Column("gaps.year", sort="year_gap_amount", align="end"),
    Column("gaps.salesperson"),
)


class GapQuery(FilterQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[GapQuery, Depends(filters(GapQuery))]


def tabs(current: str, language: Language) -> list[tuple[str, str, bool]]:
    """Return the ways to look at forecasts."""
    ways = (("gaps", PAGE), ("expected", EXPECTED))
    return [(console.text(language, f"forecasts.tab.{name}"), href, name == current) for name, href in ways]


@router.get("/forecasts")
async def gaps_page(query: Filters, at: At) -> HTMLResponse:
    """The gaps of the month."""
    staff = await at.staff()
    return at.page(
        "forecasts/gaps.html",
        nav="forecasts",
        live=LIVE,
        tabs=tabs("gaps", staff.language),
        table=await _table(query, at, staff),
        staff=at.choices(staff),
    )


@router.get("/forecasts/list")
async def gaps_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    table = await _table(query, at, staff)
    return at.listed(table)


@router.get("/forecasts/export.{form}")
async def gaps_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_gaps(filed(query, form), *at.asked))


async def _table(query: GapQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_gaps(shown(query), *at.asked)
    day = await today_of(at.runtime)
    months = month_after(day, 0), month_after(day, -12)
    return table_of(
        *(at.request, PAGE, query, answer, lambda gap: _row(gap, at.request, staff, months)),
        id="gaps",
        label="forecasts.tab.gaps",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-gap_amount",
        empty="gaps.empty",
    )


def _row(gap: MonthGap, request: Request, staff: Staff, months: tuple[date, date]) -> Row:
    formats = formats_of(request)

    def orders(count: float | None) -> str:
        if count is None:
            return ""
        shown_as = formats.number(count, 0 if float(count).is_integer() else 1)
        return console.text(staff.language, "gaps.orders", n=shown_as)

    def missing(amount: str | None, count: float | None) -> Money | Number:
        return Money(amount, gap.currency, orders(count)) if amount is not None else Number(None)

    last_year = console.text(
        staff.language, "gaps.was", amount=formats.money(gap.last_year_amount, gap.currency)
    )
    now, then = (_orders_of(gap, month, request) for month in months)
    return Row(
        href=customer_href(gap.customer_id),
        cells=(
            Customer(gap.customer_id, gap.name),
            Money(gap.amount, gap.currency, orders(gap.orders), now),
            missing(gap.expected_amount, gap.expected_orders),
            missing(gap.gap_amount, gap.gap_orders),
            missing(gap.rest_amount, gap.rest_orders),
            Money(gap.last_year_gap_amount, gap.currency, last_year, below_href=then),
            Plain(staff.name(gap.salesperson_id)),
        ),
    )


def _orders_of(gap: MonthGap, month: date, request: Request) -> str:
    """Return the customer's orders of a month: what the amount is the sum of."""
    asked = {"customers": gap.customer_id, "kind": "order", "from": f"{month:%Y-%m}", "to": f"{month:%Y-%m}"}
    if currency := request.query_params.get("currency"):
        asked["currency"] = currency
    return f"{DOCUMENTS}?{urlencode(asked)}"
