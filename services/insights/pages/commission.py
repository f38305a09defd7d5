"""Commission: statements per salesperson and month, sums by tier, and the entries behind them."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.commission import (
    CommissionEntry,
    EntryQuery,
    Statement,
    StatementQuery,
    TierSum,
    list_entries,
    list_statements,
    list_tiers,
)
from services.insights.pages.common import (
    Staff,
    Trade,
    console,
    filed,
    shown,
    staff_of,
    table_of,
)
from services.insights.pages.salespeople import COMMISSION, person_href, tabs
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.pages import Page
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import export_links
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Customer, Link, Money, Plain, Row, Table
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False)

ENTRIES, TIERS = f"{COMMISSION}/entries", f"{COMMISSION}/tiers"
ROWS, MOST_TIERS = 50, 50
OF_SUMS = (
    Column("commission.collected", align="end"),
    Column("commission.earned", align="end"),
    Column("commission.clawed_back", align="end"),
    Column("commission.amount", sort="commission", align="end"),
    Column("commission.entries", align="end"),
)
COLUMNS = (Column("league.salesperson", sort="salesperson"), Column("league.month", sort="month"), *OF_SUMS)
TIER_COLUMNS = (
    Column("commission.tier"),
    *(Column(column.text, align=column.align) for column in OF_SUMS),
)
ENTRY_COLUMNS = (
    Column("commission.invoice"),
    Column("commission.customer"),
    Column("commission.cause"),
    Column("commission.tier"),
    Column("commission.collected", align="end"),
    Column("commission.amount", sort="amount", align="end"),
    Column("league.salesperson"),
)
CAUSES = ("payment", "reversal", "return", "write_off", "invoice")


class EarnedQuery(StatementQuery):
    """The list's filters."""

    limit: int = ROWS


class DocumentsQuery(EntryQuery):
    """The list's filters."""

    limit: int = ROWS


Filters = Annotated[EarnedQuery, Depends(filters(EarnedQuery))]
EntryFilters = Annotated[DocumentsQuery, Depends(filters(DocumentsQuery))]


@router.get("/salespeople/commission")
async def commission_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """Commission per salesperson and month, and by tier."""
    staff = await staff_of(runtime, principal, language_of(request))
    return console.page(
        request,
        principal,
        "salespeople/commission.html",
        nav="salespeople",
        tabs=tabs("commission", staff.language),
        tiers=await _tiers(query, request, response, runtime, view),
        table=await _statements(query, request, response, runtime, view, staff),
        staff=staff.options() if view.everything else [],
    )


