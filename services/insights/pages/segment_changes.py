"""Who changed class, in which dimensions, and past which boundary."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.segment_answers import ClassChange
from services.insights.api.segments import ChangeQuery, list_changes
from services.insights.pages.common import console, shown, table_of
from services.insights.pages.segment_parts import (
    CHANGES,
    LIVE,
    ROWS,
    named,
    tabs,
    value_shown,
    why_href,
)
from services.insights.pages.visit import At, Visit
from services.insights.rules.abc import DIMENSIONS
from services.insights.store.segment_reads import NO_CLASS
from services.kit.http.exports import FileForm
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Customer, Day, Part, Row, Table
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False)

COLUMNS = (
    Column("abc.customer", wide=True),
    Column("changes.day", sort="id"),
    Column("abc.overall"),
    Column("changes.moved"),
)


class MovedQuery(ChangeQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[MovedQuery, Depends(filters(MovedQuery))]


@router.get("/segments/changes")
async def changes_page(query: Filters, at: At) -> HTMLResponse:
    """Who changed class, the latest first."""
    language = at.language
    return at.page(
        "segments/changes.html",
        nav="segments",
        live=LIVE,
        tabs=tabs("changes", language, at.view),
        dimensions=named("dimension", DIMENSIONS, language),
        table=await _changes(query, at),
    )


@router.get("/segments/changes/list")
async def changes_list(query: Filters, at: At) -> HTMLResponse:
    """The list alone."""
    table = await _changes(query, at)
    return at.listed(table)


@router.get("/segments/changes/export.{form}")
async def changes_export(form: FileForm, query: Filters, at: At) -> Response:
    """The list as a file."""
    return await as_file(list_changes(filed(query, form), *at.asked))


async def _changes(query: MovedQuery, at: Visit) -> Table:
    answer = await list_changes(shown(query), *at.asked)
    return table_of(
        *(at.request, CHANGES, query, answer, lambda change: _row(change, at.request)),
        id="changes",
        label="segments.tab.changes",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-id",
        empty="changes.empty",
    )


def step(previous: str | None, current: str | None, name: str = "") -> Badge:
    """Return a step between classes: green upwards, red downwards."""
    text = f"{name} {previous or '–'} → {current or '–'}".strip()
    if previous == current:
        return Badge(text)
    return Badge(text, "bad" if (current or NO_CLASS) > (previous or NO_CLASS) else "good")


def _row(change: ClassChange, request: Request) -> Row:
    language, formats = language_of(request), formats_of(request)
    moves = []
    for moved in change.moved:
        dimension, value, boundary = moved["dimension"], moved.get("value"), moved.get("boundary")
        about = ""
        if value is not None and boundary is not None:
            about = console.text(
                language,
                "changes.passed",
                value=value_shown(dimension, value, change.currency, formats),
                boundary=value_shown(dimension, boundary, change.currency, formats),
            )
        name = console.text(language, f"dimension.{dimension}")
        moves.append((step(moved.get("previous"), moved.get("current"), name), about))
    return Row(
        href=why_href(change.customer_id, change.currency),
        cells=(
            Customer(change.customer_id),
            Day(change.day),
            step(change.previous, change.current),
            Part("segments/moves.html", moves),
        ),
    )
