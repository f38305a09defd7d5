"""Alerts as a live inbox, their number for the navigation, and the list as a file."""

from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.alerts.answers import AlertOut, CountOut, Reader
from services.insights.api.alerts.inbox import AlertFilter, count_alerts, list_alerts
from services.insights.pages.common import (
    SEVERITY_TONES,
    Staff,
    console,
    kind_name,
    prospect_href,
    staff_of,
    table_of,
)
from services.insights.people import known_as, sees_everything
from services.insights.rules.alerts.kinds import KINDS
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import BY_RULE
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.exports import as_file, filed
from services.kit.web.figures import Tile
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Cell, Column, Customer, Link, Plain, Row, Table, Tone
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[BY_RULE])

PAGE = "/console/insights/alerts"
LIVE = ("insights.alerts",)
ROWS = 50
ROLES = ("sales", "finance", "manager")
STATES = ("raised", "acknowledged", "snoozed", "resolved")
STATE_TONES: dict[str, Tone] = {
    "raised": "warn",
    "acknowledged": "info",
    "snoozed": "neutral",
    "resolved": "good",
}
COLUMNS = (
    Column("alerts.what", wide=True),
    Column("alerts.customer"),
    Column("alerts.severity"),
    Column("alerts.state"),
    Column("alerts.owner"),
    Column("alerts.raised", sort="raised_at"),
)


class InboxQuery(AlertFilter):
    """The list's filters; without a state, everything that waits."""

    limit: int = ROWS
    state: Literal["open", "raised", "acknowledged", "snoozed", "resolved"] | None = "open"


Filters = Annotated[InboxQuery, Depends(filters(InboxQuery))]


def alert_href(alert_id: str) -> str:
    """Return the address of an alert's page."""
    return f"{PAGE}/item/{quote(alert_id, safe='')}"


@router.get("/alerts")
async def alerts_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The inbox."""
    language = language_of(request)
    staff = await staff_of(runtime, principal, language)
    return console.page(
        request,
        principal,
        "alerts/page.html",
        nav="alerts",
        live=LIVE,
        table=await _table(query, request, response, runtime, principal, staff),
        tiles=_tiles(await count_alerts(runtime, principal), request, principal),
        kinds=sorted(((k, kind_name(k, language)) for k in KINDS), key=lambda k: k[1]),
        owners=_owners(principal, staff),
        states=STATES,
        roles=ROLES if sees_everything(principal) else ("sales",),
    )


@router.get("/alerts/list")
async def alerts_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The list alone."""
    staff = await staff_of(runtime, principal, language_of(request))
    table = await _table(query, request, response, runtime, principal, staff)
    return console.fragment(request, principal, "list.html", table=table)


@router.get("/alerts/tiles")
async def alerts_tiles(request: Request, runtime: LiveRuntime, principal: Reader) -> HTMLResponse:
    """The figures above the list."""
    tiles = _tiles(await count_alerts(runtime, principal), request, principal)
    return console.fragment(request, principal, "tiles.html", tiles=tiles)


@router.get("/alert-count")
async def alert_count(request: Request, runtime: LiveRuntime, principal: Reader) -> HTMLResponse:
    """How many nobody has seen to, for the navigation."""
    count = _sum(await count_alerts(runtime, principal), state="raised")
    return console.fragment(request, principal, "alerts/count.html", count=count)


@router.get("/alerts/export.{form}")
async def alerts_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Response:
    """The list with its filters as a file, in the reader's language."""
    language = language_of(request)
    return await as_file(list_alerts(filed(query, form), request, response, principal, language))


def _owners(principal: Principal, staff: Staff) -> list[tuple[str, str]]:
    """Return whose alerts can be asked for: one's own, and by those who see all, everybody's."""
    me = known_as(principal)
    others = staff.options() if sees_everything(principal) else []
    return [(me, console.text(staff.language, "staff.you")), *(o for o in others if o[0] != me)]


def _sum(counts: list[CountOut], **wanted: str) -> int:
    return sum(c.alerts for c in counts if all(getattr(c, name) == value for name, value in wanted.items()))


def _tiles(counts: list[CountOut], request: Request, principal: Principal) -> list[Tile]:
    formats, me = formats_of(request), known_as(principal)
    urgent, fresh = _sum(counts, severity="critical"), _sum(counts, state="raised")
    return [
        Tile("alerts.tile.open", formats.number(_sum(counts)), PAGE),
        Tile(
            "alerts.tile.urgent",
            formats.number(urgent),
            f"{PAGE}?severity=critical",
            tone="bad" if urgent else "neutral",
        ),
        Tile(
            "alerts.tile.new",
            formats.number(fresh),
            f"{PAGE}?state=raised",
            tone="warn" if fresh else "neutral",
        ),
        Tile(
            "alerts.tile.mine",
            formats.number(_sum(counts, owner_id=me)),
            f"{PAGE}?{urlencode({'owner': me})}",
        ),
    ]


async def _table(
    query: InboxQuery,
    request: Request,
    response: Response,
    runtime: Runtime,
    principal: Principal,
    staff: Staff,
) -> Table:
    answer = await list_alerts(query, request, response, principal, staff.language)
    return table_of(
        *(request, PAGE, query, answer, lambda alert: _row(alert, request, runtime, staff, principal)),
        id="alerts",
        label="alerts.title",
        live=LIVE,
        columns=COLUMNS,
        default_sort="-raised_at",
        empty="alerts.empty",
    )


def _row(alert: AlertOut, request: Request, runtime: Runtime, staff: Staff, principal: Principal) -> Row:
    href, language = alert_href(alert.alert_id), staff.language
    about: Cell = Plain(staff.name(alert.customer_id))
    if alert.subject_type == "customer":
        about = Customer(alert.customer_id, alert.customer_name)
    elif alert.subject_type == "prospect":
        called, page = alert.customer_name or alert.customer_id, prospect_href(alert.customer_id, principal)
        about = Link(called, page) if page else Plain(called)
    return Row(
        href=href,
        cells=(
            Link(alert.title, href, alert.suggested_step),
            about,
            Badge(
                console.text(language, f"severity.{alert.severity}"),
                SEVERITY_TONES[alert.severity],
                kind_name(alert.kind, language),
            ),
            state_badge(alert, request, language),
            Plain(owner_name(alert.owner_id, alert.owner_role, staff)),
            Plain(formats_of(request).since(alert.raised_at, runtime.clock.now())),
        ),
    )


def state_badge(alert: AlertOut, request: Request, language: Language) -> Badge:
    """Return how far an alert is; what is put off says until when."""
    below = ""
    if alert.snoozed_until is not None:
        until = formats_of(request).moment(alert.snoozed_until)
        below = console.text(language, "alerts.until", until=until)
    return Badge(console.text(language, f"alert.state.{alert.state}"), STATE_TONES[alert.state], below)


def owner_name(owner_id: str | None, role: str | None, staff: Staff) -> str:
    """Return whose an alert is: a person's, or everybody's of a role."""
    if owner_id:
        return staff.name(owner_id)
    return console.text(staff.language, f"alerts.all_of.{role or 'manager'}")
