"""Settings of the desk: which days are worked on, and how long a held order may wait. They are part of the policy."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from contracts.events.policies import DeskRules
from services.credit.api.accounts import today
from services.credit.api.common import Finance, Reader
from services.credit.api.policies import PolicyIn, PolicyOut, PolicyQuery, draft, list_policies
from services.credit.pages.common import console
from services.credit.pages.policy_form import parsed
from services.credit.rules.desk import desk_of
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem, reason_of
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import toast
from services.kit.web.documents import Field, Group, Shape, document_in, fail, values_of
from services.kit.web.forms import Form, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.settings_pages import settings_tabs
from services.kit.web.texts import Language, language_of
from services.kit.web.versions import Labels, Stored, compared

router = APIRouter(prefix="/console/credit/settings", include_in_schema=False, dependencies=[COMPANY])

PAGE = "/console/credit/settings/calendar"
VERSIONS = 100
WEEK = tuple(str(day) for day in range(1, 8))
SHAPE: Shape = (
    Group(
        "",
        (
            Field("rest_days", "choices"),
            Field("holidays", "lines"),
            Field("deadline_days", "number", True, 0, 365),
            Field("escalations", "number", False, 1, 100),
            Field("growth_percent", "number", False, 0, 1_000),
            Field("growth_days", "number", False, 0, 3_650),
            Field("limit_raise_percent", "number", True, 0, 10_000),
        ),
    ),
)


def desk_document(policy: dict[str, Any]) -> dict[str, Any]:
    """Return what a policy says of the desk, in full."""
    said = policy.get("desk")
    desk = desk_of(DeskRules.model_validate_json(json.dumps(said)) if said is not None else None)
    return {
        "rest_days": [str(day) for day in sorted(desk.rest_days)],
        "holidays": [str(day) for day in sorted(desk.holidays)],
        "deadline_days": desk.deadline_days,
        "escalations": desk.escalations,
        "growth_percent": desk.growth_percent,
        "growth_days": desk.growth_days,
        "limit_raise_percent": desk.limit_raise_percent,
    }


@router.get("/calendar")
async def calendar_page(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What holds, and which versions of the policy changed it."""
    query = PolicyQuery(limit=VERSIONS)
    page = await list_policies(query, request, response, runtime, principal)
    base = await _in_force(request, response, runtime, principal)
    found = [_stored(v) for v in page.items if v.status != "draft"]
    now = _stored(base)
    versions = compared(found, SHAPE, now, today(runtime), _labels(request))
    # A version that changed other things only says nothing here; the first one is what was delivered.
    told = [v for v in versions if v.changes or v.version in (now.version, found[-1].version)]
    return console.page(
        request,
        principal,
        "settings/calendar.html",
        nav="settings",
        tabs=settings_tabs(principal, "calendar"),
        values=values_of(SHAPE, now.document),
        versions=told,
        may_change=may_open(principal, ("finance", "manager")),
        waiting=[v for v in page.items if v.status == "draft" and _differs(v, base)],
        **shown(request),
    )


@router.get("/calendar/edit")
async def edit_page(
    request: Request, response: Response, runtime: LiveRuntime, principal: Finance
) -> HTMLResponse:
    """A draft that begins as what holds."""
    base = await _in_force(request, response, runtime, principal)
    form = Form(values_of(SHAPE, desk_document(base.policy)))
    return console.page(
        request, principal, "settings/calendar_edit.html", nav="settings", form=form, **shown(request)
    )


@router.post("/calendar/edit")
async def save(
    request: Request, response: Response, runtime: LiveRuntime, principal: Finance
) -> HTMLResponse:
    """Store a draft of the policy in force with another desk; a manager activates it on its own page."""
    form = await sent_form(request)
    form.values["rest_days"] = "\n".join(v for n, v in form.values.items() if n.startswith("rest_days:"))
    base = await _in_force(request, response, runtime, principal)
    try:
        desk = document_in(SHAPE, form)
        desk["rest_days"] = [int(day) for day in desk["rest_days"] if day in WEEK]
        given = base.policy | {"desk": desk}
        body = PolicyIn.model_validate({"policy": parsed(given), "reason": form.values.get("reason", "")})
        answer = await draft(body, given, request, runtime, principal)
    except ValidationError as error:
        found = [(".".join(map(str, e["loc"])).removeprefix("desk."), reason_of(e)) for e in error.errors()]
        fail(SHAPE, form, Problem(422, "it is not valid", errors=found))
    except Problem as error:
        fail(SHAPE, form, error, "policy.desk")
    else:
        said = toast(console.text(language_of(request), "calendar.drafted"))
        done = console.fragment(request, principal, "held/nothing.html", events=said)
        version = json.loads(bytes(answer.body))["version"]
        done.headers["HX-Redirect"] = f"/console/credit/policy/version/{version}"
        return done
    return console.fragment(
        request, principal, "settings/calendar_form.html", status=form.status, form=form, **shown(request)
    )


async def _in_force(
    request: Request, response: Response, runtime: Runtime, principal: Principal
) -> PolicyOut:
    query = PolicyQuery(status="in_force", limit=1)
    return (await list_policies(query, request, response, runtime, principal)).items[0]


def _stored(version: PolicyOut) -> Stored:
    return Stored(
        version.version,
        desk_document(version.policy),
        version.activated_by,
        version.reason,
        version.activated_at,
        version.effective_from,
    )


def _differs(version: PolicyOut, base: PolicyOut) -> bool:
    newer = version.version > base.version
    return newer and desk_document(version.policy) != desk_document(base.policy)


def _labels(request: Request) -> Labels:
    return Labels(console, language_of(request), lambda rest: f"calendar.{rest}")


def week(language: Language) -> list[tuple[str, str]]:
    """Return the days of the week with their names."""
    return [(day, console.text(language, f"calendar.day.{day}")) for day in WEEK]


def shown(request: Request) -> dict[str, Any]:
    """Return what templates need for showing the desk: fields, their names and those of the days."""
    return {
        "shape": SHAPE,
        "label": _labels(request),
        "choices": {"rest_days": week(language_of(request))},
        "back": PAGE,
    }
