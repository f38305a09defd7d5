"""Segments over months: who went from which class to which, and the customers behind each number."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from services.insights.api.months import Month
from services.insights.api.segment_history import MigrationQuery, show_migration
from services.insights.api.segment_movers import NONE, Mover, MoverQuery, list_movers
from services.insights.api.segments import WhoQuery
from services.insights.pages.common import Trade, console, shown, table_of
from services.insights.pages.segment_changes import step
from services.insights.pages.segment_parts import (
    LIVE,
    MIGRATION,
    ROWS,
    group_name,
    groups_of,
    in_order,
    named,
    same_customers,
    tabs,
    why_href,
)
from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.windows import month_after
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import COMPANY, view_of
from services.kit.runtime import Runtime
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Badges, Column, Customer, Money, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[COMPANY])

MOVERS = f"{MIGRATION}/customers"
KINDS = ("rfm_group", "tier", "grade")
COLUMNS = (
    Column("abc.customer", sort="customer"),
    Column("migration.was"),
    Column("migration.is"),
    Column("changes.moved", wide=True),
    Column("dimension.amount", sort="amount", align="end"),
)


class MatrixQuery(MigrationQuery):
    """The months may be left out: the last one that is over, and the one before."""

    from_month: Month | None = Field(None, alias="from")  # type: ignore[assignment]
    to_month: Month | None = Field(None, alias="to")  # type: ignore[assignment]


class MoversQuery(MoverQuery):
    """The list's filters, with the same months and fewer rows than a program reads."""

    limit: int = ROWS
    from_month: Month | None = Field(None, alias="from")  # type: ignore[assignment]
    to_month: Month | None = Field(None, alias="to")  # type: ignore[assignment]


MonthsT = TypeVar("MonthsT", MatrixQuery, MoversQuery)
Filters = Annotated[MatrixQuery, Depends(filters(MatrixQuery))]
MoverFilters = Annotated[MoversQuery, Depends(filters(MoversQuery))]


@router.get("/segments/migration")
async def migration_page(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The matrix."""
    language = language_of(request)
    return console.page(
        request,
        principal,
        "segments/migration.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("migration", language, view_of(runtime, principal)),
        kinds=kinds(language),
        **await _matrix(query, request, runtime),
    )


@router.get("/segments/migration/part")
async def migration_part(
    query: Filters, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The matrix alone."""
    values = await _matrix(query, request, runtime)
    return console.fragment(request, principal, "segments/migration_part.html", **values)


@router.get("/segments/migration/export.{form}")
async def migration_export(
    form: FileForm, query: Filters, runtime: LiveRuntime, principal: Trade
) -> Response:
    """The matrix as a file."""
    return await as_file(show_migration(filed(await _between(query, runtime), form), runtime))


@router.get("/segments/migration/customers")
async def movers_page(
    query: MoverFilters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """Who is behind a number of it, and in which dimensions they moved."""
    language = language_of(request)
    return console.page(
        request,
        principal,
        "segments/movers.html",
        nav="segments",
        live=LIVE,
        crumbs=[(console.text(language, "segments.title"), MIGRATION)],
        kind=query.dimension,
        kind_name=dict(kinds(language)).get(query.dimension) or console.text(language, "abc.overall"),
        groups=[
            *await groups_of(query.dimension, runtime, language),
            (NONE, console.text(language, "groups.none")),
        ],
        table=await _movers(query, request, response, runtime),
    )


@router.get("/segments/migration/customers/list")
async def movers_list(
    query: MoverFilters, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The list alone."""
    table = await _movers(query, request, response, runtime)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/segments/migration/customers/export.{form}")
async def movers_export(
    form: FileForm,
    query: MoverFilters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Trade,
) -> Response:
    """The list as a file."""
    return await as_file(list_movers(filed(await _between(query, runtime), form), request, response, runtime))


def kinds(language: Language) -> list[tuple[str, str]]:
    """Return of what there is a migration, for a select; the overall class is the one that is not named."""
    return [*named("group", KINDS, language), *named("dimension", DIMENSIONS, language)]


async def _between(query: MonthsT, runtime: Runtime) -> MonthsT:
    day = (await WhoQuery().filter(runtime)).day
    first, last = (f"{month_after(day, back):%Y-%m}" for back in (-2, -1))
    months = {"from_month": query.from_month or first, "to_month": query.to_month or last}
    return query.model_copy(update=months)


async def _matrix(query: MatrixQuery, request: Request, runtime: Runtime) -> dict[str, Any]:
    """Return the rows of the matrix: a class before, and per class after how many customers and who they are."""
    asked, language = await _between(query, runtime), language_of(request)
    found = await show_migration(shown(asked), runtime)
    assert isinstance(found, list)
    kind = query.dimension
    order = in_order(kind, {value for move in found for value in (move.previous, move.current)})
    counts = {(move.previous, move.current): move.customers for move in found}

    def cell(was: str | None, now: str | None) -> dict[str, Any]:
        more = {"from": asked.from_month, "to": asked.to_month, "dimension": kind}
        more |= {"previous": was or NONE, "current": now or NONE}
        tone = "neutral" if was == now else "good" if order.index(now) < order.index(was) else "bad"
        href = f"{MOVERS}{same_customers(asked, **more)}"
        return {"count": counts.get((was, now), 0), "href": href, "tone": tone}

    return {
        "matrix": [(group_name(kind, was, language), [cell(was, now) for now in order]) for was in order],
        "names": [group_name(kind, now, language) for now in order],
        "first": asked.from_month,
        "last": asked.to_month,
        "exports": export_links(request, f"{MIGRATION}/export"),
    }


async def _movers(query: MoversQuery, request: Request, response: Response, runtime: Runtime) -> Table:
    answer = await list_movers(shown(await _between(query, runtime)), request, response, runtime)
    currency, language = query.currency or runtime.settings.currency, language_of(request)
    return table_of(
        *(request, MOVERS, query, answer, lambda mover: _mover(mover, query.dimension, currency, language)),
        id="movers",
        label="migration.customers",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-amount",
        empty="abc.empty",
    )


def _mover(found: Mover, kind: str, currency: str, language: Language) -> Row:
    moves = [
        step(
            move.previous,
            move.current,
            console.text(
                language, "abc.overall" if move.dimension == "overall" else f"dimension.{move.dimension}"
            ),
        )
        for move in found.moved
    ]
    return Row(
        href=why_href(found.customer_id, currency),
        cells=(
            Customer(found.customer_id, found.name),
            Plain(group_name(kind, found.previous, language)),
            Plain(group_name(kind, found.current, language)),
            Badges(moves) if moves else Plain(console.text(language, "migration.unmoved")),
            Money(found.amount, currency),
        ),
    )
