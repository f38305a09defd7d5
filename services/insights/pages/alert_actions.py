"""What is done about an alert: each action is a dialog on top of the API's own function."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.alerts import actions
from services.insights.api.alerts.answers import Reader
from services.insights.api.alerts.inbox import AlertId, show_alert
from services.insights.pages.alert import LEADERS
from services.insights.pages.alerts import ROLES
from services.insights.pages.common import console, staff_of
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import BY_RULE
from services.kit.runtime import Runtime
from services.kit.web.console import toast
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[BY_RULE])

Dialog = Literal["acknowledge", "snooze", "resolve", "assign"]
Work = Callable[[str, Form, Request, Runtime, Principal], Awaitable[Response]]
BACK_AT = time(9)
"""When something that was put off to a day comes back, in the business's zone."""
AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Act:
    """One action: what does it, and the key of what is said when it is done."""

    work: Work
    done: str


async def _acknowledge(
    alert: str, form: Form, request: Request, runtime: Runtime, who: Principal
) -> Response:
    body = form.parse(actions.AcknowledgementIn)
    return await actions.acknowledge(alert, body, request, runtime, who, language_of(request))


async def _snooze(alert: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    sent = dict(form.values)
    try:
        day = date.fromisoformat(sent.get("until", ""))
        sent["until"] = datetime.combine(day, BACK_AT, runtime.settings.zone).isoformat()
    except (ValueError, OverflowError):
        pass  # The model says what is wrong with it.
    body = Form(sent).parse(actions.SnoozeIn)
    return await actions.snooze(alert, body, request, runtime, who, language_of(request))


async def _resolve(alert: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    body = form.parse(actions.ResolutionIn)
    return await actions.resolve(alert, body, request, runtime, who, language_of(request))


async def _assign(alert: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    if not may_open(who, LEADERS):
        raise Problem(403, "handing over is for finance and managers")
    kind, _, name = form.values.get("to", "").partition(":")
    if kind not in ("owner", "role") or not name:
        raise Problem(422, "say to whom", errors=[("to", "is missing")])
    note = {"note": form.values["note"]} if "note" in form.values else {}
    body = Form({kind: name, **note}).parse(actions.AssignmentIn)
    return await actions.assign(alert, body, request, runtime, who, language_of(request))


ACTS: dict[str, Act] = {
    "acknowledge": Act(_acknowledge, "alert.done.acknowledged"),
    "snooze": Act(_snooze, "alert.done.snoozed"),
    "resolve": Act(_resolve, "alert.done.resolved"),
    "assign": Act(_assign, "alert.done.assigned"),
}


@router.get("/alerts/dialog/{act}/{alert_id:path}")
async def dialog(
    act: Annotated[Dialog, Path()],
    alert_id: AlertId,
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """The dialog of an action, empty."""
    return await _drawn(act, alert_id, request, runtime, principal, Form())


@router.post("/alerts/dialog/{act}/{alert_id:path}")
async def do(
    act: Annotated[Dialog, Path()],
    alert_id: AlertId,
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """Do it, or show the dialog again with what is wrong."""
    form = await sent_form(request)
    try:
        await ACTS[act].work(alert_id, form, request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _drawn(act, alert_id, request, runtime, principal, form)
    text = console.text(language_of(request), ACTS[act].done)
    return console.fragment(request, principal, "nothing.html", events=toast(text) | {"changed": {}})


async def _drawn(
    act: Dialog, alert_id: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    language = language_of(request)
    alert = await show_alert(alert_id, runtime, principal, language)
    staff = await staff_of(runtime, principal, language)
    to = [(f"role:{role}", console.text(language, f"alerts.all_of.{role}")) for role in ROLES]
    to += [(f"owner:{salesperson}", name) for salesperson, name in staff.options()]
    today = runtime.clock.now().astimezone(runtime.settings.zone).date()
    return console.fragment(
        request,
        principal,
        "alerts/dialog.html",
        status=form.status,
        act=act,
        alert=alert,
        form=form,
        to=to,
        until=str(today + AHEAD),
    )
