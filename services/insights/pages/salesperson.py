"""One salesperson along the months: active rate and its target, sales, profit and commission."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.salespeople import SalespersonMonth, TrendQuery, list_months
from services.insights.api.today import today_of
from services.insights.pages.common import Staff, console, shown
from services.insights.pages.salespeople import (
    COMMISSION,
    FIGURES,
    LIVE,
    counted_of,
    customers_of,
    figures_of,
    person_href,
)
from services.insights.pages.visit import At, Visit
from services.kit.http.exports import FileForm
from services.kit.http.pages import Page
from services.kit.http.problems import Problem
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.figures import Chart, Series, Tile
from services.kit.web.formats import Formats
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Plain, Row, Table

router = APIRouter(prefix="/console/insights", include_in_schema=False)

PersonId = Annotated[Id, Path()]
MONTHS = 120
COLUMNS = (Column("league.month"), *(Column(c.text, align=c.align) for c in FIGURES))


class AlongQuery(TrendQuery):
    """Which months; all of them are on one page."""

    limit: int = MONTHS


Filters = Annotated[AlongQuery, Depends(filters(AlongQuery))]


@router.get("/salespeople/item/{salesperson_id:path}/list")
async def months_part(salesperson_id: PersonId, query: Filters, at: At) -> HTMLResponse:
    """Figures, charts and months alone."""
    months = await _months(salesperson_id, query, at)
    return at.fragment(
        "salespeople/part.html", **_shown(months, salesperson_id, at.request, await today_of(at.runtime))
    )


@router.get("/salespeople/item/{salesperson_id:path}/export.{form}")
async def months_export(form: FileForm, salesperson_id: PersonId, query: Filters, at: At) -> Response:
    """The months as a file."""
    return await as_file(list_months(salesperson_id, filed(query, form), *at.asked))


@router.get("/salespeople/item/{salesperson_id:path}")
async def person_page(salesperson_id: PersonId, query: Filters, at: At) -> HTMLResponse:
    """One salesperson."""
    months = await _months(salesperson_id, query, at)
    staff: Staff = await at.staff()
    if not months and salesperson_id not in staff.names:
        raise Problem(404, f"nothing is known of salesperson {salesperson_id!r}")
    return at.page(
        "salespeople/item.html",
        nav="salespeople",
        live=LIVE,
        name=staff.names.get(salesperson_id) or salesperson_id,
        part=f"{person_href(salesperson_id)}/list",
        **_shown(months, salesperson_id, at.request, await today_of(at.runtime)),
    )


async def _months(salesperson_id: str, query: AlongQuery, at: Visit) -> list[SalespersonMonth]:
    answer = await list_months(salesperson_id, shown(query), *at.asked)
    assert isinstance(answer, Page)
    found: list[SalespersonMonth] = answer.items
    return found


def _shown(
    months: Sequence[SalespersonMonth], salesperson_id: str, request: Request, today: date
) -> dict[str, Any]:
    """Return what the part shows, whose months are the latest first."""
    formats, page = formats_of(request), person_href(salesperson_id)
    table = Table(
        id="months",
        label="salesperson.months",
        page=page,
        path=f"{page}/list",
        columns=COLUMNS,
        rows=[Row(cells=(Plain(month.month), *figures_of(month, formats, today))) for month in months],
        empty="salesperson.empty",
        exports=export_links(request, f"{page}/export"),
    )
    tiles = _tiles(months[0], salesperson_id, formats, today) if months else ()
    return {"table": table, "tiles": tiles, "charts": charts_of(months[::-1])}


def _tiles(month: SalespersonMonth, salesperson_id: str, formats: Formats, today: date) -> list[Tile]:
    def text(key: str, **values: object) -> str:
        return console.text(formats.language, key, **values)

    rate, target = month.active_percent, month.target_percent
    below = rate is not None and target is not None and rate < target
    asked = urlencode({"salesperson": salesperson_id, "from": month.month, "to": month.month})
    sold = f"/console/insights/margins?{asked}"
    earned = f"{COMMISSION}/entries?{asked}"
    tiles = [
        Tile(
            "league.active",
            "–" if rate is None else formats.percent(rate / 100, 1),
            customers_of(month, today),
            counted_of(month, formats),
            "warn" if below else "neutral",
        ),
        Tile("league.sales", formats.short_money(month.sales, month.currency), sold, month.month),
        Tile("league.commission", formats.money(month.commission, month.currency), earned, month.month),
    ]
    if month.gap is not None and month.expected is not None:
        expected = text("league.expected", amount=formats.short_money(month.expected, month.currency))
        href = f"/console/insights/forecasts?{urlencode({'salesperson': salesperson_id})}"
        tiles.insert(2, Tile("league.gap", formats.short_money(month.gap, month.currency), href, expected))
    return tiles


def charts_of(months: Sequence[SalespersonMonth]) -> list[Chart]:
    """Return the active rate against its target, sales and profit, and commission; the first month first."""
    if not months:
        return []

    def share(percent: float | None) -> float | None:
        return None if percent is None else percent / 100

    names, currency = [month.month for month in months], months[-1].currency
    targets = [share(month.target_percent) for month in months]
    rate = [Series("league.active", [share(month.active_percent) for month in months], "bars", "one")]
    rate += [Series("salesperson.target", targets, "line", "three")] if any(targets) else []
    profit = [None if month.profit is None else float(month.profit) for month in months]
    money = (
        Series("league.sales", [float(month.sales) for month in months], "bars", "one"),
        Series("salesperson.profit", profit, "line", "three"),
    )
    earned = (Series("league.commission", [float(month.commission) for month in months], "bars", "one"),)
    return [
        Chart("active", "salesperson.active.chart", names, rate, "percent", "league.month", 200),
        Chart("sales", "salesperson.sales.chart", names, money, currency, "league.month", 200),
        Chart("earned", "salesperson.commission.chart", names, earned, currency, "league.month", 200),
    ]
