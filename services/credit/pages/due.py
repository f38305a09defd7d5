"""The due calendar: what falls due on which day, and of whom."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.credit.api.common import Reader
from services.credit.api.due_calendar import (
    CalendarQuery,
    DueCalendarOut,
    DueOut,
    DueSumOut,
    read_due_calendar,
)
from services.credit.pages.common import console
from services.credit.pages.receivables import (
    DUE,
    PAGE,
    currencies_of,
    currency_tabs,
    customer_page,
    looks,
)
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import LONGEST_EXPORT_ROWS, FileForm, file_answer
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import export_links
from services.kit.web.figures import Chart, Series, Tile
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Customer, Day, Link, Number, Row, Table
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

LIST = f"{DUE}/list"
ROWS = 100
DAYS_IN_A_CHART = 92
MOST_DAYS = 400
PER_DAY = (
    Column("due.day", sort="due_on"),
    Column("due.amount", sort="amount", align="end"),
    Column("due.invoices", align="end"),
    Column("due.customers", align="end"),
)
PER_CUSTOMER = (
    Column("due.day", sort="due_on"),
    Column("ageing.customer", wide=True),
    Column("due.amount", sort="amount", align="end"),
    Column("due.invoices", align="end"),
)


class DueQuery(CalendarQuery):
    """The calendar's filters."""

    limit: int = ROWS


Filters = Annotated[DueQuery, Depends(filters(DueQuery))]


@router.get("/receivables/due")
async def due_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What falls due next."""
    currency, known = await currencies_of(runtime, query.currency)
    answer = await _read(query, currency, request, response, runtime, principal)
    by_day = query.model_copy(update={"per": "day", "sort": None, "cursor": None, "limit": MOST_DAYS})
    days = await _read(by_day, currency, request, response, runtime, principal)
    total = next((total for total in answer.sums if total.currency == currency), None)
    return console.page(
        request,
        principal,
        "receivables/due.html",
        nav="receivables",
        tabs=looks(request, DUE, currency),
        currencies=currency_tabs(request, currency, known),
        calendar=answer,
        tiles=_tiles(total, answer, request) if total else (),
        chart=_chart(days, currency, request) if days.items else None,
        table=_table(answer, query, request),
    )


@router.get("/receivables/due/list")
async def due_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The list alone."""
    currency, _ = await currencies_of(runtime, query.currency)
    answer = await _read(query, currency, request, response, runtime, principal)
    return console.fragment(request, principal, "held/list.html", table=_table(answer, query, request))


@router.get("/receivables/due/export.{form}")
async def due_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Response:
    """The list with its filters as a file."""
    currency, _ = await currencies_of(runtime, query.currency)
    everything = query.model_copy(update={"limit": LONGEST_EXPORT_ROWS, "cursor": None})
    answer = await _read(everything, currency, request, response, runtime, principal)
    return await file_answer(form, f"due-{answer.from_day}", DueOut, answer.items, runtime.settings.zone)


async def _read(
    query: DueQuery,
    currency: str,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
) -> DueCalendarOut:
    one = query.model_copy(update={"currency": currency})
    return await read_due_calendar(one, request, response, runtime, principal)


def _address(request: Request, path: str, *names: str, **changes: str) -> str:
    kept = {n: v for n, v in request.query_params.items() if n in ("as_of", "currency", *names) and v}
    return f"{path}?{urlencode(kept | changes)}"


def _tiles(total: DueSumOut, answer: DueCalendarOut, request: Request) -> list[Tile]:
    formats, language, currency = formats_of(request), language_of(request), total.currency

    def invoices(count: int) -> str:
        return console.text(language, "due.count", n=count)

    behind = str(answer.to_day + timedelta(days=1))
    return [
        Tile(
            "due.tile.forward",
            formats.money(total.brought_forward, currency),
            _address(request, PAGE, overdue_days_over="0"),
            invoices(total.brought_forward_items),
            "warn" if total.brought_forward_items else "neutral",
        ),
        Tile(
            "due.tile.due",
            formats.money(total.due, currency),
            _address(request, DUE, "from", "to", "customer", per="customer"),
            invoices(total.due_items),
        ),
        Tile(
            "due.tile.later",
            formats.money(total.later, currency),
            _address(request, DUE, "customer", "per", **{"from": behind}),
            invoices(total.later_items),
        ),
    ]


def _chart(answer: DueCalendarOut, currency: str, request: Request) -> Chart:
    """Return what falls due per day, with the days between on which nothing does, as long as they can be seen."""
    amounts = {due.due_on: float(due.amount) for due in answer.items}
    length = (answer.to_day - answer.from_day).days + 1
    if length <= DAYS_IN_A_CHART:
        days = [answer.from_day + timedelta(days=n) for n in range(length)]
    else:
        days = sorted(amounts)
    formats = formats_of(request)
    return Chart(
        id="due-chart",
        label="due.chart",
        x=[formats.short_day(day) for day in days],
        series=[Series("due.amount", [amounts.get(day, 0.0) for day in days], "bars")],
        unit=currency,
    )


def _table(answer: DueCalendarOut, query: DueQuery, request: Request) -> Table:
    each = query.per == "customer"
    return Table(
        id="due",
        label="due.list",
        page=DUE,
        path=LIST,
        columns=PER_CUSTOMER if each else PER_DAY,
        rows=[_customer(due, query, request) if each else _day(due, request) for due in answer.items],
        query=query,
        next=answer.next,
        default_sort="due_on",
        empty="due.empty",
        exports=export_links(request, f"{DUE}/export"),
    )


def _day(due: DueOut, request: Request) -> Row:
    day = str(due.due_on)
    href = _address(request, DUE, "customer", per="customer", **{"from": day, "to": day})
    amount = Link(formats_of(request).money(due.amount, due.currency), href)
    return Row(
        (Day(due.due_on), amount, Number(due.items, href=href), Number(due.customers, href=href)), href
    )


def _customer(due: DueOut, query: DueQuery, request: Request) -> Row:
    customer_id = due.customer_id or ""
    href = customer_page(customer_id, query.as_of)
    amount = Link(formats_of(request).money(due.amount, due.currency), href)
    return Row((Day(due.due_on), Customer(customer_id), amount, Number(due.items, href=href)), href)
