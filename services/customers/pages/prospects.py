"""Prospects: the list by grade and due visit, and the page of one."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.customers.api.changes import ChangeQuery, list_prospect_changes
from services.customers.api.common import Anybody
from services.customers.api.follow_ups import FollowUpQuery, list_follow_ups
from services.customers.api.prospect_answers import ProspectSummary
from services.customers.api.prospects import ProspectQuery, list_prospects, read_prospect
from services.customers.api.scopes import OF_PROSPECT, seen_prospects
from services.customers.pages.common import console, may_keep, prospect_href
from services.customers.pages.follow_ups import day_tone
from services.customers.pages.history import steps_of
from services.customers.pages.names import prospect_choices, salespeople, salesperson_choices
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import Own, View, view_of
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Day, Link, Money, Plain, Row, Table, Tone
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False)

PAGE, LIST = "/console/customers/prospects", "/console/customers/prospects/list"
EXPORT = "/console/customers/prospects"
ROWS, SHOWN = 50, 10
Show = Literal["open", "due", "converted", "lost"]
SHOWN_AS: tuple[Show, ...] = ("open", "due", "converted", "lost")
TONES: Mapping[str, Tone] = {"open": "info", "converted": "good", "lost": "neutral"}
COLUMNS = (
    Column("prospects.name", sort="name", wide=True),
    Column("prospects.where"),
    Column("prospects.grade", sort="score"),
    Column("prospects.need", align="end"),
    Column("customers.salesperson"),
    Column("prospects.visit_due", sort="visit_due"),
    Column("prospects.status"),
)
ProspectId = Annotated[Id, Path()]


class ShownQuery(ProspectQuery):
    """The list's filters; open ones are shown first, the best grade at the top."""

    limit: int = ROWS
    show: Show = "open"

    def asked(self, **changes: Any) -> ProspectQuery:
        """Return the question to the list."""
        parts: dict[Show, dict[str, Any]] = {
            "open": {"status": "open"},
            "due": {"visit_due": True},
            "converted": {"status": "converted"},
            "lost": {"status": "lost"},
        }
        kept = self.model_dump(exclude={"show"}) | {"sort": self.sort or self.usual}
        return ProspectQuery(**kept | parts[self.show] | changes)

    @property
    def usual(self) -> str:
        """The order without one being asked for."""
        return "visit_due" if self.show == "due" else "-score"


Filters = Annotated[ShownQuery, Depends(filters(ShownQuery))]


@router.get("/prospects")
async def prospects_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """The list."""
    table = await _table(query, request, response, runtime, principal, view)
    choices = await prospect_choices(runtime, seen_prospects(view))
    people = await salesperson_choices(runtime, view, active=False) if view.everything else ()
    return console.page(
        request,
        principal,
        "prospects/page.html",
        nav="prospects",
        table=table,
        choices=choices,
        people=people,
        show=query.show,
        shown=SHOWN_AS,
        may_keep=may_keep(principal),
    )


@router.get("/prospects/list")
async def prospects_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, principal, view)
    return console.fragment(request, principal, "customers/list.html", table=table)


@router.get("/prospects.{form}")
async def prospects_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
) -> Response:
    """The list with its filters as a file."""
    asked = filed(query.asked(), form)
    return await as_file(list_prospects(asked, request, response, runtime, principal, view))


async def _table(
    query: ShownQuery,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
    view: View,
) -> Table:
    page = await list_prospects(query.asked(), request, response, runtime, principal, view)
    language, day = language_of(request), await business_day_of(runtime)
    people = await salespeople(runtime, [prospect.salesperson_id for prospect in page.items])
    return Table(
        id="prospects",
        label="prospects.title",
        page=PAGE,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(prospect, people, language, day) for prospect in page.items],
        query=query,
        next=page.next,
        default_sort=query.usual,
        empty="prospects.empty",
        exports=export_links(request, EXPORT),
    )


def _row(prospect: ProspectSummary, people: dict[str, str], language: Language, day: date) -> Row:
    href, owner = prospect_href(prospect.prospect_id), prospect.salesperson_id
    nobody = console.text(language, "customers.nobody")
    return Row(
        href=href,
        cells=(
            Link(prospect.name, href, prospect.prospect_id),
            Plain(prospect.kind, prospect.region),
            grade_badge(prospect, language),
            Money(prospect.potential_need, prospect.currency),
            Plain(people.get(owner, owner) if owner else nobody, owner or ""),
            Day(
                prospect.visit_due,
                day_tone(prospect.visit_due, day) if prospect.status == "open" else "neutral",
            ),
            Badge(console.text(language, f"prospects.status.{prospect.status}"), TONES[prospect.status]),
        ),
    )


def grade_badge(prospect: ProspectSummary, language: Language) -> Badge:
    """Return the grade with its score; too little known is said as that."""
    if prospect.grade is None:
        return Badge(console.text(language, "prospects.ungraded"), "neutral")
    tone: Tone = "good" if prospect.priority in (0, 1) else "neutral"
    score = console.text(language, "prospects.score", score=prospect.score)
    return Badge(prospect.grade, tone, score)


@router.get("/prospects/item/{prospect_id:path}", dependencies=[OF_PROSPECT])
async def prospect_page(
    prospect_id: ProspectId, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody
) -> HTMLResponse:
    """The page of one prospect."""
    state = await read_state(prospect_id, request, response, runtime, principal)
    return console.page(
        request, principal, "prospects/item.html", nav="prospects", back=PAGE, again=False, **state
    )


@router.get("/prospects/state/{prospect_id:path}", dependencies=[OF_PROSPECT])
async def prospect_state(
    prospect_id: ProspectId, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody
) -> HTMLResponse:
    """The part of it that changes."""
    state = await read_state(prospect_id, request, response, runtime, principal)
    return console.fragment(request, principal, "prospects/state.html", again=True, **state)


async def read_state(
    prospect_id: str, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> dict[str, Any]:
    """Return everything the page shows of a prospect.

    Raises:
        Problem: 404 when nobody has entered it.
    """
    prospect = await read_prospect(prospect_id, response, runtime, principal)
    language, view = language_of(request), view_of(runtime, principal)
    about = FollowUpQuery(prospect=prospect_id, limit=SHOWN)
    work = await list_follow_ups(about, request, response, runtime, principal, view)
    query = ChangeQuery(limit=SHOWN)
    changes = await list_prospect_changes(prospect_id, query, request, response, principal)
    ids = [prospect.salesperson_id, *(item.salesperson_id for item in work.items)]
    return {
        "prospect": prospect,
        "grade": grade_badge(prospect, language),
        "tone": TONES[prospect.status],
        "items": work.items,
        "steps": steps_of(changes.items, language),
        "people": await salespeople(runtime, ids),
        "day": await business_day_of(runtime),
        "may_keep": may_keep(principal),
    }
