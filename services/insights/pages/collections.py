"""The payments and reversals behind what a salesperson collected."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from services.insights.api.collections import Collected, CollectionQuery, list_collections, sum_collections
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.salespeople import COLLECTED, ROWS
from services.insights.pages.visit import At, Visit
from services.kit.http.exports import FileForm
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.figures import Tile
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Badge, Column, Customer, Day, Money, Plain, Row

router = APIRouter(prefix="/console/insights", include_in_schema=False)

COLUMNS = (
    Column("collected.day", sort="day"),
    Column("collected.customer", wide=True),
    Column("collected.document"),
    Column("league.salesperson"),
    Column("collected.amount", sort="amount", align="end"),
)


class PaymentsQuery(CollectionQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[PaymentsQuery, Depends(filters(PaymentsQuery))]


@router.get("/salespeople/collected")
async def collected_page(query: Filters, at: At) -> HTMLResponse:
    """What was collected, payment by payment."""
    staff = await at.staff()
    return at.page(
        "salespeople/collected.html",
        nav="salespeople",
        staff=at.choices(staff),
        **await _shown(query, at, staff),
    )


@router.get("/salespeople/collected/part")
async def collected_part(query: Filters, at: At) -> HTMLResponse:
    """Sums and list."""
    values = await _shown(query, at, await at.staff())
    return at.fragment("salespeople/collected_part.html", **values)


@router.get("/salespeople/collected/list")
async def collected_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    values = await _shown(query, at, await at.staff())
    return at.listed(values["table"])


@router.get("/salespeople/collected/export.{form}")
async def collected_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_collections(filed(query, form), *at.asked))


async def _shown(query: PaymentsQuery, at: Visit, staff: Staff) -> dict[str, Any]:
    answer = await list_collections(shown(query), *at.asked)
    table = table_of(
        *(at.request, COLLECTED, query, answer, lambda found: _row(found, staff)),
        id="collected",
        label="collected.title",
        columns=COLUMNS,
        default_sort="-day",
        empty="collected.empty",
    )
    return {"table": table, "tiles": await _tiles(query, at)}


async def _tiles(query: PaymentsQuery, at: Visit) -> list[Tile]:
    found, formats = await sum_collections(query, at.runtime, at.view), formats_of(at.request)

    def times(count: int, kind: str) -> str:
        return console.text(formats.language, f"collected.count.{kind}", n=count)

    return [
        Tile("league.collections", formats.money(found.collected, found.currency)),
        Tile(
            "collected.received",
            formats.money(found.received, found.currency),
            below=times(found.payments, "payment"),
        ),
        Tile(
            "collected.reversed",
            formats.money(found.reversed, found.currency),
            below=times(found.reversals, "reversal"),
        ),
    ]


def _row(found: Collected, staff: Staff) -> Row:
    kind = console.text(staff.language, f"collected.kind.{found.kind}")
    return Row(
        href=customer_href(found.customer_id),
        cells=(
            Day(date.fromisoformat(found.day)),
            Customer(found.customer_id),
            Badge(kind, "good" if found.kind == "payment" else "warn", found.payment_id),
            Plain(staff.name(found.salesperson_id)),
            Money(found.amount, found.currency),
        ),
    )
