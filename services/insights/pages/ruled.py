"""Settings in versions: what holds, who changed what when, and a form that brings the next version into force."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.alerts.answers import Manager, Reader
from services.insights.api.today import today_of
from services.insights.pages.common import console, kind_name
from services.insights.pages.ruled_kinds import RULED, VERSIONS, Ruled
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.kit.web.documents import document_in, fail, values_of
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.settings_pages import settings_tabs
from services.kit.web.texts import language_of
from services.kit.web.versions import Labels, Stored, compared, holding, saved

router = APIRouter(prefix="/console/insights/settings/rules", include_in_schema=False, dependencies=[OPEN])

PAGE = "/console/insights/settings/rules"


def _ruled(setting: Annotated[str, Path()]) -> Ruled:
    if setting not in RULED:
        raise Problem(404, "there are no such settings")
    return RULED[setting]


Setting = Annotated[Ruled, Depends(_ruled)]


@router.get("/{setting}")
async def rules_page(
    setting: Setting, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What holds, and the versions."""
    found = await setting.read(request, response, runtime, principal)
    day = await today_of(runtime)
    now = _holding(setting, found, day)
    return _page(
        request,
        principal,
        setting,
        "settings/rules.html",
        tabs=settings_tabs(principal, setting.id),
        values=values_of(setting.shape, now.document),
        versions=compared(found, setting.shape, now, day, _labels(request, setting)),
        cut=len(found) >= VERSIONS,
        may_change=may_open(principal, ("manager",)),
    )


@router.get("/{setting}/edit")
async def edit_page(
    setting: Setting, request: Request, response: Response, runtime: LiveRuntime, principal: Manager
) -> HTMLResponse:
    """The next version, beginning as the latest one is."""
    latest = (await setting.read(request, response, runtime, principal))[0]
    values = values_of(setting.shape, latest.document) | {"version": str(latest.version)}
    if setting.dated:
        values["from_day"] = str(_next_month(await today_of(runtime)))
    return _page(request, principal, setting, "settings/rules_edit.html", form=Form(values))


@router.post("/{setting}/edit")
async def save(setting: Setting, request: Request, runtime: LiveRuntime, principal: Manager) -> HTMLResponse:
    """Bring it into force, or say at the fields what is wrong with it."""
    form = await sent_form(request)
    for field in setting.choices or ():
        chosen = [v for n, v in form.values.items() if n.startswith(f"{field}:")]
        form.values[field] = "\n".join(chosen)
    try:
        document = document_in(setting.shape, form)
        await setting.write(form, document, request, runtime, principal)
    except Refused as error:
        fail(setting.shape, form, error, setting.prefix)
        return _fragment(request, principal, setting, form)
    return saved(console, request, f"{PAGE}/{setting.id}")


def _holding(setting: Ruled, found: Sequence[Stored], day: date) -> Stored:
    return (holding(found, day) if setting.dated else None) or found[0]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _labels(request: Request, setting: Ruled) -> Labels:
    return Labels(console, language_of(request), setting.key)


def _shown(request: Request, setting: Ruled) -> dict[str, Any]:
    language = language_of(request)
    choices = {
        field: sorted(((v, kind_name(v, language)) for v in values), key=lambda choice: choice[1])
        for field, values in (setting.choices or {}).items()
    }
    return {
        "setting": setting,
        "shape": setting.shape,
        "label": _labels(request, setting),
        "choices": choices,
        "lead": console.text(language, setting.key("lead")),
        "title": console.text(language, f"settings.tab.{setting.id}"),
        "back": f"{PAGE}/{setting.id}",
    }


def _page(
    request: Request, principal: Principal, setting: Ruled, template: str, **values: Any
) -> HTMLResponse:
    return console.page(request, principal, template, nav="settings", **_shown(request, setting), **values)


def _fragment(request: Request, principal: Principal, setting: Ruled, form: Form) -> HTMLResponse:
    return console.fragment(
        request,
        principal,
        "settings/rules_form.html",
        status=form.status,
        form=form,
        **_shown(request, setting),
    )
