"""One alert: what it says, what to do, whose it is, what happened to it and how often it came up before."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.insights.api.alerts.answers import AlertDetail, Reader, StepOut
from services.insights.api.alerts.inbox import AlertId, show_alert
from services.insights.pages.alerts import LIVE, PAGE, STATE_TONES, alert_href, owner_name
from services.insights.pages.common import SEVERITY_TONES, Staff, console, kind_name, prospect_href, staff_of
from services.insights.rules.alerts.engine import GONE, TIME_HAS_COME, WITH_THE_CUSTOMER, WORSE
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import BY_RULE
from services.kit.runtime import Runtime
from services.kit.web.navigation import may_open
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[BY_RULE])

LEADERS = ("finance", "manager")
REASONS = {
    GONE: "alert.reason.gone",
    TIME_HAS_COME: "alert.reason.time",
    WORSE: "alert.reason.worse",
    WITH_THE_CUSTOMER: "alert.reason.customer",
}
"""What the rules themselves say, in the reader's language."""


@dataclass(frozen=True, slots=True)
class AlertState:
    """Everything the page shows. ``steps``: each with who did it and why, the latest first; ``prospect_page``: where a
    prospect is shown, if the reader may go there."""

    alert: AlertDetail
    kind: str
    owner: str
    steps: list[tuple[StepOut, str, str]]
    may_assign: bool
    prospect_page: str | None


@router.get("/alerts/item/{alert_id:path}")
async def alert_page(
    alert_id: AlertId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The page of one alert."""
    state = await read_state(alert_id, request, runtime, principal)
    return console.page(
        request,
        principal,
        "alerts/item.html",
        nav="alerts",
        live=LIVE,
        **_shown(state),
    )


@router.get("/alerts/state/{alert_id:path}")
async def alert_state(
    alert_id: AlertId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The part of it that changes."""
    state = await read_state(alert_id, request, runtime, principal)
    return console.fragment(request, principal, "alerts/state.html", **_shown(state))


def _shown(state: AlertState) -> dict[str, Any]:
    return {
        "state": state,
        "alert": state.alert,
        "back": PAGE,
        "href": alert_href,
        "prospect_page": state.prospect_page,
        "severity_tones": SEVERITY_TONES,
        "state_tones": STATE_TONES,
    }


async def read_state(alert_id: str, request: Request, runtime: Runtime, principal: Principal) -> AlertState:
    """Return everything about an alert.

    Raises:
        Problem: 404 when it is not known, or not the reader's.
    """
    language = language_of(request)
    alert = await show_alert(alert_id, runtime, principal, language)
    staff = await staff_of(runtime, principal, language)
    return AlertState(
        alert=alert,
        kind=kind_name(alert.kind, language),
        owner=owner_name(alert.owner_id, alert.owner_role, staff),
        steps=[_step(step, staff) for step in reversed(alert.history)],
        may_assign=may_open(principal, LEADERS),
        prospect_page=prospect_href(alert.customer_id, principal),
    )


def _step(step: StepOut, staff: Staff) -> tuple[StepOut, str, str]:
    by = staff.name(step.by) if step.by else ""
    key = REASONS.get(step.reason) if step.by is None else None
    said = console.text(staff.language, key) if key else step.reason
    if step.step == "assigned":
        to = owner_name(step.owner_id, step.owner_role, staff)
        said = console.text(staff.language, "alert.assigned.to", to=to) + (f" {said}" if said else "")
    return step, by, said
