"""ABC: the Pareto curve of a dimension and the customers that make it."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from services.insights.api.segment_answers import RankedCustomer
from services.insights.api.segments import RankingQuery, rank_customers
from services.insights.pages.common import Staff, shown, table_of
from services.insights.pages.segment_parts import (
    LIVE,
    PAGE,
    ROWS,
    class_cell,
    named,
    tabs,
    value_cell,
    why_href,
)
from services.insights.pages.visit import At, Visit
from services.insights.rules.abc import DIMENSIONS
from services.insights.store.pareto import pareto
from services.insights.store.policies import policy_in_force
from services.kit.http.exports import FileForm
from services.kit.verify import snapshot
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.figures import Chart, Series
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Customer, Number, Percent, Plain, Row, Table

router = APIRouter(prefix="/console/insights", include_in_schema=False)

COLUMNS = (
    Column("abc.customer", wide=True),
    Column("abc.rank", sort="rank", align="end"),
    Column("abc.value", align="end"),
    Column("abc.share", align="end"),
    Column("abc.before", align="end"),
    Column("abc.class"),
    Column("abc.salesperson"),
)


class ParetoQuery(RankingQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[ParetoQuery, Depends(filters(ParetoQuery))]


@router.get("/segments")
async def abc_page(query: Filters, at: At) -> HTMLResponse:
    """The Pareto curve and the ranking."""
    staff = await at.staff()
    return at.page(
        "segments/abc.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("abc", staff.language, at.view),
        dimensions=named("dimension", DIMENSIONS, staff.language),
        staff=at.choices(staff),
        chart=await _curve(query, at),
        table=await _ranked(query, at, staff),
    )


@router.get("/segments/part")
async def abc_part(query: Filters, at: At) -> HTMLResponse:
    """Curve and ranking."""
    staff = await at.staff()
    return at.fragment(
        "segments/part.html",
        chart=await _curve(query, at),
        table=await _ranked(query, at, staff),
    )


@router.get("/segments/list")
async def abc_list(query: Filters, at: At) -> HTMLResponse:
    """The ranking alone."""
    staff = await at.staff()
    table = await _ranked(query, at, staff)
    return at.listed(table)


@router.get("/segments/export.{form}")
async def abc_export(form: FileForm, query: Filters, at: At) -> Response:
    """The ranking as a file."""
    return await as_file(rank_customers(filed(query, form), *at.asked))


async def _ranked(query: ParetoQuery, at: Visit, staff: Staff) -> Table:
    answer = await rank_customers(shown(query), *at.asked)
    currency = query.currency or at.runtime.settings.currency
    return table_of(
        *(at.request, PAGE, query, answer, lambda customer: _row(customer, query.dimension, currency, staff)),
        id="ranking",
        label="segments.tab.abc",
        live=LIVE,
        columns=COLUMNS,
        default_sort="rank",
        empty="abc.empty",
    )


def _row(found: RankedCustomer, dimension: str, currency: str, staff: Staff) -> Row:
    return Row(
        href=why_href(found.customer_id, currency, dimension),
        cells=(
            Customer(found.customer_id, found.name),
            Number(found.rank),
            value_cell(dimension, found.value, currency),
            Percent(Decimal(found.share_percent) / 100, 1),
            Percent(Decimal(found.above_percent) / 100, 1),
            class_cell(found.customer_id, found.abc_class, currency, dimension),
            Plain(staff.name(found.salesperson_id)),
        ),
    )


async def _curve(query: ParetoQuery, at: Visit) -> Chart:
    """Draw the customers asked for, whomever of them a search shows."""
    wanted = await query.filter(at.runtime, at.view)
    async with snapshot(at.runtime.database) as connection:
        rule = (await policy_in_force(connection)).policy.abc
    async with at.runtime.database.engine.connect() as reader:
        points: list[Any] = list((await reader.execute(pareto(wanted, query.dimension))).all())
    formats = formats_of(at.request)
    share = [point.makes / point.total if point.total else 0.0 for point in points]
    begin = [0.0] if points else []
    return Chart(
        id="pareto",
        label="abc.curve",
        x=[formats.percent(at) for at in [*begin, *(point.customers / point.ranked for point in points)]],
        series=[
            Series("abc.curve.makes", [*begin, *share], "area"),
            Series("abc.curve.a", [rule.a_percent / 100] * len([*begin, *points]), colour="three"),
            Series("abc.curve.b", [rule.b_percent / 100] * len([*begin, *points]), colour="four"),
        ],
        unit="percent",
        x_text="abc.curve.customers",
    )
