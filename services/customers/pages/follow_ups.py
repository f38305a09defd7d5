"""Follow-ups: what is due, overdue, planned or done; one's own or everybody's."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from contracts.events.follow_ups import FollowUpOutcome, How
from contracts.wire import Id
from services.customers.api.common import Anybody
from services.customers.api.follow_up_answers import FollowUpOut
from services.customers.api.follow_ups import FollowUpQuery, list_follow_ups
from services.customers.pages.common import HOWS, OUTCOMES, console, may_keep, prospect_href, sentences
from services.customers.pages.names import customer_names, prospect_names, salespeople, salesperson_choices
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.pages import Page, PageQuery
from services.kit.http.scope import Own, View, staff_id_of
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.navigation import customer_href
from services.kit.web.tables import (
    Badge,
    Cell,
    Column,
    Customer,
    Day,
    Link,
    Moment,
    Part,
    Plain,
    Row,
    Table,
    Tone,
)
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False)

PAGE, LIST = "/console/customers/follow-ups", "/console/customers/follow-ups/list"
EXPORT = "/console/customers/follow-ups"
ROWS = 50
LIVE = ("customers.follow-ups",)
Show = Literal["due", "overdue", "open", "done"]
SHOWN: tuple[Show, ...] = ("due", "overdue", "open", "done")
GOOD = frozenset({"ordered", "promised_order", "promised_payment", "paid"})
BAD = frozenset({"not_interested", "complaint"})


class WorkQuery(PageQuery):
    """Which follow-ups the page shows."""

    limit: int = ROWS
    show: Show = "due"
    whose: Literal["mine", "all"] | None = None
    salesperson: Id | None = None
    customer: Id | None = None
    how: How | None = None
    outcome: FollowUpOutcome | None = None

    def asked(self, day: date, principal: Principal, **changes: Any) -> FollowUpQuery:
        """Return the question to the list; due is what is to be done by today, overdue what was until yesterday."""
        parts: dict[Show, dict[str, Any]] = {
            "due": {"due": True, "due_by": day},
            "overdue": {"due": True, "due_by": day - timedelta(days=1)},
            "open": {"open": True},
            "done": {"open": False},
        }
        kept = self.model_dump(
            include={"limit", "cursor", "sort", "salesperson", "customer", "how", "outcome"}
        )
        kept["sort"] = self.sort or self.usual
        if self.of(principal) == "mine":
            kept["salesperson"] = staff_id_of(principal)
        return FollowUpQuery(**kept | parts[self.show] | changes)

    def of(self, principal: Principal) -> str:
        """Return whose: salespeople begin with their own, the others with everybody's."""
        return self.whose or ("mine" if principal.role == "sales" else "all")

    @property
    def usual(self) -> str:
        """The order without one being asked for."""
        return "-recorded_at" if self.show == "done" else "remind_on"


Filters = Annotated[WorkQuery, Depends(filters(WorkQuery))]


@router.get("/follow-ups")
async def follow_ups_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """The work list."""
    table = await _table(query, request, response, runtime, principal, view)
    people = await salesperson_choices(runtime, view, active=False) if view.everything else ()
    return console.page(
        request,
        principal,
        "follow_ups/page.html",
        nav="follow-ups",
        live=LIVE,
        table=table,
        show=query.show,
        shown=SHOWN,
        whose=query.of(principal),
        people=people,
        hows=HOWS,
        outcomes=OUTCOMES,
        may_keep=may_keep(principal),
    )


@router.get("/follow-ups/list")
async def follow_ups_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, principal, view)
    return console.fragment(request, principal, "customers/list.html", table=table)


@router.get("/follow-ups.{form}")
async def follow_ups_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
) -> Response:
    """The list with its filters as a file."""
    asked = filed(query.asked(await business_day_of(runtime), principal), form)
    return await as_file(list_follow_ups(asked, request, response, runtime, principal, view))


async def _table(
    query: WorkQuery,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
    view: View,
) -> Table:
    day, language = await business_day_of(runtime), language_of(request)
    page: Page[FollowUpOut] = await list_follow_ups(
        query.asked(day, principal), request, response, runtime, principal, view
    )
    rows = await follow_up_rows(page.items, runtime, principal, language, day)
    empty = f"follow_ups.empty.{query.show}"
    return Table(
        id="follow-ups",
        label="follow_ups.title",
        page=PAGE,
        path=LIST,
        live=LIVE,
        columns=columns_of(query.show == "done"),
        rows=rows,
        query=query,
        next=page.next,
        default_sort=query.usual,
        empty=empty,
        exports=export_links(request, EXPORT),
    )


def columns_of(done: bool) -> tuple[Column, ...]:
    """Return the columns: of what is done, the outcome; of the rest, the day and what can be done about it."""
    return (
        Column("follow_ups.whom", wide=True),
        Column("follow_ups.what", wide=True),
        Column("customers.salesperson"),
        Column("follow_ups.recorded", sort="recorded_at")
        if done
        else Column("follow_ups.remind_on", sort="remind_on"),
        Column("follow_ups.outcome"),
        Column("follow_ups.action"),
    )


async def follow_up_rows(
    items: Sequence[FollowUpOut], runtime: Runtime, principal: Principal, language: Language, day: date
) -> list[Row]:
    """Return follow-ups as lines of a list, with the names of all whom they are about."""
    customers = await customer_names(runtime, [item.customer_id for item in items])
    prospects = await prospect_names(runtime, [item.prospect_id for item in items])
    people = await salespeople(runtime, [item.salesperson_id for item in items])
    keeps = may_keep(principal)
    return [_row(item, customers, prospects, people, keeps, language, day) for item in items]


def _row(
    item: FollowUpOut,
    customers: dict[str, str],
    prospects: dict[str, str],
    people: dict[str, str],
    keeps: bool,
    language: Language,
    day: date,
) -> Row:
    about: Cell
    if item.customer_id is not None:
        href = customer_href(item.customer_id)
        about = Customer(item.customer_id, customers.get(item.customer_id, ""))
    else:
        number = item.prospect_id or ""
        href = prospect_href(number)
        about = Link(prospects.get(number, number), href, console.text(language, "follow_ups.prospect"))
    how = console.text(language, f"how.{item.how}")
    what = item.next_step if item.status != "done" and item.next_step else item.notes
    if item.cause is not None:
        what = sentences.read(what, language)
    seller = item.salesperson_id
    when: Cell = Day(item.remind_on, day_tone(item.remind_on, day))
    if item.status == "done":
        when = Moment(item.recorded_at)
    return Row(
        href=href,
        cells=(
            about,
            Plain(f"{how}: {what}" if what else how, item.step_notes if item.status == "done" else ""),
            Plain(people.get(seller, seller), seller if seller in people else ""),
            when,
            outcome_badge(item, language),
            Part("follow_ups/actions.html", {"item": item, "keeps": keeps}),
        ),
    )


def day_tone(remind_on: date | None, day: date) -> Tone:
    """Return how urgent a day is: bad when it is over, warn when it is today."""
    if remind_on is None or remind_on > day:
        return "neutral"
    return "bad" if remind_on < day else "warn"


def outcome_badge(item: FollowUpOut, language: Language) -> Badge:
    """Return what came of a follow-up, or that it is planned."""
    if item.outcome is None:
        return Badge(console.text(language, f"follow_ups.status.{item.status}"), "info")
    tone: Tone = "good" if item.outcome in GOOD else "bad" if item.outcome in BAD else "neutral"
    return Badge(console.text(language, f"outcome.{item.outcome}"), tone)
