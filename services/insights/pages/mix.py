"""Product mix: who buys much of one product group and too little of the other, on a plane with the target."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.mix import (
    MixedCustomer,
    MixQuery,
    PointsQuery,
    Scatter,
    list_mix,
    show_scatter,
)
from services.insights.api.mix_comparisons import ComparisonOut, comparison_in_force, list_comparisons
from services.insights.pages.common import Staff, console, shown, table_of
from services.insights.pages.visit import At, Visit
from services.kit.http.exports import FileForm
from services.kit.http.pages import PageQuery
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.figures import Chart, Series, Tile
from services.kit.web.formats import Formats
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import Badge, Column, Customer, Link, Money, Plain, Row, Table
from services.kit.web.texts import Language

router = APIRouter(prefix="/console/insights", include_in_schema=False)

PAGE, STOPPED, TOTALS = (f"/console/insights/mix{part}" for part in ("", "/stopped", "/stopped/totals"))
ROWS, POINTS, MOST_COMPARISONS = 50, 300, 100
COLUMNS = (
    Column("mix.customer", sort="customer"),
    Column("mix.one", sort="one", align="end"),
    Column("mix.two", sort="two", align="end"),
    Column("mix.share", sort="share", align="end"),
    Column("mix.missing", sort="missing", align="end"),
    Column("mix.salesperson"),
)


class ShareQuery(MixQuery):
    """The list's filters, and which comparison; left out: the first one in force."""

    limit: int = ROWS
    comparison: Id | None = None


Filters = Annotated[ShareQuery, Depends(filters(ShareQuery))]


def tabs(current: str, language: Language) -> list[tuple[str, str, bool]]:
    """Return the ways to look at what customers buy of what."""
    ways = (("mix", PAGE), ("stopped", STOPPED), ("totals", TOTALS))
    return [(console.text(language, f"mix.tab.{name}"), href, name == current) for name, href in ways]


@router.get("/mix")
async def mix_page(query: Filters, at: At) -> HTMLResponse:
    """Two product groups compared."""
    staff = await at.staff()
    return at.page(
        "mix/page.html",
        nav="mix",
        tabs=tabs("mix", staff.language),
        staff=at.choices(staff),
        **await _shown(query, at, staff),
    )


@router.get("/mix/part")
async def mix_part(query: Filters, at: At) -> HTMLResponse:
    """Figures, plane and list alone."""
    staff = await at.staff()
    values = await _shown(query, at, staff)
    return at.fragment("mix/part.html", **values)


@router.get("/mix/list")
async def mix_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    staff = await at.staff()
    chosen, _ = await _chosen(query, at.request, at.response, at.runtime)
    if chosen is None:
        raise Problem(404, "no product groups are compared")
    table = await _table(chosen, query, at, staff)
    return at.listed(table)


