"""The shell's own pages: Today and Search, put together from fragments of the services, and the reader's preferences.

Every service can draw them; the gateway sends them to the one that has ``console`` among its paths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.web.business_day import business_day_of
from services.kit.web.console import THEME_COOKIE, THEMES, Console
from services.kit.web.forms import sent_form
from services.kit.web.navigation import DESK, TRADE, may_open
from services.kit.web.texts import LANGUAGE_COOKIE, LANGUAGES
from services.kit.web.visitors import visitor

Visitor = Annotated[Principal, Depends(visitor())]
YEAR_S = 365 * 24 * 3600
HOME = Console("services.kit.web", ())


@runtime_checkable
class KeepsPreferences(Protocol):
    """Knows the people who are logged in, and so can keep what they choose: the customers service."""

    async def keep_preferences(self, login: str, said: Mapping[str, str]) -> None:
        """Keep a language, or a theme: auto, light or dark."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment on a page of several services.

    Attributes:
        text: key of its heading.
        href: its address.
        more: the page it is a part of; empty: that page is not there yet.
        roles: whose page it is on; empty: everybody's.
        live: topics whose news it follows.
        wide: takes the whole width.
    """

    text: str
    href: str
    more: str = ""
    roles: Sequence[str] = ()
    live: Sequence[str] = ()
    wide: bool = False


TODAY: tuple[Piece, ...] = (
    Piece("today.held", "/console/credit/today", "/console/credit/held", DESK, ("credit.held",), wide=True),
    Piece(
        "today.calls",
        "/console/customers/today/calls",
        "/console/customers/follow-ups",
        ("sales", "manager"),
        ("customers.follow-ups",),
    ),
    Piece(
        "today.overdue",
        "/console/credit/today/overdue",
        "/console/credit/receivables",
        DESK,
        # What is owed changes with every document; these two are told when it mattered to an order, or a day began.
        ("credit.held", "insights.forecasts"),
    ),
    Piece(
        "today.alerts",
        "/console/insights/today/alerts",
        "/console/insights/alerts",
        TRADE,
        live=("insights.alerts",),
    ),
    Piece(
        "today.expected",
        "/console/insights/today/expected",
        "/console/insights/forecasts/expected",
        TRADE,
        live=("insights.forecasts",),
    ),
    Piece(
        "today.gaps",
        "/console/insights/today/gaps",
        "/console/insights/forecasts",
        TRADE,
        live=("insights.forecasts",),
    ),
    Piece(
        "today.dormant",
        "/console/insights/today/dormant",
        "/console/insights/dormant",
        TRADE,
        live=("insights.forecasts",),
    ),
)
"""What needs somebody now, most urgent first."""

SEARCHES: tuple[Piece, ...] = (
    Piece("nav.customers", "/console/customers/search"),
    Piece("nav.held", "/console/credit/search", roles=DESK),
)
"""Who is asked for what is typed into the search field, with ``?q=``."""

router = APIRouter(include_in_schema=False)


@router.get("/console")
async def to_console() -> Response:
    """Send to Today."""
    return RedirectResponse("/console/", 307)


@router.get("/console/")
async def today(request: Request, runtime: LiveRuntime, principal: Visitor) -> HTMLResponse:
    """What needs this person now."""
    pieces = [piece for piece in TODAY if may_open(principal, piece.roles)]
    return HOME.page(
        request,
        principal,
        "kit/today.html",
        nav="today",
        live=[topic for piece in pieces for topic in piece.live],
        pieces=pieces,
        day=await business_day_of(runtime),
    )


@router.get("/console/search")
async def search(
    request: Request, principal: Visitor, q: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """What the services know under a text."""
    pieces = [piece for piece in SEARCHES if may_open(principal, piece.roles)]
    return HOME.page(request, principal, "kit/search.html", nav="", text=q.strip(), pieces=pieces)


@router.post("/console/preferences")
async def prefer(request: Request, principal: Visitor) -> Response:
    """Keep the language and the appearance that somebody chose, and go back to the page."""
    values = (await sent_form(request)).values
    back = values.get("back", "")
    # A path of ours only: an address of another site here would be an open redirect.
    ours = back.startswith("/console") and not urlsplit(back).netloc and "\\" not in back
    answer = RedirectResponse(back if ours else "/console/", 303)
    chosen = {"language": (values.get("language"), LANGUAGES), "theme": (values.get("theme"), THEMES)}
    keeper = getattr(request.app.state, "sessions", None)
    if principal.session is not None and isinstance(keeper, KeepsPreferences):
        said = {name: str(value) for name, (value, known) in chosen.items() if value in known}
        await keeper.keep_preferences(principal.name, said)
    for cookie, name, known in ((LANGUAGE_COOKIE, "language", LANGUAGES), (THEME_COOKIE, "theme", THEMES)):
        if values.get(name) in known:
            answer.set_cookie(cookie, values[name], max_age=YEAR_S, samesite="lax", path="/", httponly=True)
    return answer
