"""Products that customers usually bought and stopped buying: one by one, and summed per product or customer."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.stopped import (
    StoppedProduct,
    StoppedQuery,
    StoppedTotal,
    TotalsQuery,
    list_stopped,
    list_totals,
)
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.mix import ROWS, STOPPED, TOTALS, tabs
from services.insights.pages.visit import At, Visit
from services.insights.store.stopped_reads import By
from services.kit.http.exports import FileForm
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Badge, Column, Customer, Day, Link, Money, Plain, Row, Table

router = APIRouter(prefix="/console/insights", include_in_schema=False)

COLUMNS = (
    Column("mix.customer", sort="customer"),
    Column("stopped.product"),
    Column("stopped.last", sort="silence"),
    Column("stopped.usual", sort="gap"),
    Column("stopped.since"),
    Column("stopped.stake", sort="at_stake", align="end"),
    Column("mix.salesperson"),
)
TOTAL_COLUMNS = (
    Column("stopped.of", sort="key", wide=True),
    Column("stopped.customers", sort="customers", align="end"),
    Column("stopped.products", sort="products", align="end"),
    Column("stopped.latest"),
    Column("stopped.stake", sort="at_stake", align="end"),
)
KEPT = ("region", "category", "business_form", "salesperson", "product_category", "still_ordering")


class GoneQuery(StoppedQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


class SummedQuery(TotalsQuery):
    """The list's filters; a page sums per product unless it is told otherwise."""

    limit: int = ROWS
    by: By = "product"


Filters = Annotated[GoneQuery, Depends(filters(GoneQuery))]
TotalFilters = Annotated[SummedQuery, Depends(filters(SummedQuery))]


@router.get("/mix/stopped")
async def stopped_page(query: Filters, at: At) -> HTMLResponse:
    """Who stopped buying what."""
    staff = await at.staff()
    return at.page(
        "mix/stopped.html",
        nav="mix",
        tabs=tabs("stopped", staff.language),
        table=await _stopped(query, at, staff),
        staff=at.choices(staff),
    )


@router.get("/mix/stopped/list")
async def stopped_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    table = await _stopped(query, at, staff)
    return at.listed(table)


@router.get("/mix/stopped/export.{form}")
async def stopped_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_stopped(filed(query, form), *at.asked))


@router.get("/mix/stopped/totals")
async def totals_page(query: TotalFilters, at: At) -> HTMLResponse:
    """What stopped products are worth, per product or customer."""
    staff = await at.staff()
    return at.page(
        "mix/totals.html",
        nav="mix",
        tabs=tabs("totals", staff.language),
        table=await _totals(query, at),
        staff=at.choices(staff),
    )


@router.get("/mix/stopped/totals/list")
async def totals_list(query: TotalFilters, at: At) -> HTMLResponse:
    """The sums alone."""
    table = await _totals(query, at)
    return at.listed(table)


@router.get("/mix/stopped/totals/export.{form}")
async def totals_export(form: FileForm, query: TotalFilters, at: At) -> Response:
    """The sums as a file."""
    return await as_file(list_totals(filed(query, form), *at.asked))


async def _stopped(query: GoneQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_stopped(shown(query), *at.asked)
    return table_of(
        *(at.request, STOPPED, query, answer, lambda found: _row(found, at.request, staff)),
        id="stopped",
        label="mix.tab.stopped",
        columns=COLUMNS,
        default_sort="-at_stake",
        empty="stopped.empty",
    )


def _row(found: StoppedProduct, request: Request, staff: Staff) -> Row:
    formats = formats_of(request)

    def text(key: str, **values: object) -> str:
        return console.text(staff.language, key, **values)

    silent = found.ordered_since == 0
    since = text("stopped.silent" if silent else "stopped.ordering")
    return Row(
        href=customer_href(found.customer_id),
        cells=(
            Customer(found.customer_id, found.name),
            Plain(
                found.product_name or found.product_id,
                ", ".join(
                    filter(None, (found.product_id if found.product_name else "", found.product_category))
                ),
            ),
            Day(found.last_day, below=text("stopped.ago", days=formats.days(found.silence))),
            Plain(
                text("stopped.every", days=formats.number(found.usual_gap, 1)),
                text("stopped.times", n=found.purchases),
            ),
            Badge(
                since,
                "neutral" if silent else "warn",
                "" if silent else text("stopped.orders", n=found.ordered_since),
            ),
            Money(found.at_stake, found.currency),
            Plain(staff.name(found.salesperson_id)),
        ),
    )


async def _totals(query: SummedQuery, at: Visit) -> Table:
    answer = await list_totals(shown(query), *at.asked)
    return table_of(
        *(at.request, TOTALS, query, answer, lambda total: _total(total, query.by, at.request)),
        id="totals",
        label="mix.tab.totals",
        columns=TOTAL_COLUMNS,
        default_sort="-at_stake",
        empty="stopped.empty",
    )


def _total(total: StoppedTotal, by: By, request: Request) -> Row:
    formats = formats_of(request)
    kept = {name: value for name in KEPT if (value := request.query_params.get(name))}
    href = f"{STOPPED}?{urlencode({**kept, by: total.key})}"
    named = (
        Customer(total.key, total.name)
        if by == "customer"
        else Link(total.name or total.key, href, total.key if total.name else "")
    )
    return Row(
        href=href,
        cells=(
            named,
            Link(formats.number(total.customers), href),
            Link(formats.number(total.products), href),
            Day(total.last_stopped_on),
            Money(total.at_stake, total.currency),
        ),
    )
