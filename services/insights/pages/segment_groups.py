"""How many customers are in which class, group, tier, grade or stage, and what they make, split by who they are."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from services.insights.api.segment_answers import GroupOfCustomers
from services.insights.api.segments import DistributionQuery, show_distribution
from services.insights.pages.common import Staff, console, shown
from services.insights.pages.segment_parts import (
    CUSTOMERS,
    GROUPS_PAGE,
    LIVE,
    ROWS,
    group_name,
    in_order,
    named,
    same_customers,
    tabs,
)
from services.insights.pages.visit import At, Visit
from services.insights.rules.abc import DIMENSIONS
from services.kit.http.exports import FileForm
from services.kit.http.pages import PageQuery, page_of
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.figures import Chart, Series
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Link, Money, Part, Percent, Plain, Row, Table

router = APIRouter(prefix="/console/insights", include_in_schema=False)

KINDS = ("rfm_group", "tier", "grade", "stage")
BY = ("region", "category", "business_form", "salesperson")
COLUMNS = (
    Column("groups.group"),
    Column("groups.customers", sort="customers", align="end"),
    Column("groups.share", align="end"),
    Column("dimension.amount", sort="amount", align="end"),
    Column("groups.share_amount", align="end"),
    Column("dimension.profit", sort="profit", align="end"),
)
SORTS: dict[str, Callable[[GroupOfCustomers], Any]] = {
    "by": lambda one: one.group,
    "customers": lambda one: one.customers,
    "amount": lambda one: Decimal(one.amount),
    # What is not known is less than anything, as in every other list.
    "profit": lambda one: (one.profit is not None, Decimal(one.profit or 0)),
}


class GroupsQuery(DistributionQuery, PageQuery):
    """What is counted, and which page of it: by salesperson or region there are many groups."""

    limit: int = ROWS


Filters = Annotated[GroupsQuery, Depends(filters(GroupsQuery))]


@router.get("/segments/groups")
async def groups_page(query: Filters, at: At) -> HTMLResponse:
    """How many customers are where."""
    staff = await at.staff()
    language = staff.language
    return at.page(
        "segments/groups.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("groups", language, at.view),
        kinds=[*named("group", KINDS, language), *named("dimension", DIMENSIONS, language)],
        ways=named("by", BY if at.view.everything else BY[:-1], language),
        staff=at.choices(staff),
        **await _groups(query, at, staff),
    )


@router.get("/segments/groups/part")
async def groups_part(query: Filters, at: At) -> HTMLResponse:
    """Chart and table."""
    staff = await at.staff()
    values = await _groups(query, at, staff)
    return at.fragment("segments/part.html", **values)


@router.get("/segments/groups/list")
async def groups_list(query: Filters, at: At) -> HTMLResponse:
    """The table alone."""
    staff = await at.staff()
    values = await _groups(query, at, staff)
    return at.listed(values["table"])


@router.get("/segments/groups/export.{form}")
async def groups_export(form: FileForm, query: Filters, at: At) -> Response:
    """The distribution as a file."""
    return await as_file(show_distribution(filed(query, form), at.runtime, at.view))


async def _groups(query: GroupsQuery, at: Visit, staff: Staff) -> dict[str, Any]:
    found = await show_distribution(shown(query), at.runtime, at.view)
    assert isinstance(found, list)
    currency = query.currency or at.runtime.settings.currency
    counts = dict.fromkeys(in_order(query.dimension, {one.abc_class for one in found}), 0)
    for one in found:
        counts[one.abc_class] += one.customers
    chart = Chart(
        id="groups-chart",
        label="groups.chart",
        x=[group_name(query.dimension, group, staff.language) for group in counts],
        series=[Series("groups.customers", list(counts.values()), "bars")],
        x_text="groups.group",
    )
    split = query.by is not None
    places = {group: place for place, group in enumerate(counts)}
    found.sort(key=lambda one: (one.group, places[one.abc_class]))
    page = page_of(found, query, SORTS)
    table = Table(
        id="groups",
        label="segments.tab.groups",
        page=GROUPS_PAGE,
        path=f"{GROUPS_PAGE}/list",
        live=LIVE,
        columns=(Column(f"by.{query.by}", sort="by"), *COLUMNS) if split else COLUMNS,
        rows=[_row(one, found, query, currency, staff) for one in page.items],
        query=query,
        next=page.next,
        empty="abc.empty",
        exports=export_links(at.request, f"{GROUPS_PAGE}/export"),
    )
    return {"chart": chart, "table": table}


def _row(
    one: GroupOfCustomers,
    found: list[GroupOfCustomers],
    query: DistributionQuery,
    currency: str,
    staff: Staff,
) -> Row:
    """Return a group with its share of those that it is split from: of its region, if split by region."""
    around = [other for other in found if other.group == one.group]
    customers, amount = sum(o.customers for o in around), sum(Decimal(o.amount) for o in around)
    href = _customers_of(one, query)
    name = group_name(query.dimension, one.abc_class, staff.language)
    by = staff.name(one.group) if query.by == "salesperson" else one.group
    count = {"count": one.customers, "href": href}
    cells = (
        Link(name, href) if href else Plain(name),
        Part("segments/count.html", count),
        Percent(one.customers / customers, 1, href),
        Money(one.amount, currency, href=href),
        Percent(Decimal(one.amount) / amount if amount > 0 else None, 1, href),
        Money(one.profit, currency, href=href),
    )
    unnamed = console.text(staff.language, "groups.unnamed")
    return Row(href=href, cells=(Plain(by or unnamed), *cells) if query.by else cells)


def _customers_of(one: GroupOfCustomers, query: DistributionQuery) -> str:
    """Return the list of exactly these customers; nothing where no filter says it: none of a class, no region."""
    if one.abc_class is None or (query.by is not None and not one.group):
        return ""
    asked: dict[str, str] = {query.dimension if query.dimension in KINDS else "class": one.abc_class}
    if query.dimension in DIMENSIONS:
        asked["dimension"] = query.dimension
    if query.by is not None:
        asked[query.by] = one.group
    return f"{CUSTOMERS}{same_customers(query, **asked)}"
