"""Held orders as a live list, their number for the navigation, and the card on Today."""

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.credit.api.common import Reader
from services.credit.api.held_orders import HeldOrderOut, HeldQuery, find_held, list_held_orders
from services.credit.commands import person
from services.credit.pages.common import console, in_words, rules_of
from services.credit.queries.desk_totals import DeskTotals, desk_totals
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.figures import Tile
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Badges, Column, Customer, Day, Link, Money, Row, Table, Tone
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

PAGE, LIST = "/console/credit/held", "/console/credit/held/list"
ROWS = 50
ON_TODAY = 5
COLUMNS = (
    Column("held.order", sort="placed_at"),
    Column("held.customer", wide=True),
    Column("held.amount", sort="amount", align="end"),
    Column("held.why"),
    Column("held.due", sort="due_on"),
    Column("held.status"),
)


class QueueQuery(HeldQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[QueueQuery, Depends(filters(QueueQuery))]


def order_href(order_id: str) -> str:
    """Return the address of a held order's page."""
    return f"/console/credit/held/order/{quote(order_id, safe='')}"


@router.get("/held")
async def held_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The queue."""
    table = await _table(query, request, response, runtime, principal)
    totals = await _totals(runtime)
    live = ("credit.held",)
    return console.page(
        request,
        principal,
        "held/page.html",
        nav="held",
        live=live,
        table=table,
        tiles=_tiles(totals, request),
    )


@router.get("/held/list")
async def held_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, principal)
    return console.fragment(request, principal, "held/list.html", table=table)


@router.get("/held/tiles")
async def held_tiles(request: Request, runtime: LiveRuntime, principal: Reader) -> HTMLResponse:
    """The figures above the list."""
    tiles = _tiles(await _totals(runtime), request)
    return console.fragment(request, principal, "held/tiles.html", tiles=tiles)


@router.get("/held-count")
async def held_count(request: Request, runtime: LiveRuntime, principal: Reader) -> HTMLResponse:
    """How many there are, for the navigation."""
    count = (await _totals(runtime)).cases["open"]
    return console.fragment(request, principal, "held/count.html", count=count)


@router.get("/held/export.{form}")
async def held_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_held_orders(filed(query, form), request, response, runtime, principal))


@router.get("/today")
async def held_today(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What to rule on first: the next deadlines."""
    query = QueueQuery(sort="due_on", limit=ON_TODAY)
    page = await list_held_orders(query, request, response, runtime, principal)
    day = await business_day_of(runtime)
    rows = [(order, in_words_of(order, request), _due_tone(order, day)) for order in page.items]
    total = (await _totals(runtime)).cases["open"]
    return console.fragment(
        request, principal, "held/today.html", rows=rows, more=total - len(rows), href=order_href
    )


@router.get("/search")
async def search(
    request: Request, runtime: LiveRuntime, principal: Reader, q: Annotated[str, Query(max_length=100)]
) -> HTMLResponse:
    """The held order with this number."""
    found = await find_held(runtime, q)
    return console.fragment(request, principal, "held/search.html", order=found, href=order_href)


def in_words_of(order: HeldOrderOut, request: Request) -> list[str]:
    """Return all reasons of an order as sentences."""
    formats = formats_of(request)
    return [in_words(reason, order.account_currency, formats) for reason in order.reasons]


async def _totals(runtime: Runtime) -> DeskTotals:
    async with runtime.database.engine.connect() as connection:
        return await desk_totals(connection, await business_day_of(runtime))


def _tiles(totals: DeskTotals, request: Request) -> list[Tile]:
    formats, cases = formats_of(request), totals.cases
    return [
        Tile("held.tile.orders", formats.number(cases["open"]), PAGE),
        Tile(
            "held.tile.unclaimed",
            formats.number(cases["unclaimed"]),
            f"{PAGE}?unclaimed=true",
            tone="warn" if cases["unclaimed"] else "neutral",
        ),
        Tile(
            "held.tile.escalated",
            formats.number(cases["escalated"]),
            f"{PAGE}?escalated=true",
            tone="bad" if cases["escalated"] else "neutral",
        ),
        Tile("held.tile.second", formats.number(totals.approvals), "/console/credit/approvals"),
    ]


async def _table(
    query: QueueQuery, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> Table:
    page = await list_held_orders(query, request, response, runtime, principal)
    language, day = language_of(request), await business_day_of(runtime)
    me = person(principal)
    return Table(
        id="held",
        label="held.title",
        page=PAGE,
        path=LIST,
        live=("credit.held",),
        columns=COLUMNS,
        rows=[_row(order, request, language, day, me) for order in page.items],
        query=query,
        next=page.next,
        default_sort="placed_at",
        empty="held.empty",
        exports=export_links(request, f"{PAGE}/export"),
    )


def _row(order: HeldOrderOut, request: Request, language: Language, day: date, me: str) -> Row:
    formats = formats_of(request)
    tone: Tone = "warn" if order.reasons else "neutral"
    waits = (
        console.text(language, "held.waits", days=formats.days(order.age_days)) if order.age_days > 0 else ""
    )
    due = console.text(language, "held.no_deadline") if order.due_on is None and not order.escalated else ""
    href = order_href(order.order_id)
    return Row(
        href=href,
        cells=(
            Link(order.order_id, href, waits),
            Customer(order.customer_id),
            Money(order.amount, order.currency, href=href),
            Badges([Badge(rule, tone) for rule in rules_of(order.reasons, language)]),
            Day(order.due_on, _due_tone(order, day), due),
            _status(order, language, me),
        ),
    )


def _due_tone(order: HeldOrderOut, day: date) -> Tone:
    if order.due_on is None:
        return "neutral"
    return "bad" if order.due_on < day else "warn" if order.due_on == day else "neutral"


def _status(order: HeldOrderOut, language: Language, me: str) -> Badge:
    owner = order.owner or ""
    below = console.text(language, "held.mine") if owner == me else owner
    if order.approval_id is not None:
        return Badge(console.text(language, "held.status.second"), "info", below)
    if order.escalated:
        return Badge(console.text(language, "held.status.escalated"), "bad", below)
    if owner:
        return Badge(console.text(language, "held.status.claimed"), "good", below)
    return Badge(console.text(language, "held.status.new"), "neutral")
