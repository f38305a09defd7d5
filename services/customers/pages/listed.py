"""All customers: the list with its filters, and the same as a file."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.customers.api.answers import CustomerSummary
from services.customers.api.archive import CustomerQuery, list_customers
from services.customers.api.common import Anybody
from services.customers.pages.common import console
from services.customers.pages.names import card_choices, salespeople, salesperson_choices
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Badge, Badges, Column, Link, Money, Plain, Row, Table, Tone
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False)

PAGE, LIST, EXPORT = "/console/customers/list", "/console/customers/list/rows", "/console/customers/list"
ROWS = 50
STANDINGS = ("blacklisted", "on_hold", "overdue", "over_limit", "held_orders", "cash_only", "unlimited")
COLUMNS = (
    Column("customers.name", sort="name", wide=True),
    Column("customers.where"),
    Column("customers.salesperson"),
    Column("customers.exposure", sort="exposure", align="end"),
    Column("customers.overdue", sort="overdue", align="end"),
    Column("customers.standing"),
)


class ListedQuery(CustomerQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[ListedQuery, Depends(filters(ListedQuery))]


@router.get("/list")
async def listed_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """The archive."""
    table = await _table(query, request, response, runtime, view)
    choices = await card_choices(runtime, view)
    people = await salesperson_choices(runtime, view, active=False) if view.everything else ()
    return console.page(
        request,
        principal,
        "customers/page.html",
        nav="customers",
        table=table,
        choices=choices,
        people=people,
        standings=STANDINGS,
    )


@router.get("/list/rows")
async def listed_rows(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, view)
    return console.fragment(request, principal, "customers/list.html", table=table)


@router.get("/list.{form}")
async def listed_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_customers(filed(query, form), request, response, runtime, view))


async def _table(
    query: ListedQuery, request: Request, response: Response, runtime: Runtime, view: View
) -> Table:
    page = await list_customers(query, request, response, runtime, view)
    language = language_of(request)
    names = await salespeople(runtime, [customer.salesperson_id for customer in page.items])
    return Table(
        id="customers",
        label="customers.title",
        page=PAGE,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(customer, names, language) for customer in page.items],
        query=query,
        next=page.next,
        default_sort="customer_id",
        empty="customers.empty",
        exports=export_links(request, EXPORT),
    )


def _row(customer: CustomerSummary, names: dict[str, str], language: Language) -> Row:
    credit, href = customer.credit, customer_href(customer.customer_id)
    limit = console.text(language, "customers.no_limit") if credit.limit is None else ""
    late = (
        console.text(language, "customers.days_late", n=credit.overdue_days)
        if credit.overdue_days > 0
        else ""
    )
    owner = customer.salesperson_id
    return Row(
        href=href,
        cells=(
            Link(customer.name or customer.customer_id, href, customer.customer_id),
            Plain(customer.region, customer.category),
            Plain(
                names.get(owner, owner) if owner else console.text(language, "customers.nobody"), owner or ""
            ),
            Money(credit.exposure, credit.currency, limit, f"{href}#credit"),
            Money(
                credit.overdue_amount if credit.overdue_items else None,
                credit.currency,
                late,
                f"{href}#money",
            ),
            Badges(standing_badges(customer, language)),
        ),
    )


def standing_badges(customer: CustomerSummary, language: Language) -> list[Badge]:
    """Return in words how a customer stands with credit, the worst first; in order, if there is nothing to say."""
    credit = customer.credit
    over = credit.limit is not None and Decimal(credit.exposure) > Decimal(credit.limit)
    said: tuple[tuple[bool, str, Tone], ...] = (
        (customer.blacklisted, "blacklisted", "bad"),
        (credit.on_hold, "on_hold", "bad"),
        (credit.overdue_items > 0, "overdue", "warn"),
        (over, "over_limit", "warn"),
        (credit.held_orders > 0, "held_orders", "warn"),
        (credit.note is not None, "cash_only", "neutral"),
        (credit.limit is None, "unlimited", "info"),
    )
    found = [Badge(console.text(language, f"standing.{name}"), tone) for holds, name, tone in said if holds]
    return found or [Badge(console.text(language, "standing.in_order"), "good")]
