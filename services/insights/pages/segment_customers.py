"""Customers of a class, group, tier, grade or stage, with all their classes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.segment_answers import CustomerSegment
from services.insights.api.segments import SegmentQuery, list_segments
from services.insights.pages.common import Trade, console, filed, shown, staff_of, table_of
from services.insights.pages.segment_parts import (
    CLASS_TONES,
    CUSTOMERS,
    LIVE,
    ROWS,
    class_cell,
    groups_of,
    named,
    tabs,
    why_href,
)
from services.insights.rules.abc import DIMENSIONS
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Badges, Column, Customer, Money, Number, Part, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False)

KINDS = ("rfm_group", "tier", "grade", "stage")
COLUMNS = (
    Column("abc.customer", sort="customer"),
    Column("abc.overall"),
    Column("dimension.amount", sort="amount", align="end"),
    Column("dimension.profit", sort="profit", align="end"),
    Column("dimension.orders", sort="orders", align="end"),
    Column("abc.dimensions", wide=True),
    Column("abc.groups"),
)


class ClassQuery(SegmentQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[ClassQuery, Depends(filters(ClassQuery))]


@router.get("/segments/customers")
async def customers_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """Customers with all their classes."""
    staff = await staff_of(runtime, principal, language_of(request))
    return console.page(
        request,
        principal,
        "segments/customers.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("customers", staff.language, view),
        table=await _classed(query, request, response, runtime, view),
        dimensions=named("dimension", DIMENSIONS, staff.language),
        kinds=[(k, await groups_of(k, runtime, staff.language)) for k in KINDS],
        staff=staff.options() if view.everything else [],
    )


@router.get("/segments/customers/list")
async def customers_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade, view: Own
) -> HTMLResponse:
    """The list alone."""
    table = await _classed(query, request, response, runtime, view)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/segments/customers/export.{form}")
async def customers_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
    view: Own,
) -> Response:
    """The list as a file."""
    answer = await list_segments(filed(query, form), request, response, runtime, view)
    assert isinstance(answer, Response)
    return answer


async def _classed(
    query: ClassQuery, request: Request, response: Response, runtime: Runtime, view: View
) -> Table:
    answer = await list_segments(shown(query), request, response, runtime, view)
    return table_of(
        *(request, CUSTOMERS, query, answer, lambda customer: _row(customer, language_of(request))),
        id="classed",
        label="segments.tab.customers",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-amount",
        empty="abc.empty",
    )


def _row(found: CustomerSegment, language: Language) -> Row:
    classes = [
        (console.text(language, f"dimension.{d}"), class_, CLASS_TONES[class_])
        for d in DIMENSIONS
        if (class_ := getattr(found, f"{d}_class")) is not None
    ]
    groups = (("rfm", found.rfm_group), ("tier", found.tier), ("stage", found.stage))
    badges = [Badge(console.text(language, f"{prefix}.{value}")) for prefix, value in groups if value]
    if found.grade:
        badges.insert(0, Badge(console.text(language, "abc.grade", grade=found.grade), "info"))
    return Row(
        href=why_href(found.customer_id, found.currency),
        cells=(
            Customer(found.customer_id, found.name),
            class_cell(found.customer_id, found.overall, found.currency),
            Money(found.amount, found.currency),
            Money(found.profit, found.currency),
            Number(found.orders),
            Part("segments/classes.html", classes),
            Badges(badges),
        ),
    )