@router.get("/mix/export.{form}")
async def mix_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list with its filters as a file."""
    chosen, _ = await _chosen(query, at.request, at.response, at.runtime)
    if chosen is None:
        raise Problem(404, "no product groups are compared")
    return await as_file(list_mix(chosen.comparison_id, filed(query, form), *at.asked))


async def _chosen(
    query: ShareQuery, request: Request, response: Response, runtime: Runtime
) -> tuple[ComparisonOut | None, list[ComparisonOut]]:
    """Return the comparison asked for, else the first one, and all of them."""
    there = (await list_comparisons(PageQuery(limit=MOST_COMPARISONS), request, response)).items
    if query.comparison is not None:
        return await comparison_in_force(runtime, query.comparison), there
    return (there[0] if there else None), there


async def _shown(query: ShareQuery, at: Visit, staff: Staff) -> dict[str, Any]:
    """Return what the part shows; without a comparison, nothing but that."""
    chosen, there = await _chosen(query, at.request, at.response, at.runtime)
    choice = [(one.comparison_id, one.comparison["name"]) for one in there]
    if chosen is None:
        return {"choice": choice, "scatter": None}
    who = query.model_dump(include=set(PointsQuery.model_fields) - {"points"})
    scatter = await show_scatter(
        chosen.comparison_id, PointsQuery.model_validate({**who, "points": POINTS}), at.runtime, at.view
    )
    return {
        "choice": choice,
        "scatter": scatter,
        "months": chosen.comparison["window_months"],
        "drawn": len(scatter.points),
        "tiles": _tiles(scatter, formats_of(at.request)),
        "chart": chart_of(scatter),
        "table": await _table(chosen, query, at, staff),
    }


def _tiles(scatter: Scatter, formats: Formats) -> list[Tile]:
    def text(key: str, **values: object) -> str:
        return console.text(formats.language, key, **values)

    one, two = Decimal(scatter.one_amount), Decimal(scatter.two_amount)
    share = two / (one + two) if one + two > 0 else None
    target = text("mix.target.of", percent=formats.percent(scatter.target_percent / 100))
    here = f"{PAGE}?comparison={scatter.comparison_id}"
    return [
        Tile(
            "mix.share.all",
            "–" if share is None else formats.percent(share, 1),
            here,
            target,
            tone="neutral" if share is None or share * 100 >= scatter.target_percent else "warn",
        ),
        Tile(
            "mix.below.count",
            formats.number(scatter.below),
            f"{here}&below=true",
            text("mix.of", n=formats.number(scatter.customers)),
        ),
        Tile(
            "mix.missing.all",
            formats.short_money(scatter.missing_amount, scatter.currency),
            f"{here}&below=true",
            scatter.y_name,
        ),
    ]


def chart_of(scatter: Scatter) -> Chart:
    """Return the plane: a point per customer, below the target or not, and the target as a line."""
    shown_as: list[tuple[float, float, bool | None, str, str]] = [
        (float(p.x), float(p.y), p.below, f"{p.name} {p.customer_id}".strip(), customer_href(p.customer_id))
        for p in scatter.points
    ]
    shown_as += [(float(end.x), 0.0, None, "", "") for end in scatter.target_line]
    shown_as.sort(key=lambda point: point[0])
    slope = scatter.target_percent / (100 - scatter.target_percent)

    def of(below: bool) -> Sequence[float | None]:
        return [point[1] if point[2] is below else None for point in shown_as]

    return Chart(
        id="plane",
        label="mix.chart",
        x=[point[0] for point in shown_as],
        series=(
            Series(
                "mix.target", [round(max(0.0, point[0]) * slope, 2) for point in shown_as], "line", "three"
            ),
            Series("mix.reached", of(below=False), "points", "one"),
            Series("mix.below", of(below=True), "points", "bad"),
        ),
        unit=scatter.currency,
        x_text="mix.one",
        height=360,
        x_unit=scatter.currency,
        labels=[point[3] for point in shown_as],
        hrefs=[point[4] for point in shown_as],
        table=False,
    )


async def _table(chosen: ComparisonOut, query: ShareQuery, at: Visit, staff: Staff) -> Table:
    answer = await list_mix(chosen.comparison_id, shown(query), *at.asked)
    names = (chosen.comparison["one"]["name"], chosen.comparison["two"]["name"])
    return table_of(
        *(at.request, PAGE, query, answer, lambda mixed: _row(mixed, names, at.request, staff)),
        id="mix",
        label="mix.title",
        columns=COLUMNS,
        default_sort="-missing",
        empty="mix.empty",
    )


def _row(mixed: MixedCustomer, names: tuple[str, str], request: Request, staff: Staff) -> Row:
    formats, currency, missing = formats_of(request), mixed.currency, Decimal(mixed.missing_amount)
    share = "–" if mixed.share_percent is None else formats.percent(mixed.share_percent / 100, 1)
    away = ""
    if mixed.distance_percent is not None:
        key = "mix.short" if missing else "mix.above"
        away = console.text(staff.language, key, points=formats.number(abs(mixed.distance_percent), 2))
    products = f"/console/insights/margins?{urlencode({'by': 'product', 'customers': mixed.customer_id})}"
    below = console.text(staff.language, "mix.below")
    reached = Badge(console.text(staff.language, "mix.reached"), "good")
    return Row(
        href=customer_href(mixed.customer_id),
        cells=(
            Customer(mixed.customer_id, mixed.name),
            Link(formats.money(mixed.one_amount, currency), products, names[0]),
            Link(formats.money(mixed.two_amount, currency), products, names[1]),
            Plain(share, away),
            Money(mixed.missing_amount, currency, below) if missing else reached,
            Plain(staff.name(mixed.salesperson_id)),
        ),
    )
