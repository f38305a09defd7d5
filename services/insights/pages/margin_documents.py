"""The orders and returns behind margins, and the lines of each."""

from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.margins import DocumentMargin, ScopeQuery, list_documents, show_document
from services.insights.pages.common import Staff, Trade, console, filed, shown, staff_of, table_of
from services.insights.pages.margins import DOCUMENTS, ROWS, Customers, scope_of, tabs
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import OF_CUSTOMER, Own, View
from services.kit.runtime import Runtime
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Customer, Day, Money, Part, Percent, Row, Table
from services.kit.web.texts import language_of

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


class PapersQuery(ScopeQuery):
    """The list's filters; several customers are in one field."""

    limit: int = ROWS
    customers: Customers = None


Filters = Annotated[PapersQuery, Depends(filters(PapersQuery))]


@router.get("/margins/documents")
async def documents_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """Orders and returns, the least profit first."""
    staff = await staff_of(runtime, principal, language_of(request))
    return console.page(
        request,
        principal,
        "margins/documents.html",
        nav="margins",
        tabs=tabs("documents", staff.language, view),
        table=await _table(query, request, response, runtime, view, staff),
        staff=staff.options() if view.everything else [],
    )


@router.get("/margins/documents/list")
async def documents_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """The list alone."""
    staff = await staff_of(runtime, principal, language_of(request))
    table = await _table(query, request, response, runtime, view, staff)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/margins/documents/export.{form}")
async def documents_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> Response:
    """The list with its filters as a file."""
    asked = query.model_copy(update=await scope_of(query, query.customers, runtime))
    answer = await list_documents(filed(asked, form), request, response, runtime, view)
    assert isinstance(answer, Response)
    return answer


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


async def _table(
    query: PapersQuery, request: Request, response: Response, runtime: Runtime, view: View, staff: Staff
) -> Table:
    asked = query.model_copy(update=await scope_of(query, query.customers, runtime))
    answer = await list_documents(shown(asked), request, response, runtime, view)
    return table_of(
        *(request, DOCUMENTS, query, answer, lambda paper: _row(paper, staff)),
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
