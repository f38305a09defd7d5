"""Forecasts: who is behind what was expected of this month."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.forecast_answers import MonthGap
from services.insights.api.forecasts import list_gaps
from services.insights.api.segments import FilterQuery
from services.insights.pages.common import Staff, Trade, console, filed, shown, staff_of, table_of
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Column, Customer, Money, Number, Plain, Row, Table
from services.kit.web.texts import Language, language_of

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
async def gaps_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """The gaps of the month."""
    staff = await staff_of(runtime, principal, language_of(request))
    return console.page(
        request,
        principal,
        "forecasts/gaps.html",
        nav="forecasts",
        live=LIVE,
        tabs=tabs("gaps", staff.language),
        table=await _table(query, request, response, runtime, view, staff),
        staff=staff.options() if view.everything else [],
    )


@router.get("/forecasts/list")
async def gaps_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """The list alone."""
    staff = await staff_of(runtime, principal, language_of(request))
    table = await _table(query, request, response, runtime, view, staff)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/forecasts/export.{form}")
async def gaps_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> Response:
    """The list with its filters as a file."""
    answer = await list_gaps(filed(query, form), request, response, runtime, view)
    assert isinstance(answer, Response)
    return answer


async def _table(
    query: GapQuery, request: Request, response: Response, runtime: Runtime, view: View, staff: Staff
) -> Table:
    answer = await list_gaps(shown(query), request, response, runtime, view)
    return table_of(
        *(request, PAGE, query, answer, lambda gap: _row(gap, request, staff)),
        id="gaps",
        label="forecasts.tab.gaps",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-gap_amount",
        empty="gaps.empty",
    )


def _row(gap: MonthGap, request: Request, staff: Staff) -> Row:
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
    return Row(
        href=customer_href(gap.customer_id),
        cells=(
            Customer(gap.customer_id, gap.name),
            Money(gap.amount, gap.currency, orders(gap.orders)),
            missing(gap.expected_amount, gap.expected_orders),
            missing(gap.gap_amount, gap.gap_orders),
            missing(gap.rest_amount, gap.rest_orders),
            Money(gap.last_year_gap_amount, gap.currency, last_year),
            Plain(staff.name(gap.salesperson_id)),
        ),
    )
