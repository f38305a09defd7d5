"""Net growth: how many customers months gained, lost and revived, and who they are."""

from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.months import Month
from services.insights.api.segment_history import Growth, GrowthQuery, show_growth
from services.insights.api.segment_movers import Growing, Grown, GrownQuery, list_grown
from services.insights.pages.common import Staff, Trade, console, shown, staff_of, table_of
from services.insights.pages.segment_parts import GROWTH, LIVE, ROWS, same_customers, tabs, why_href
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.pages import PageQuery, page_of
from services.kit.http.scope import COMPANY, view_of
from services.kit.runtime import Runtime
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.figures import Chart, Series
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Customer, Day, Part, Plain, Row, Table, Tone
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[COMPANY])

CUSTOMERS = f"{GROWTH}/customers"
WHAT = ("gained", "revived", "lost", "active", "dormant", "prospects")
COLUMNS = (
    Column("growth.month", sort="month"),
    *(Column(f"growth.{name}", sort=name, align="end") for name in (*WHAT[:3], "net", *WHAT[3:])),
)
SORTS = {name: attrgetter(name) for name in ("month", "net", *WHAT)}
GROWN_COLUMNS = (
    Column("abc.customer", sort="customer", wide=True),
    Column("growth.before"),
    Column("growth.stage"),
    Column("growth.first_order"),
    Column("growth.last_order"),
    Column("abc.salesperson"),
)


class MonthsQuery(GrowthQuery, PageQuery):
    """Which months, and which page of them."""

    limit: int = ROWS


class WhoGrewQuery(GrownQuery):
    """The list's filters; the month of today and who is active, if the address does not say what number it is."""

    limit: int = ROWS
    month: Month | None = None  # type: ignore[assignment]
    what: Growing = "active"


Filters = Annotated[MonthsQuery, Depends(filters(MonthsQuery))]
GrownFilters = Annotated[WhoGrewQuery, Depends(filters(WhoGrewQuery))]


@router.get("/segments/growth")
async def growth_page(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """Growth by month."""
    staff = await staff_of(runtime, principal, language_of(request))
    return console.page(
        request,
        principal,
        "segments/growth.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("growth", staff.language, view_of(runtime, principal)),
        staff=staff.options(),
        **await _growth(query, request, runtime),
    )


@router.get("/segments/growth/part")
async def growth_part(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """Chart and table."""
    values = await _growth(query, request, runtime)
    return console.fragment(request, principal, "segments/part.html", **values)


@router.get("/segments/growth/list")
async def growth_list(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The table alone."""
    values = await _growth(query, request, runtime)
    return console.fragment(request, principal, "list.html", table=values["table"])


@router.get("/segments/growth/export.{form}")
async def growth_export(form: FileForm, query: Filters, runtime: LiveRuntime, principal: Trade) -> Response:
    """The months as a file."""
    return await as_file(show_growth(filed(query, form), runtime))


@router.get("/segments/growth/customers")
async def grown_page(
    query: GrownFilters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """Who is behind a number of it."""
    staff = await staff_of(runtime, principal, language_of(request))
    query = await _of_today(query, runtime)
    return console.page(
        request,
        principal,
        "segments/grown.html",
        nav="segments",
        live=LIVE,
        crumbs=[(console.text(staff.language, "segments.title"), GROWTH)],
        month=query.month,
        what=query.what,
        staff=staff.options(),
        table=await _grown(query, request, response, runtime, staff),
    )


@router.get("/segments/growth/customers/list")
async def grown_list(
    query: GrownFilters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The list alone."""
    staff = await staff_of(runtime, principal, language_of(request))
    table = await _grown(query, request, response, runtime, staff)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/segments/growth/customers/export.{form}")
async def grown_export(
    form: FileForm,
    query: GrownFilters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
) -> Response:
    """The list as a file."""
    return await as_file(list_grown(filed(await _of_today(query, runtime), form), request, response, runtime))


async def _of_today(query: WhoGrewQuery, runtime: Runtime) -> WhoGrewQuery:
    month = query.month or f"{(await query.filter(runtime)).day:%Y-%m}"
    return query.model_copy(update={"month": month})


async def _growth(query: MonthsQuery, request: Request, runtime: Runtime) -> dict[str, Any]:
    months = await show_growth(shown(query), runtime)
    assert isinstance(months, list)
    language = language_of(request)
    chart = Chart(
        id="growth-chart",
        label="growth.chart",
        x=[month.month for month in months],
        series=[
            Series("growth.net", [month.net for month in months], "bars"),
            Series("growth.gained", [month.gained for month in months], colour="four"),
            Series("growth.lost", [month.lost for month in months], colour="bad"),
        ],
        x_text="growth.month",
    )
    page = page_of(months[::-1], query, SORTS)
    table = Table(
        id="growth",
        label="segments.tab.growth",
        page=GROWTH,
        path=f"{GROWTH}/list",
        live=LIVE,
        columns=COLUMNS,
        rows=[_row(month, query, language) for month in page.items],
        query=query,
        next=page.next,
        default_sort="-month",
        empty="growth.empty",
        exports=export_links(request, f"{GROWTH}/export"),
    )
    return {"chart": chart, "table": table}


def _row(found: Growth, query: GrowthQuery, language: Language) -> Row:
    def count(what: str) -> Part:
        number = getattr(found, what)
        href = f"{CUSTOMERS}{same_customers(query, month=found.month, what=what)}" if number else ""
        return Part("segments/count.html", {"count": number, "href": href})

    running = "" if found.closed else console.text(language, "growth.running")
    tone: Tone = "good" if found.net > 0 else "bad"
    return Row(
        cells=(
            Plain(found.month, running),
            *(count(what) for what in WHAT[:3]),
            Badge(f"{found.net:+d}", tone) if found.net else Badge("0"),
            *(count(what) for what in WHAT[3:]),
        )
    )


async def _grown(
    query: WhoGrewQuery, request: Request, response: Response, runtime: Runtime, staff: Staff
) -> Table:
    answer = await list_grown(shown(await _of_today(query, runtime)), request, response, runtime)
    return table_of(
        *(request, CUSTOMERS, query, answer, lambda one: _who(one, staff)),
        id="grown",
        label="segments.tab.growth",
        live=LIVE,
        columns=GROWN_COLUMNS,
        default_sort="customer",
        empty="abc.empty",
    )


def _who(found: Grown, staff: Staff) -> Row:
    def stage(value: str | None) -> str:
        return console.text(staff.language, f"stage.{value}") if value else "–"

    return Row(
        href=why_href(found.customer_id),
        cells=(
            Customer(found.customer_id, found.name),
            Plain(stage(found.before)),
            Plain(stage(found.stage)),
            Day(found.first_order_day),
            Day(found.last_order_day),
            Plain(staff.name(found.salesperson_id)),
        ),
    )
