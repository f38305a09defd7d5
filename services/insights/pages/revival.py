"""Who brings customers back: rates per salesperson and month, and what follow-ups bring."""

from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.revival import (
    Effect,
    EffectQuery,
    RateQuery,
    RevivalRate,
    list_revivals,
    read_effect,
)
from services.insights.pages.common import Trade, console, shown
from services.insights.pages.dormant import LIVE, RATES, ROWS, tabs
from services.insights.pages.visit import At, Visit
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.pages import PageQuery, page_of
from services.kit.http.scope import COMPANY, view_of
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Number, Percent, Plain, Row, Table
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False)

COLUMNS = (
    Column("rates.month", sort="month"),
    Column("rates.salesperson", wide=True),
    Column("rates.dormant", sort="dormant", align="end"),
    Column("rates.followed_up", sort="followed_up", align="end"),
    Column("rates.revived", sort="revived", align="end"),
    Column("rates.after_follow_up", sort="revived_after_follow_up", align="end"),
    Column("rates.rate", sort="rate", align="end"),
    Column("rates.interval", align="end"),
)
SORTS = {column.sort: attrgetter(column.sort) for column in COLUMNS if column.sort}


class RatesQuery(RateQuery, PageQuery):
    """Which months, and which page of them: there is a row per month and salesperson."""

    limit: int = ROWS


Filters = Annotated[RatesQuery, Depends(filters(RatesQuery))]
EffectFilters = Annotated[EffectQuery, Depends(filters(EffectQuery))]


@router.get("/dormant/rates")
async def rates_page(query: Filters, at: At) -> HTMLResponse:
    """Rates of return per salesperson and month."""
    return at.page(
        "dormant/rates.html",
        nav="dormant",
        live=LIVE,
        tabs=tabs("rates", at.language, at.view),
        table=await _rates(query, at),
    )


@router.get("/dormant/rates/list")
async def rates_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    table = await _rates(query, at)
    return at.listed(table)


@router.get("/dormant/rates/export.{form}")
async def rates_export(form: FileForm, query: Filters, at: At) -> Response:
    """The rates as a file."""
    return await as_file(list_revivals(filed(query, form), at.runtime, at.view))


@router.get("/dormant/effect", dependencies=[COMPANY])
async def effect_page(
    query: EffectFilters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """What follow-ups bring."""
    return console.page(
        request,
        principal,
        "dormant/effect.html",
        nav="dormant",
        live=LIVE,
        tabs=tabs("effect", language_of(request), view_of(runtime, principal)),
        effect=await _effect(query, runtime),
    )


@router.get("/dormant/effect/part", dependencies=[COMPANY])
async def effect_part(
    query: EffectFilters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The comparison alone."""
    effect = await _effect(query, runtime)
    return console.fragment(request, principal, "dormant/effect_part.html", effect=effect)


async def _effect(query: EffectQuery, runtime: Runtime) -> Effect:
    answer = await read_effect(shown(query), runtime)
    assert isinstance(answer, Effect)
    return answer


async def _rates(query: RatesQuery, at: Visit) -> Table:
    rates = await list_revivals(shown(query), at.runtime, at.view)
    assert isinstance(rates, list)
    page = page_of(rates, query, SORTS)
    return Table(
        id="rates",
        label="dormant.tab.rates",
        page=RATES,
        path=f"{RATES}/list",
        live=LIVE,
        columns=COLUMNS,
        rows=[_row(rate, at.request) for rate in page.items],
        query=query,
        next=page.next,
        empty="rates.empty",
        exports=export_links(at.request, f"{RATES}/export"),
    )


def _row(rate: RevivalRate, request: Request) -> Row:
    formats = formats_of(request)
    nobody = console.text(formats.language, "staff.nobody")
    return Row(
        cells=(
            Plain(rate.month),
            Plain(rate.name or rate.salesperson_id or nobody),
            Number(rate.dormant),
            Number(rate.followed_up),
            Number(rate.revived),
            Number(rate.revived_after_follow_up),
            Percent(rate.rate, 1),
            Plain(f"{formats.percent(rate.rate_low)} – {formats.percent(rate.rate_high)}"),
        )
    )
