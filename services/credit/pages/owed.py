"""What one customer owes: by age, invoice by invoice, money in hand, and the statement to send."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.credit.api.ageing import CustomerAgeingOut, read_ageing
from services.credit.api.common import CustomerId, Reader
from services.credit.api.exposure import DocumentOut, DocumentQuery, list_documents
from services.credit.pages.common import console
from services.credit.pages.receivables import PAGE, statement_page
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Page
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.figures import Bar, Slice, Tile
from services.kit.web.formats import Formats
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Day, Money, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

ROWS = 50
MOST_PAYMENTS = 100
TONES = ("one", "two", "four", "three", "over")
COLUMNS = (
    Column("owed.invoice", wide=True),
    Column("owed.issued"),
    Column("owed.due", sort="due_on"),
    Column("owed.state"),
    Column("owed.open", sort="amount", align="end"),
)


class InvoicesQuery(DocumentQuery):
    """The list of invoices."""

    limit: int = ROWS


Filters = Annotated[InvoicesQuery, Depends(filters(InvoicesQuery))]


@router.get("/receivables/customer/{customer_id:path}")
async def owed_page(
    customer_id: CustomerId,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """The page of one customer."""
    ageing = await read_ageing(customer_id, runtime, principal, query.as_of)
    table = await _table(customer_id, query, request, response, runtime, principal)
    hand = InvoicesQuery(as_of=query.as_of, limit=MOST_PAYMENTS)
    money = await list_documents(customer_id, "unapplied", hand, request, response, runtime, principal)
    statement = statement_page(customer_id, language_of(request), query.as_of)
    return console.page(
        request,
        principal,
        "receivables/customer.html",
        nav="receivables",
        back=PAGE,
        ageing=ageing,
        tiles=_tiles(ageing, request),
        bar=ageing_bar(ageing, formats_of(request)),
        table=table,
        money=money.items,
        statement=statement,
        spreadsheet=statement.replace("format=html", "format=csv"),
    )


@router.get("/receivables/invoices/{customer_id:path}")
async def owed_list(
    customer_id: CustomerId,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """The invoices alone."""
    table = await _table(customer_id, query, request, response, runtime, principal)
    return console.fragment(request, principal, "held/list.html", table=table)


def ageing_bar(ageing: CustomerAgeingOut, formats: Formats) -> Bar:
    """Return what a customer owes by age as parts of a bar."""
    return Bar(
        [
            Slice(
                f"ageing.bucket.{bucket.bucket}",
                float(bucket.amount),
                formats.money(bucket.amount, ageing.currency),
                tone,  # type: ignore[arg-type]
            )
            for bucket, tone in zip(ageing.buckets, TONES, strict=True)
        ]
    )


def _tiles(ageing: CustomerAgeingOut, request: Request) -> list[Tile]:
    formats, language, currency = formats_of(request), language_of(request), ageing.currency
    oldest = console.text(language, "ageing.oldest", days=formats.days(ageing.overdue_days))
    return [
        Tile(
            "ageing.overdue",
            formats.money(ageing.overdue_amount, currency),
            "#invoices",
            oldest if ageing.overdue_items else "",
            "bad" if ageing.overdue_items else "good",
        ),
        Tile(
            "ageing.receivables",
            formats.money(ageing.receivables, currency),
            "#invoices",
            console.text(language, "due.count", n=ageing.items),
        ),
        Tile("ageing.unapplied", formats.money(ageing.unapplied, currency), "#money"),
        Tile("ageing.net", formats.money(ageing.net, currency)),
    ]


async def _table(
    customer_id: str,
    query: InvoicesQuery,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
) -> Table:
    answer: Page[DocumentOut] = await list_documents(
        customer_id, "invoiced", query, request, response, runtime, principal
    )
    spelled = quote(customer_id, safe="")
    return Table(
        id="invoices",
        label="owed.invoices",
        page=f"{PAGE}/customer/{spelled}",
        path=f"{PAGE}/invoices/{spelled}",
        columns=COLUMNS,
        rows=[_row(invoice, formats_of(request), language_of(request)) for invoice in answer.items],
        query=query,
        next=answer.next,
        default_sort="due_on",
        empty="owed.empty",
    )


def _row(invoice: DocumentOut, formats: Formats, language: Language) -> Row:
    past = invoice.days_past_due or 0
    key = "owed.past" if past > 0 else "owed.to_go"
    words = console.text(language, key, days=formats.days(abs(past)))
    of = console.text(language, "owed.of", amount=formats.money(invoice.amount, invoice.currency))
    order = console.text(language, "owed.order", order=invoice.order_id) if invoice.order_id else ""
    late = "bad" if invoice.overdue else "warn" if past > 0 else "neutral"
    whole = invoice.amount == invoice.counted and invoice.currency == invoice.counted_currency
    return Row(
        (
            Plain(invoice.document_id, order),
            Day(invoice.on),
            Day(invoice.due_on, "bad" if invoice.overdue else "neutral"),
            Badge(words, late),  # type: ignore[arg-type]
            Money(invoice.counted, invoice.counted_currency, "" if whole else of),
        )
    )
