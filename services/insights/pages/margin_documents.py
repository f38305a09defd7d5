"""The orders and returns behind margins, and the lines of each."""

from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.margins import DocumentMargin, PaperQuery, list_documents, show_document
from services.insights.pages.common import Staff, Trade, console, shown, table_of
from services.insights.pages.margins import DOCUMENTS, ROWS, Customers, scope_of, tabs
from services.insights.pages.visit import At, Visit
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import OF_CUSTOMER
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Customer, Day, Money, Part, Percent, Row, Table

router = APIRouter(prefix="/console/insights", include_in_schema=False)

COLUMNS = (
    Column("margins.document"),
    Column("margins.customer"),
    Column("margins.day", sort="day"),
    Column("margins.amount", sort="amount", align="end"),
    Column("margins.cost", align="end"),
    Column("margins.profit", sort="profit", align="end"),
    Column("margins.margin", sort="margin", align="end"),
    Column("margins.lines"),
)


KINDS = ("order", "return")


class PapersQuery(PaperQuery):
    """The list's filters; several customers are in one field."""

    limit: int = ROWS
    customers: Customers = None


Filters = Annotated[PapersQuery, Depends(filters(PapersQuery))]


@router.get("/margins/documents")
async def documents_page(query: Filters, at: At) -> HTMLResponse:
    """Orders and returns, the least profit first."""
    staff = await at.staff()
    return at.page(
        "margins/documents.html",
        nav="margins",
        tabs=tabs("documents", staff.language, at.view),
        table=await _table(query, at, staff),
        kinds=[(kind, console.text(staff.language, f"margins.kind.{kind}")) for kind in KINDS],
        staff=at.choices(staff),
    )


@router.get("/margins/documents/list")
async def documents_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    table = await _table(query, at, staff)
    return at.listed(table)


@router.get("/margins/documents/export.{form}")
async def documents_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    asked = query.model_copy(update=await scope_of(query, query.customers, at.runtime))
    return await as_file(list_documents(filed(asked, form), *at.asked))


@router.get("/margins/lines/{kind}/{customer_id}/{document_id:path}", dependencies=[OF_CUSTOMER])
async def lines(
    kind: Literal["order", "return"],
    customer_id: Id,
    document_id: Id,
    request: Request,
    runtime: LiveRuntime,
    principal: Trade,
    currency: str = "",
) -> HTMLResponse:
    """The lines of a document, with the cost of each as of the sale."""
    return console.fragment(
        request,
        principal,
        "margins/lines.html",
        document_id=document_id,
        lines=await show_document(customer_id, kind, document_id, runtime),
        currency=currency or runtime.settings.currency,
    )


async def _table(query: PapersQuery, at: Visit, staff: Staff) -> Table:
    asked = query.model_copy(update=await scope_of(query, query.customers, at.runtime))
    answer = await list_documents(shown(asked), *at.asked)
    return table_of(
        *(at.request, DOCUMENTS, query, answer, lambda paper: _row(paper, staff)),
        id="documents",
        label="margins.tab.documents",
        columns=COLUMNS,
        default_sort="profit",
        empty="margins.empty",
    )


def _row(paper: DocumentMargin, staff: Staff) -> Row:
    kind = console.text(staff.language, f"margins.kind.{paper.kind}")
    where = (paper.kind, paper.customer_id, paper.document_id)
    lines = {
        "href": f"/console/insights/margins/lines/{'/'.join(quote(part, safe='') for part in where)}",
        "currency": paper.currency,
        "document": paper.document_id,
    }
    return Row(
        cells=(
            Badge(kind, "neutral" if paper.kind == "order" else "warn", paper.document_id),
            Customer(paper.customer_id),
            Day(date.fromisoformat(paper.day), below=staff.name(paper.salesperson_id)),
            Money(paper.amount, paper.currency),
            Money(paper.cost if paper.profit is not None else None, paper.currency),
            Money(paper.profit, paper.currency),
            Percent(None if paper.margin_percent is None else paper.margin_percent / 100, 1),
            Part("margins/lines_button.html", lines),
        )
    )
