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
from services.insights.api.margin_tiers import list_policies
from services.insights.pages.common import Staff, console, sentences, shown, table_of
from services.insights.pages.salespeople import COMMISSION, person_href, tabs
from services.insights.pages.visit import At, Visit
from services.kit.http.exports import FileForm
from services.kit.http.pages import Page
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.sentences import said
from services.kit.web.tables import Badge, Column, Customer, Link, Money, Number, Plain, Row, Table

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
async def commission_page(query: Filters, at: At) -> HTMLResponse:
    """Commission per salesperson and month, and by tier."""
    staff = await at.staff()
    return at.page(
        "salespeople/commission.html",
        nav="salespeople",
        tabs=tabs("commission", staff.language),
        tiers=await _tiers(query, at),
        table=await _statements(query, at, staff),
        staff=at.choices(staff),
    )


@router.get("/salespeople/commission/part")
async def commission_part(query: Filters, at: At) -> HTMLResponse:
    """Sums by tier and statements."""
    staff = await at.staff()
    return at.fragment(
        "salespeople/commission_part.html",
        tiers=await _tiers(query, at),
        table=await _statements(query, at, staff),
    )


@router.get("/salespeople/commission/list")
async def statements_list(query: Filters, at: At) -> HTMLResponse:
    """The statements alone."""
    staff = await at.staff()
    table = await _statements(query, at, staff)
    return at.listed(table)


@router.get("/salespeople/commission/export.{form}")
async def statements_export(form: FileForm, query: Filters, at: At) -> Response:
    """The statements as a file."""
    return await as_file(list_statements(filed(query, form), *at.asked))


@router.get("/salespeople/commission/tiers/export.{form}")
async def tiers_export(form: FileForm, query: Filters, at: At) -> Response:
    """The sums by tier as a file."""
    asked = filed(query, form).model_copy(update={"sort": None})
    return await as_file(list_tiers(asked, *at.asked))


@router.get("/salespeople/commission/entries")
async def entries_page(query: EntryFilters, at: At) -> HTMLResponse:
    """The documents behind commission."""
    staff = await at.staff()
    causes = [(cause, console.text(staff.language, f"commission.cause.{cause}")) for cause in CAUSES]
    return at.page(
        "salespeople/entries.html",
        nav="salespeople",
        table=await _entries(query, at, staff),
        staff=at.choices(staff),
        causes=causes,
        tiers=await _tier_names(at),
    )


@router.get("/salespeople/commission/entries/list")
async def entries_list(query: EntryFilters, at: At) -> HTMLResponse:
    """The entries alone."""
    staff = await at.staff()
    table = await _entries(query, at, staff)
    return at.listed(table)


@router.get("/salespeople/commission/entries/export.{form}")
async def entries_export(form: FileForm, query: EntryFilters, at: At) -> Response:
    """The entries as a file."""
    return await as_file(list_entries(filed(query, form), *at.asked))


async def _statements(query: EarnedQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_statements(shown(query), *at.asked)
    return table_of(
        *(at.request, COMMISSION, query, answer, lambda found: _statement(found, staff)),
        id="statements",
        label="salespeople.tab.commission",
        columns=COLUMNS,
        default_sort="-month",
        empty="commission.empty",
    )


def _statement(found: Statement, staff: Staff) -> Row:
    person, month = found.salesperson_id, found.month
    href = f"{ENTRIES}?{urlencode({'salesperson': person, 'from': month, 'to': month})}"
    name = Link(found.name or staff.name(person), person_href(person)) if person else Plain(staff.name(None))
    return Row(href=href, cells=(name, Plain(month), *_sums(found, href)))


async def _tier_names(at: Visit) -> list[tuple[str, str]]:
    """Return every tier that there ever was: what was earned stays in the tier it was earned in."""
    versions = await list_policies(at.runtime)
    names = dict.fromkeys(tier["name"] for version in versions for tier in version.policy["tiers"])
    return [(name, said(at.request, name)) for name in names]


async def _tiers(query: EarnedQuery, at: Visit) -> Table:
    asked = shown(query).model_copy(update={"limit": MOST_TIERS, "cursor": None, "sort": None})
    answer = await list_tiers(asked, *at.asked)
    assert isinstance(answer, Page)
    kept = {n: v for n in ("salesperson", "from", "to") if (v := at.request.query_params.get(n))}
    return Table(
        id="tiers",
        label="commission.by_tier",
        page=COMMISSION,
        path=f"{COMMISSION}/part",
        columns=TIER_COLUMNS,
        rows=[_tier(tier, kept, at.request) for tier in answer.items],
        empty="commission.empty",
        exports=export_links(at.request, f"{TIERS}/export"),
    )


def _tier(found: TierSum, kept: dict[str, str], request: Request) -> Row:
    href = f"{ENTRIES}?{urlencode({**kept, 'tier': found.tier})}"
    return Row(href=href, cells=(Plain(said(request, found.tier)), *_sums(found, href)))


def _sums(found: Statement | TierSum, href: str) -> tuple[Money | Number, ...]:
    amounts = found.collected, found.earned, found.clawed_back, found.commission
    return (
        *(Money(amount, found.currency, href=href) for amount in amounts),
        Number(found.entries, href=href),
    )


async def _entries(query: DocumentsQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_entries(shown(query), *at.asked)
    return table_of(
        *(at.request, ENTRIES, query, answer, lambda entry: _entry(entry, staff)),
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
            Plain(sentences.read(entry.tier, staff.language), rate),
            Money(entry.base, entry.currency),
            Money(entry.amount, entry.currency),
            Plain(staff.name(entry.salesperson_id), entry.month),
        )
    )