@router.get("/salespeople/commission/part")
async def commission_part(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """Sums by tier and statements."""
    staff = await staff_of(runtime, principal, language_of(request))
    return console.fragment(
        request,
        principal,
        "salespeople/commission_part.html",
        tiers=await _tiers(query, request, response, runtime, view),
        table=await _statements(query, request, response, runtime, view, staff),
    )


@router.get("/salespeople/commission/list")
async def statements_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """The statements alone."""
    staff = await staff_of(runtime, principal, language_of(request))
    table = await _statements(query, request, response, runtime, view, staff)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/salespeople/commission/export.{form}")
async def statements_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> Response:
    """The statements as a file."""
    answer = await list_statements(filed(query, form), request, response, runtime, view)
    assert isinstance(answer, Response)
    return answer


@router.get("/salespeople/commission/tiers/export.{form}")
async def tiers_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> Response:
    """The sums by tier as a file."""
    asked = filed(query, form).model_copy(update={"sort": None})
    answer = await list_tiers(asked, request, response, runtime, view)
    assert isinstance(answer, Response)
    return answer


@router.get("/salespeople/commission/entries")
async def entries_page(
    query: EntryFilters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> HTMLResponse:
    """The documents behind commission."""
    staff = await staff_of(runtime, principal, language_of(request))
    causes = [(cause, console.text(staff.language, f"commission.cause.{cause}")) for cause in CAUSES]
    return console.page(
        request,
        principal,
        "salespeople/entries.html",
        nav="salespeople",
        table=await _entries(query, request, response, runtime, view, staff),
        staff=staff.options() if view.everything else [],
        causes=causes,
    )


@router.get("/salespeople/commission/entries/list")
async def entries_list(
    query: EntryFilters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> HTMLResponse:
    """The entries alone."""
    staff = await staff_of(runtime, principal, language_of(request))
    table = await _entries(query, request, response, runtime, view, staff)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/salespeople/commission/entries/export.{form}")
async def entries_export(
    form: FileForm,
    query: EntryFilters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> Response:
    """The entries as a file."""
    answer = await list_entries(filed(query, form), request, response, runtime, view)
    assert isinstance(answer, Response)
    return answer


async def _statements(
    query: EarnedQuery, request: Request, response: Response, runtime: Runtime, view: View, staff: Staff
) -> Table:
    answer = await list_statements(shown(query), request, response, runtime, view)
    return table_of(
        *(request, COMMISSION, query, answer, lambda found: _statement(found, request, staff)),
        id="statements",
        label="salespeople.tab.commission",
        columns=COLUMNS,
        default_sort="-month",
        empty="commission.empty",
    )


def _statement(found: Statement, request: Request, staff: Staff) -> Row:
    person, month = found.salesperson_id, found.month
    href = f"{ENTRIES}?{urlencode({'salesperson': person, 'from': month, 'to': month})}"
    name = Link(found.name or staff.name(person), person_href(person)) if person else Plain(staff.name(None))
    return Row(href=href, cells=(name, Plain(month), *_sums(found, href, request)))


async def _tiers(
    query: EarnedQuery, request: Request, response: Response, runtime: Runtime, view: View
) -> Table:
    asked = shown(query).model_copy(update={"limit": MOST_TIERS, "cursor": None, "sort": None})
    answer = await list_tiers(asked, request, response, runtime, view)
    assert isinstance(answer, Page)
    kept = {n: v for n in ("salesperson", "from", "to") if (v := request.query_params.get(n))}
    return Table(
        id="tiers",
        label="commission.by_tier",
        page=COMMISSION,
        path=f"{COMMISSION}/part",
        columns=TIER_COLUMNS,
        rows=[_tier(tier, kept, request) for tier in answer.items],
        empty="commission.empty",
        exports=export_links(request, f"{TIERS}/export"),
    )


def _tier(found: TierSum, kept: dict[str, str], request: Request) -> Row:
    href = f"{ENTRIES}?{urlencode({**kept, 'tier': found.tier})}"
    return Row(href=href, cells=(Plain(found.tier), *_sums(found, href, request)))


def _sums(found: Statement | TierSum, href: str, request: Request) -> tuple[Money | Link, ...]:
    formats = formats_of(request)
    return (
        *(Money(amount, found.currency) for amount in (found.collected, found.earned, found.clawed_back)),
        Link(formats.money(found.commission, found.currency), href),
        Link(formats.number(found.entries), href),
    )


async def _entries(
    query: DocumentsQuery, request: Request, response: Response, runtime: Runtime, view: View, staff: Staff
) -> Table:
    answer = await list_entries(shown(query), request, response, runtime, view)
    return table_of(
        *(request, ENTRIES, query, answer, lambda entry: _entry(entry, staff)),
        id="entries",
        label="commission.documents",
        columns=ENTRY_COLUMNS,
        default_sort="-entry",
        empty="commission.empty",
    )


def _entry(entry: CommissionEntry, staff: Staff) -> Row:
    taken = entry.amount.startswith("-")
    cause = console.text(staff.language, f"commission.cause.{entry.cause}")
    rate = f"{entry.rate_percent.rstrip('0').rstrip('.')} %"
    return Row(
        cells=(
            Plain(entry.invoice_id),
            Customer(entry.customer_id),
            Badge(cause, "warn" if taken else "good", entry.cause_id),
            Plain(entry.tier, rate),
            Money(entry.base, entry.currency),
            Money(entry.amount, entry.currency),
            Plain(staff.name(entry.salesperson_id), entry.month),
        )
    )
