"""Margins: by customer, product, salesperson, seller or month, with their trend."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from services.insights.api.margins import MOST_COMPARED, Margin, MarginQuery, ScopeQuery, list_margins
from services.insights.api.today import today_of
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.customer import charts_of, every_month
from services.insights.pages.salespeople import person_href
from services.insights.pages.visit import At, Visit
from services.insights.rules.windows import month_after
from services.insights.store.margin_reads import By
from services.kit.http.exports import FileForm
from services.kit.http.pages import Page
from services.kit.http.scope import View
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.figures import Tile
from services.kit.web.formats import Formats
from services.kit.web.forms import filters
from services.kit.web.tables import Cell, Column, Customer, Link, Money, Number, Percent, Plain, Row, Table
from services.kit.web.texts import Language

router = APIRouter(prefix="/console/insights", include_in_schema=False)

PAGE, DOCUMENTS, TIERS = (f"/console/insights/margins{part}" for part in ("", "/documents", "/tiers"))
ROWS, MONTHS, MOST_MONTHS = 50, 12, 500
WAYS: tuple[By, ...] = ("product", "salesperson", "seller", "month")
"""By what to sum, besides by customer."""
KEPT = ("from", "to", "region", "category", "business_form", "salesperson", "seller", "customers", "product")
COLUMNS = (
    Column("margins.of", sort="key", wide=True),
    Column("margins.orders", sort="orders", align="end"),
    Column("margins.amount", sort="amount", align="end"),
    Column("margins.cost", sort="cost", align="end"),
    Column("margins.profit", sort="profit", align="end"),
    Column("margins.margin", sort="margin", align="end"),
)
Customers = Annotated[str | None, Field(max_length=2_000, description="ids with commas between them")]


class TradeQuery(MarginQuery):
    """The list's filters; several customers are in one field."""

    limit: int = ROWS
    customers: Customers = None


Filters = Annotated[TradeQuery, Depends(filters(TradeQuery))]


def tabs(current: str, language: Language, view: View) -> list[tuple[str, str, bool]]:
    """Return the ways to look at margins; the tiers of products are the company's."""
    ways = [("margins", PAGE), ("documents", DOCUMENTS)]
    ways += [("tiers", TIERS)] if view.everything else []
    return [(console.text(language, f"margins.tab.{name}"), href, name == current) for name, href in ways]


async def scope_of(query: ScopeQuery, customers: str | None, runtime: Runtime) -> dict[str, Any]:
    """Return what a page asks for in place of what is left out: the last twelve months, and the customers named."""
    named = [name for text in re.split("[,，;；]", customers or "") if (name := text.strip())]
    changes: dict[str, Any] = {"customer": named[:MOST_COMPARED]}
    if query.from_month is None and query.to_month is None:
        changes["from_month"] = f"{month_after(await today_of(runtime), 1 - MONTHS):%Y-%m}"
    return changes


@router.get("/margins")
async def margins_page(query: Filters, at: At) -> HTMLResponse:
    """Margins and their trend."""
    staff = await at.staff()
    return at.page(
        "margins/page.html",
        nav="margins",
        tabs=tabs("margins", staff.language, at.view),
        ways=[(way, console.text(staff.language, f"margins.by.{way}")) for way in WAYS],
        staff=at.choices(staff),
        **await _shown(query, at, staff),
    )


@router.get("/margins/part")
async def margins_part(query: Filters, at: At) -> HTMLResponse:
    """Figures, charts and list alone."""
    staff = await at.staff()
    values = await _shown(query, at, staff)
    return at.fragment("margins/part.html", **values)


@router.get("/margins/list")
async def margins_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    asked = query.model_copy(update=await scope_of(query, query.customers, at.runtime))
    table = await _table(asked, at, staff)
    return at.listed(table)


@router.get("/margins/export.{form}")
async def margins_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    asked = query.model_copy(update=await scope_of(query, query.customers, at.runtime))
    return await as_file(list_margins(filed(asked, form), *at.asked))


async def _shown(query: TradeQuery, at: Visit, staff: Staff) -> dict[str, Any]:
    asked = query.model_copy(update=await scope_of(query, query.customers, at.runtime))
    table = await _table(asked, at, staff)
    trend = {"by": "month", "sort": None, "cursor": None, "limit": MOST_MONTHS}
    answer = await list_margins(shown(asked).model_copy(update=trend), *at.asked)
    assert isinstance(answer, Page)
    months = every_month(answer.items)
    formats = formats_of(at.request)
    currency = asked.currency or at.runtime.settings.currency
    return {
        "table": table,
        "tiles": _tiles(months, currency, f"{DOCUMENTS}{_kept(at.request)}", formats),
        "charts": charts_of(months, currency) if months else (),
    }


def _tiles(
    found: Sequence[tuple[str, Margin | None]], currency: str, href: str, formats: Formats
) -> list[Tile]:
    months = [month for _, month in found if month is not None]
    if not months:
        return []

    def total(name: str) -> Decimal:
        return sum((Decimal(getattr(month, name) or 0) for month in months), Decimal(0))

    amount, costed, profit = (
        total("amount") - total("returned_amount"),
        total("costed_amount"),
        total("profit"),
    )
    known = console.text(formats.language, "margins.known", amount=formats.short_money(costed, currency))
    return [
        Tile("margins.sales", formats.short_money(amount, currency), href, f"{found[0][0]} – {found[-1][0]}"),
        Tile("margins.profit", formats.short_money(profit, currency), href, known),
        Tile("margins.margin", formats.percent(profit / costed, 1) if costed > 0 else "–", href),
    ]


def _kept(request: Request, **more: str) -> str:
    asked = {name: value for name in KEPT if (value := request.query_params.get(name))} | more
    return f"?{urlencode(asked)}" if asked else ""


async def _table(asked: TradeQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_margins(shown(asked), *at.asked)
    return table_of(
        *(at.request, PAGE, asked, answer, lambda margin: _row(margin, asked.by, at.request, staff)),
        id="margins",
        label="margins.title",
        columns=COLUMNS,
        default_sort="key" if asked.by == "month" else "-profit",
        empty="margins.empty",
    )


def _row(margin: Margin, by: By, request: Request, staff: Staff) -> Row:
    formats, currency = formats_of(request), margin.currency
    behind = {
        "customer": {"customers": margin.key},
        "month": {"from": margin.key, "to": margin.key},
    }.get(by, {by: margin.key})
    href = f"{DOCUMENTS}{_kept(request, **behind)}" if margin.key else ""
    sold, returned = (f"{href}&kind={kind}" if href else "" for kind in ("order", "return"))
    back = ""
    if Decimal(margin.returned_amount):
        taken = formats.short_money(margin.returned_amount, currency)
        back = console.text(staff.language, "margins.returned", amount=taken)
    return Row(
        href=href,
        cells=(
            _named(margin, by, staff),
            Number(margin.orders, href=sold),
            Money(margin.amount, currency, back, sold, returned),
            Money(margin.cost, currency, href=href),
            Money(margin.profit, currency, href=href),
            Percent(None if margin.margin_percent is None else margin.margin_percent / 100, 1, href),
        ),
    )


def _named(margin: Margin, by: By, staff: Staff) -> Cell:
    if by == "customer":
        return Customer(margin.key, margin.name)
    if by == "month":
        return Plain(margin.key)
    if by == "product":
        return Plain(margin.name or margin.key, margin.key if margin.name else "")
    name = staff.name(margin.key)
    return Link(name, person_href(margin.key)) if margin.key else Plain(name)
