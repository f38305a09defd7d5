"""Whom to call about open invoices: where a call is expected to bring most comes first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from services.credit.api.common import Reader
from services.credit.api.risk_answers import CallOut
from services.credit.api.worklist import WorklistQuery, list_calls
from services.credit.pages.common import console
from services.credit.pages.receivables import (
    CALLS,
    currencies_of,
    currency_tabs,
    customer_page,
    looks,
    statement_page,
)
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import LONGEST_EXPORT_ROWS, FileForm, file_answer
from services.kit.http.pages import Page
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import export_links
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Customer, Link, Money, Row, Table, Tone
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

LIST = f"{CALLS}/list"
ROWS = 50
TONES: dict[str, Tone] = {"A": "good", "B": "neutral", "C": "warn", "D": "bad"}
COLUMNS = (
    Column("ageing.customer", sort="customer_id", wide=True),
    Column("calls.overdue", sort="overdue_days", align="end"),
    Column("calls.about", sort="amount", align="end"),
    Column("calls.recovery", sort="expected_recovery", align="end"),
    Column("calls.class"),
    Column("calls.statement"),
)


class CallsQuery(WorklistQuery):
    """The worklist's filters."""

    limit: int = ROWS


Filters = Annotated[CallsQuery, Depends(filters(CallsQuery))]


class CallRow(BaseModel):
    """A customer to call as a line of a file."""

    customer_id: str
    currency: str
    overdue_amount: str
    overdue_invoices: int
    overdue_days: int
    amount: str
    invoices: int
    expected_recovery: str
    risk_class: str


@router.get("/receivables/calls")
async def calls_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """Whom to call."""
    currency, known = await currencies_of(runtime, query.currency)
    answer = await _read(query, currency, request, response, runtime, principal)
    return console.page(
        request,
        principal,
        "receivables/calls.html",
        nav="receivables",
        tabs=looks(request, CALLS, currency),
        currencies=currency_tabs(request, currency, known),
        table=_table(answer, query, request),
    )


@router.get("/receivables/calls/list")
async def calls_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The list alone."""
    currency, _ = await currencies_of(runtime, query.currency)
    answer = await _read(query, currency, request, response, runtime, principal)
    return console.fragment(request, principal, "held/list.html", table=_table(answer, query, request))


@router.get("/receivables/calls/export.{form}")
async def calls_export(
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
    rows = [CallRow(**call.model_dump(include=set(CallRow.model_fields))) for call in answer.items]
    return await file_answer(form, "calls", CallRow, rows, runtime.settings.zone)


async def _read(
    query: CallsQuery,
    currency: str,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
) -> Page[CallOut]:
    one = query.model_copy(update={"currency": currency})
    return await list_calls(one, request, response, runtime, principal)


def _table(answer: Page[CallOut], query: CallsQuery, request: Request) -> Table:
    return Table(
        id="calls",
        label="calls.list",
        page=CALLS,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(call, request) for call in answer.items],
        query=query,
        next=answer.next,
        default_sort="-expected_recovery",
        empty="calls.empty",
        exports=export_links(request, f"{CALLS}/export"),
    )


def _row(call: CallOut, request: Request) -> Row:
    formats, language, currency = formats_of(request), language_of(request), call.currency
    href = customer_page(call.customer_id)
    oldest = ""
    if call.overdue_invoices:
        oldest = console.text(language, "ageing.oldest", days=formats.days(call.overdue_days))
    count = console.text(language, "due.count", n=call.invoices)
    return Row(
        (
            Customer(call.customer_id),
            Link(formats.money(call.overdue_amount, currency), href, oldest),
            Link(formats.money(call.amount, currency), href, count),
            Money(call.expected_recovery, currency, href=href),
            Badge(console.text(language, "calls.class.of", name=call.risk_class), TONES[call.risk_class]),
            Link(console.text(language, "calls.statement"), statement_page(call.customer_id, language)),
        ),
        href,
    )
