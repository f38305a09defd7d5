"""Customers of a class, group, tier, grade or stage, with all their classes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from services.insights.api.segment_answers import CustomerSegment
from services.insights.api.segments import SegmentQuery, list_segments
from services.insights.pages.common import console, shown, table_of
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
from services.insights.pages.visit import At, Visit
from services.insights.rules.abc import DIMENSIONS
from services.kit.http.exports import FileForm
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Badges, Column, Customer, Money, Number, Part, Row, Table
from services.kit.web.texts import Language

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
async def customers_page(query: Filters, at: At) -> HTMLResponse:
    """Customers with all their classes."""
    staff = await at.staff()
    return at.page(
        "segments/customers.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("customers", staff.language, at.view),
        table=await _classed(query, at),
        dimensions=named("dimension", DIMENSIONS, staff.language),
        kinds=[(k, await groups_of(k, at.runtime, staff.language)) for k in KINDS],
        staff=at.choices(staff),
    )


@router.get("/segments/customers/list")
async def customers_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    table = await _classed(query, at)
    return at.listed(table)


@router.get("/segments/customers/export.{form}")
async def customers_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list as a file."""
    return await as_file(list_segments(filed(query, form), *at.asked))


async def _classed(query: ClassQuery, at: Visit) -> Table:
    answer = await list_segments(shown(query), *at.asked)
    return table_of(
        *(at.request, CUSTOMERS, query, answer, lambda customer: _row(customer, at.language)),
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
