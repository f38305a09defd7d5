"""The margin tier of each product for a sale on a day, and why."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.margin_tiers import (
    ProductTier,
    TierQuery,
    explain_tier,
    list_policies,
    list_tiers,
)
from services.insights.api.today import today_of
from services.insights.pages.common import Trade, console, shown, table_of
from services.insights.pages.margins import ROWS, TIERS, tabs
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import COMPANY, view_of
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.sentences import said
from services.kit.web.tables import Column, Money, Part, Percent, Plain, Row, Table
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[COMPANY])

COLUMNS = (
    Column("margins.product", sort="product"),
    Column("margins.tier", sort="tier"),
    Column("margins.commission", align="end"),
    Column("margins.margin", sort="margin", align="end"),
    Column("margins.costed", sort="amount", align="end"),
    Column("margins.cost", align="end"),
    Column("margins.why"),
)


class ProductsQuery(TierQuery):
    """The list's filters."""

    limit: int = ROWS


Filters = Annotated[ProductsQuery, Depends(filters(ProductsQuery))]


@router.get("/margins/tiers")
async def tiers_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """Products by tier."""
    return console.page(
        request,
        principal,
        "margins/tiers.html",
        nav="margins",
        tabs=tabs("tiers", language_of(request), view_of(runtime, principal)),
        tiers=await _names(query, request, runtime),
        table=await _table(query, request, response, runtime),
    )


@router.get("/margins/tiers/list")
async def tiers_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/margins/tiers/export.{form}")
async def tiers_file(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_tiers(filed(query, form), request, response, runtime))


@router.get("/margins/tiers/why/{product_id:path}")
async def why(
    product_id: Annotated[Id, Path()],
    request: Request,
    runtime: LiveRuntime,
    principal: Trade,
    on: date | None = None,
) -> HTMLResponse:
    """Why a product is in its tier."""
    found = await explain_tier(product_id, runtime, on)
    currency = runtime.settings.currency
    return console.fragment(request, principal, "margins/why.html", why=found, currency=currency)


async def _names(query: ProductsQuery, request: Request, runtime: Runtime) -> list[tuple[str, str]]:
    """Return the tiers of the policy in force on the day asked for."""
    day = query.on or await today_of(runtime)
    versions = await list_policies(runtime)
    found = next(version for version in versions if version.from_day is None or version.from_day <= day)
    tiers: list[dict[str, Any]] = found.policy["tiers"]
    return [(tier["name"], said(request, tier["name"])) for tier in tiers]


async def _table(query: ProductsQuery, request: Request, response: Response, runtime: Runtime) -> Table:
    answer = await list_tiers(shown(query), request, response, runtime)
    return table_of(
        *(request, TIERS, query, answer, lambda product: _row(product, query.on, request)),
        id="products",
        label="margins.tab.tiers",
        columns=COLUMNS,
        default_sort="-margin",
        empty="margins.tiers.empty",
    )


def _row(product: ProductTier, on: date | None, request: Request) -> Row:
    formats = formats_of(request)
    rate = formats.percent(float(product.commission_percent) / 100, 2)
    return Row(
        cells=(
            Plain(product.name or product.product_id, product.product_id if product.name else ""),
            Plain(said(request, product.tier)),
            Plain(rate),
            Percent(float(product.margin_percent) / 100, 1),
            Money(product.costed_amount, product.currency),
            Money(product.cost, product.currency),
            Part("margins/why_button.html", {"product": product.product_id, "on": on}),
        )
    )
