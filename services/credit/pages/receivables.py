"""Receivables: the company's ageing as figures, a chart and a list of customers, at any business day."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from sqlalchemy import select

from services.credit.api.ageing import (
    AgeingQuery,
    CompanyAgeingOut,
    ListedAgeingOut,
    TotalAgeingOut,
    list_ageing,
)
from services.credit.api.common import Reader
from services.credit.pages.common import console
from services.credit.queries.ageing import BUCKETS
from services.credit.tables import accounts
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import LONGEST_EXPORT_ROWS, FileForm, file_answer
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import export_links
from services.kit.web.figures import Chart, Series, Tile
from services.kit.web.forms import filters
from services.kit.web.tables import Cell, Column, Customer, Link, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

PAGE, LIST = "/console/credit/receivables", "/console/credit/receivables/list"
DUE, CALLS = f"{PAGE}/due", f"{PAGE}/calls"
ROWS = 50
ON_TODAY = 5
DEFAULT_SORT = "-overdue_amount"
COLUMNS = (
    Column("ageing.customer", sort="customer_id", wide=True),
    Column("ageing.overdue", sort="overdue_amount", align="end"),
    Column("ageing.receivables", sort="receivables", align="end"),
    *(Column(f"ageing.bucket.{name}", sort=name, align="end") for name in BUCKETS),
)


class ListQuery(AgeingQuery):
    """The list's filters; who owes most overdue comes first."""

    limit: int = ROWS
    sort: str | None = DEFAULT_SORT


Filters = Annotated[ListQuery, Depends(filters(ListQuery))]


class AgeingRow(BaseModel):
    """A customer's ageing as a line of a file."""

    customer_id: str
    currency: str
    receivables: str
    current: str
    days_1_30: str
    days_31_60: str
    days_61_90: str
    over_90: str
    overdue_amount: str
    overdue_days: int
    unapplied: str


def customer_page(customer_id: str, as_of: object = None) -> str:
    """Return the address of what a customer owes, invoice by invoice."""
    day = f"?as_of={as_of}" if as_of else ""
    return f"{PAGE}/customer/{quote(customer_id, safe='')}{day}"


def statement_page(customer_id: str, language: Language, until: object = None) -> str:
    """Return the address of a customer's statement of account, to print."""
    last = f"&to={until}" if until else ""
    return f"/accounts/{quote(customer_id, safe='')}/statement?format=html&lang={language}{last}"


def looks(request: Request, here: str, currency: str) -> list[tuple[str, str, bool]]:
    """Return the ways to look at receivables; the day goes with the reader where it means something."""
    language = language_of(request)
    kept = {"currency": currency} if request.query_params.get("currency") else {}
    dated = kept | ({"as_of": day} if (day := request.query_params.get("as_of")) else {})
    ways = ((PAGE, "ageing.tab", dated), (DUE, "due.tab", dated), (CALLS, "calls.tab", kept))
    return [
        (console.text(language, key), path + (f"?{urlencode(query)}" if query else ""), path == here)
        for path, key, query in ways
    ]


async def currencies_of(runtime: Runtime, asked: str | None) -> tuple[str, list[str]]:
    """Return the currency to show and all there are: amounts of two are never in one list."""
    async with runtime.database.engine.connect() as connection:
        known = sorted(await connection.scalars(select(accounts.c.currency).distinct()))
    own = runtime.settings.currency
    return asked or (own if own in known or not known else known[0]), known


