"""Settings of notifications: how people and teams are told of alerts, and their channels."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import func, select

from contracts.wire import Id
from services.insights.api.alerts.answers import Manager, Reader
from services.insights.api.alerts.channels import ChannelFilter, ChannelOut, list_channels
from services.insights.api.alerts.recipients import (
    ROLES,
    RecipientFilter,
    RecipientIn,
    RecipientOut,
    list_recipients,
    require_mine,
)
from services.insights.pages.common import Staff, console, staff_of
from services.insights.people import known_as
from services.insights.tables_delivery import channels, deliveries
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import BY_RULE
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.forms import filters
from services.kit.web.navigation import may_open
from services.kit.web.settings_pages import settings_tabs
from services.kit.web.tables import Badge, Cell, Column, Link, Moment, Plain, Row, Table
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[BY_RULE])

PAGE = "/console/insights/settings"
ROWS, MOST_CHANNELS = 50, 100
Kind = Literal["people", "roles"]
Scope = Annotated[Kind, Path()]
Name = Annotated[Id, Path()]
COLUMNS = (
    Column("told.who", sort="name", wide=True),
    Column("told.quiet"),
    Column("told.digest"),
    Column("told.channels"),
    Column("told.changed"),
)


class Everybody(RecipientFilter):
    """The list's query."""

    limit: int = ROWS


Filters = Annotated[Everybody, Depends(filters(Everybody))]


@dataclass
class Counts:
    """What is, was or could not be sent through a channel."""

    pending: int = 0
    failed: int = 0


@dataclass
class Told:
    """How somebody is told, as a page shows it.

    Attributes:
        recipient: None: as delivered.
    """

    scope: Kind
    name: str
    shown: str
    recipient: RecipientOut | None
    channels: list[ChannelOut]
    counts: dict[str, Counts] = field(default_factory=dict)

    def count(self, channel: ChannelOut) -> Counts:
        """Return what waits for a channel."""
        return self.counts.get(channel.channel_id, Counts())


def told_href(scope: str, name: str) -> str:
    """Return the address of the page of somebody's notifications."""
    return f"{PAGE}/told/{scope}/{quote(name, safe='')}"


def shown_name(scope: str, name: str, staff: Staff) -> str:
    """Return what to call a person or a team."""
    return staff.name(name) if scope == "people" else console.text(staff.language, f"alerts.all_of.{name}")


def in_words(request: Request) -> dict[str, Any]:
    """Return what the template of somebody's notifications needs: words for its hours, and what is delivered."""
    return {
        "quiet": lambda recipient: quiet_shown(recipient, request),
        "digest": lambda recipient: digest_shown(recipient, request),
        "standard": RecipientIn(),
    }


@router.get("/settings")
async def settings_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """One's own notifications, and for managers, everybody's."""
    staff = await staff_of(runtime, principal, language_of(request))
    leads = may_open(principal, ("manager",))
    return console.page(
        request,
        principal,
        "settings/told.html",
        nav="settings",
        tabs=settings_tabs(principal, "told"),
        told=await told_of(request, response, runtime, principal, "people", known_as(principal)),
        table=await _table(query, request, response, runtime, principal) if leads else None,
        whom=_whom(staff) if leads else [],
        **in_words(request),
    )


@router.get("/settings/list")
async def settings_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Manager
) -> HTMLResponse:
    """The list of everybody alone."""
    table = await _table(query, request, response, runtime, principal)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/settings/told")
async def open_told(whom: Annotated[str, Query(max_length=80)], principal: Manager) -> RedirectResponse:
    """Go to the page of somebody, chosen in a field as ``people:S-1``."""
    scope, _, name = whom.partition(":")
    return RedirectResponse(told_href("roles" if scope == "roles" else "people", name), 303)


