"""Whose next order is expected when, as a chart by day and a list, and why."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from contracts.money import decimal_string
from contracts.wire import Id
from services.insights.api.forecast_answers import ExpectedOrders
from services.insights.api.forecasts import ExpectedQuery, explain_forecast, list_expected_orders
from services.insights.pages.common import Staff, Trade, console, shown, table_of
from services.insights.pages.forecasts import EXPECTED, LIVE, ROWS, tabs
from services.insights.pages.visit import At, Visit
from services.insights.store.forecast_reads import expected_by_day
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import OF_CUSTOMER
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.figures import Chart, Series
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Column, Customer, Day, Money, Part, Percent, Plain, Row, Table

router = APIRouter(prefix="/console/insights", include_in_schema=False)

DAYS_SHOWN = 30
COLUMNS = (
    Column("expected.customer", sort="customer", wide=True),
    Column("expected.day", sort="expected_day"),
    Column("expected.amount", align="end"),
    Column("expected.month", sort="amount_30", align="end"),
    Column("expected.active", sort="active", align="end"),
    Column("expected.salesperson"),
    Column("expected.why"),
)


class ComingQuery(ExpectedQuery):
    """The list's filters."""

    limit: int = ROWS


Filters = Annotated[ComingQuery, Depends(filters(ComingQuery))]


@router.get("/forecasts/expected")
async def expected_page(query: Filters, at: At) -> HTMLResponse:
    """Expected orders."""
    staff = await at.staff()
    return at.page(
        "forecasts/expected.html",
        nav="forecasts",
        live=LIVE,
        tabs=tabs("expected", staff.language),
        chart=await _chart(query, at),
        table=await _table(query, at, staff),
        staff=at.choices(staff),
    )


@router.get("/forecasts/expected/part")
async def expected_part(query: Filters, at: At) -> HTMLResponse:
    """Chart and list."""
    staff = await at.staff()
    return at.fragment(
        "forecasts/expected_part.html",
        chart=await _chart(query, at),
        table=await _table(query, at, staff),
    )


@router.get("/forecasts/expected/list")
async def expected_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    table = await _table(query, at, staff)
    return at.listed(table)


@router.get("/forecasts/expected/export.{form}")
async def expected_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_expected_orders(filed(query, form), *at.asked))


@router.get("/forecasts/why/{customer_id}", dependencies=[OF_CUSTOMER])
async def why(customer_id: Id, request: Request, runtime: LiveRuntime, principal: Trade) -> HTMLResponse:
    """Why an order is expected on its day."""
    forecasts = await explain_forecast(customer_id, runtime)
    return console.fragment(request, principal, "forecasts/why.html", forecasts=forecasts)


async def _chart(query: ComingQuery, at: Visit) -> Chart:
    """Return the expected orders of the days asked for, at most :data:`DAYS_SHOWN` from the first."""
    wanted = await query.filter(at.runtime, at.view)
    first: date = query.from_day or wanted.day
    last = min(query.to_day or date.max, first + timedelta(days=DAYS_SHOWN - 1))
    async with at.runtime.database.engine.connect() as connection:
        rows = (await connection.execute(expected_by_day(wanted, first, last))).all()
    found = {row.expected_day: float(decimal_string(int(row.amount or 0), wanted.currency)) for row in rows}
    days = [first + timedelta(days=n) for n in range(max(0, (last - first).days + 1))]
    formats = formats_of(at.request)
    return Chart(
        id="by-day",
        label="expected.chart",
        x=[formats.short_day(day) for day in days],
        series=[Series("expected.chart.amount", [found.get(day, 0.0) for day in days], "bars")],
        unit=wanted.currency,
    )


async def _table(query: ComingQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_expected_orders(shown(query), *at.asked)
    return table_of(
        *(at.request, EXPECTED, query, answer, lambda item: _row(item, at.request, staff)),
        id="expected",
        label="forecasts.tab.expected",
        live=LIVE,
        columns=COLUMNS,
        default_sort="expected_day",
        empty="expected.empty",
    )


def _row(item: ExpectedOrders, request: Request, staff: Staff) -> Row:
    formats = formats_of(request)
    between = console.text(
        staff.language,
        "expected.between",
        first=formats.short_day(item.earliest),
        last=formats.short_day(item.latest),
    )
    count = console.text(staff.language, "gaps.orders", n=formats.number(item.orders_30, 1))
    return Row(
        href=customer_href(item.customer_id),
        cells=(
            Customer(item.customer_id, item.name),
            Day(item.expected_day, below=between),
            Money(item.typical_amount, item.currency),
            Money(item.amount_30, item.currency, count),
            Percent(item.chance_active, 1),
            Plain(staff.name(item.salesperson_id)),
            Part("forecasts/why_button.html", item.customer_id),
        ),
    )