def currency_tabs(request: Request, chosen: str, known: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Return the currencies to choose from; none when there is one only."""
    kept = {n: v for n, v in request.query_params.items() if n not in ("currency", "cursor") and v}
    if len(known) < 2:
        return []
    return [(name, f"?{urlencode(kept | {'currency': name})}", name == chosen) for name in known]


@router.get("/receivables")
async def receivables_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Who owes what for how long."""
    currency, known = await currencies_of(runtime, query.currency)
    answer = await _read(query, currency, request, response, runtime, principal)
    total = next((total for total in answer.totals if total.currency == currency), None)
    return console.page(
        request,
        principal,
        "receivables/page.html",
        nav="receivables",
        tabs=looks(request, PAGE, currency),
        currencies=currency_tabs(request, currency, known),
        day=answer.day,
        total=total,
        tiles=_tiles(total, request) if total else (),
        chart=_chart(total, request) if total else None,
        table=_table(answer, query, request),
    )


@router.get("/receivables/list")
async def receivables_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The list alone."""
    currency, _ = await currencies_of(runtime, query.currency)
    answer = await _read(query, currency, request, response, runtime, principal)
    table = _table(answer, query, request)
    return console.fragment(request, principal, "held/list.html", table=table)


@router.get("/receivables/export.{form}")
async def receivables_export(
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
    rows = [
        AgeingRow(**item.model_dump() | {bucket.bucket: bucket.amount for bucket in item.buckets})
        for item in answer.items
    ]
    return await file_answer(form, f"ageing-{answer.day}", AgeingRow, rows, runtime.settings.zone)


@router.get("/today/overdue")
async def today_overdue(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Who owes most overdue, for Today."""
    currency, _ = await currencies_of(runtime, None)
    query = ListQuery(limit=ON_TODAY, overdue_days_over=0)
    answer = await _read(query, currency, request, response, runtime, principal)
    total = next((total for total in answer.totals if total.currency == currency), None)
    return console.fragment(
        request, principal, "receivables/today.html", items=answer.items, total=total, href=customer_page
    )


async def _read(
    query: ListQuery,
    currency: str,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
) -> CompanyAgeingOut:
    one = query.model_copy(update={"currency": currency})
    return await list_ageing(one, request, response, runtime, principal)


def _here(request: Request, **changes: str) -> str:
    """Return the page's address with its day and currency, and with these filters."""
    kept = {n: v for n, v in request.query_params.items() if n in ("as_of", "currency") and v}
    return f"{PAGE}?{urlencode(kept | changes)}"


def _tiles(total: TotalAgeingOut, request: Request) -> list[Tile]:
    formats, language, currency = formats_of(request), language_of(request), total.currency
    share = formats.percent(total.overdue_share or 0, 1)
    oldest = formats.days(total.overdue_days)
    return [
        Tile(
            "ageing.overdue",
            formats.money(total.overdue_amount, currency),
            _here(request, overdue_days_over="0"),
            console.text(language, "ageing.tile.overdue", share=share, oldest=oldest)
            if total.overdue_items
            else "",
            "bad" if total.overdue_items else "good",
        ),
        Tile(
            "ageing.receivables",
            formats.money(total.receivables, currency),
            _here(request, sort="-receivables"),
            console.text(language, "ageing.tile.owing", n=total.owing),
        ),
        Tile(
            "ageing.unapplied",
            formats.money(total.unapplied, currency),
            _here(request, unapplied="true", sort="-unapplied"),
        ),
        Tile(
            "ageing.net",
            formats.money(total.net, currency),
            _here(request),
            console.text(language, "ageing.tile.net"),
        ),
    ]


def _chart(total: TotalAgeingOut, request: Request) -> Chart:
    language = language_of(request)
    return Chart(
        id="ageing-chart",
        label="ageing.chart",
        x=[console.text(language, f"ageing.bucket.{bucket.bucket}") for bucket in total.buckets],
        series=[Series("ageing.open", [float(bucket.amount) for bucket in total.buckets], "bars")],
        unit=total.currency,
        x_text="ageing.age",
    )


def _table(answer: CompanyAgeingOut, query: ListQuery, request: Request) -> Table:
    return Table(
        id="ageing",
        label="ageing.list",
        page=PAGE,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(item, query, request) for item in answer.items],
        query=query,
        next=answer.next,
        default_sort=DEFAULT_SORT,
        empty="ageing.empty",
        exports=export_links(request, f"{PAGE}/export"),
    )


def _row(item: ListedAgeingOut, query: ListQuery, request: Request) -> Row:
    formats, currency = formats_of(request), item.currency
    href = customer_page(item.customer_id, query.as_of)
    oldest = ""
    if item.overdue_items:
        days = formats.days(item.overdue_days)
        oldest = console.text(language_of(request), "ageing.oldest", days=days)
    cells: list[Cell] = [
        Customer(item.customer_id),
        Link(formats.money(item.overdue_amount, currency), href, oldest),
        Link(formats.money(item.receivables, currency), href),
    ]
    # Rounded, so that all ages are seen at once; what is 0 is left out. The row leads to the exact amounts.
    cells += [
        Link(formats.short_money(bucket.amount, currency), href) if bucket.items else Plain("–")
        for bucket in item.buckets
    ]
    return Row(tuple(cells), href)