@router.get("/settings/told/{scope}/{name}")
async def told_page(
    scope: Scope, name: Name, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """How somebody is told."""
    require_mine(principal, scope, name)
    told = await told_of(request, response, runtime, principal, scope, name)
    return console.page(
        request,
        principal,
        "settings/told_one.html",
        nav="settings",
        told=told,
        back=PAGE,
        **in_words(request),
    )


@router.get("/settings/told-state/{scope}/{name}")
async def told_state(
    scope: Scope, name: Name, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The same, for when something was changed."""
    require_mine(principal, scope, name)
    told = await told_of(request, response, runtime, principal, scope, name)
    return console.fragment(request, principal, "settings/told_state.html", told=told, **in_words(request))


async def told_of(
    request: Request, response: Response, runtime: Runtime, principal: Principal, scope: Kind, name: str
) -> Told:
    """Return how somebody is told, with their channels."""
    staff = await staff_of(runtime, principal, language_of(request))
    asked = RecipientFilter(scope=scope, name=name, limit=1)
    found = (await list_recipients(asked, request, response, principal)).items
    theirs = ChannelFilter(scope=scope, name=name, limit=MOST_CHANNELS)
    ways = (await list_channels(theirs, request, response, principal)).items
    counts = await _counts(runtime, [way.channel_id for way in ways])
    shown = shown_name(scope, name, staff)
    return Told(scope, name, shown, found[0] if found else None, ways, counts)


async def _counts(runtime: Runtime, ids: list[str]) -> dict[str, Counts]:
    d = deliveries.c
    statement = (
        select(d.channel_id, d.state, func.count().label("n"))
        .where(d.channel_id.in_(ids), d.state != "sent")
        .group_by(d.channel_id, d.state)
    )
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    found: dict[str, Counts] = {}
    for row in rows:
        setattr(found.setdefault(row.channel_id, Counts()), row.state, row.n)
    return found


def _whom(staff: Staff) -> list[tuple[str, str]]:
    """Return whom a manager can open: teams, and all salespeople."""
    teams = [(f"roles:{role}", console.text(staff.language, f"alerts.all_of.{role}")) for role in ROLES]
    return teams + [(f"people:{who}", name) for who, name in staff.options()]


async def _table(
    query: Everybody, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> Table:
    staff = await staff_of(runtime, principal, language_of(request))
    found = await list_recipients(query, request, response, principal)
    c = channels.c
    statement = select(c.scope, c.name, c.enabled).where(c.active, c.name.in_([r.name for r in found.items]))
    async with runtime.database.engine.connect() as connection:
        ways = Counter(tuple(row) for row in (await connection.execute(statement)).all())
    return Table(
        id="everybody",
        label="told.others",
        page=PAGE,
        path=f"{PAGE}/list",
        columns=COLUMNS,
        rows=[_row(recipient, ways, request, staff) for recipient in found.items],
        query=query,
        next=found.next,
        default_sort="name",
        empty="told.empty",
    )


def _row(recipient: RecipientOut, ways: Counter[Any], request: Request, staff: Staff) -> Row:
    language, key = staff.language, (recipient.scope, recipient.name)
    href = told_href(*key)
    on, off = ways[(*key, True)], ways[(*key, False)]
    count = console.text(language, "told.channels.n", n=on + off)
    unused = console.text(language, "told.channels.off", n=off) if off else ""
    none = Badge(console.text(language, "channel.none"), "warn", unused)
    numbers: Cell = Plain(count, unused) if on else none
    kind = console.text(language, "told.person" if recipient.scope == "people" else "told.role")
    below = f"{kind} · {recipient.name}" if recipient.scope == "people" else kind
    return Row(
        href=href,
        cells=(
            Link(shown_name(*key, staff), href, below),
            Plain(quiet_shown(recipient, request)),
            Plain(digest_shown(recipient, request)),
            numbers,
            Moment(recipient.set_at),
        ),
    )


def quiet_shown(recipient: RecipientIn, request: Request) -> str:
    """Return the quiet hours in words."""
    language = language_of(request)
    if recipient.quiet_from is None or recipient.quiet_until is None:
        return console.text(language, "told.quiet.none")
    start, end = (f"{at:%H:%M}" for at in (recipient.quiet_from, recipient.quiet_until))
    return console.text(language, "told.quiet.span", start=start, end=end)


def digest_shown(recipient: RecipientIn, request: Request) -> str:
    """Return how alerts are bundled, in words."""
    language, formats = language_of(request), formats_of(request)
    if not recipient.digest_minutes:
        return console.text(language, "told.digest.none")
    return console.text(
        language,
        "told.digest.shown",
        minutes=formats.number(recipient.digest_minutes),
        count=formats.number(recipient.digest_count),
    )
