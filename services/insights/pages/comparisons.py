"""Settings of product mix: which two groups are compared, which share is wanted, and who changed what."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from contracts.wire import Id
from services.insights.api import mix_comparisons as api
from services.insights.api.alerts.answers import Manager, Reader
from services.insights.api.today import today_of
from services.insights.pages.common import console
from services.insights.pages.ruled_kinds import VERSIONS
from services.insights.rules.mix import Comparison
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import PageQuery
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.kit.web.documents import document_in, fail, shape_of, values_of
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.settings_pages import settings_tabs
from services.kit.web.texts import language_of
from services.kit.web.versions import Labels, Stored, compared, saved

router = APIRouter(
    prefix="/console/insights/settings/comparisons", include_in_schema=False, dependencies=[OPEN]
)

PAGE = "/console/insights/settings/comparisons"
MOST = 200
SHAPE = shape_of(Comparison)
ComparisonId = Annotated[Id, Path()]


class _Named(BaseModel):
    comparison_id: Id


@router.get("")
async def comparisons_page(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The comparisons in force."""
    found = await api.list_comparisons(PageQuery(limit=MOST), request, response)
    return _page(
        request,
        principal,
        "settings/comparisons.html",
        tabs=settings_tabs(principal, "comparisons"),
        found=found.items,
    )


@router.get("/new")
async def new_page(request: Request, principal: Manager) -> HTMLResponse:
    """A comparison that is not there yet."""
    form = Form({"window_months": "12", "one.everything_else": "false", "two.everything_else": "false"})
    return _page(request, principal, "settings/comparison_edit.html", form=form, comparison_id="", name="")


@router.post("/new")
async def add(request: Request, runtime: LiveRuntime, principal: Manager) -> HTMLResponse:
    """Add it, or say at the fields what is wrong with it."""
    form = await sent_form(request)
    try:
        comparison_id = form.parse(_Named).comparison_id
        asked = PageQuery(limit=1)
        if (await api.list_versions(comparison_id, asked, request, Response())).items:
            raise Problem(409, "there is one already", errors=[("comparison_id", "is taken")])
        await _put(comparison_id, form, request, runtime, principal)
    except Refused as error:
        fail(SHAPE, form, error, "comparison")
        return _again(request, principal, form, "")
    return saved(console, request, f"{PAGE}/item/{comparison_id}")


@router.get("/item/{comparison_id}")
async def comparison_page(
    comparison_id: ComparisonId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """One comparison and its versions."""
    found = await _versions(comparison_id, request, response)
    stored = [Stored(v.version, v.comparison, v.by, v.reason, v.at) for v in found]
    versions = compared(stored, SHAPE, stored[0], await today_of(runtime), _labels(request))
    ended = console.text(language_of(request), "comparison.over")
    return _page(
        request,
        principal,
        "settings/comparison.html",
        latest=found[0],
        values=values_of(SHAPE, found[0].comparison),
        versions=[v if of.active else replace(v, note=ended) for v, of in zip(versions, found, strict=True)],
        cut=len(found) >= VERSIONS,
    )


@router.get("/item/{comparison_id}/edit")
async def edit_page(
    comparison_id: ComparisonId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Manager,
) -> HTMLResponse:
    """The next version, beginning as the latest one is."""
    latest = (await _versions(comparison_id, request, response))[0]
    values = values_of(SHAPE, latest.comparison) | {"active": str(latest.active).lower()}
    return _page(
        request,
        principal,
        "settings/comparison_edit.html",
        form=Form(values),
        comparison_id=comparison_id,
        name=latest.comparison["name"],
    )


@router.post("/item/{comparison_id}/edit")
async def save(
    comparison_id: ComparisonId, request: Request, runtime: LiveRuntime, principal: Manager
) -> HTMLResponse:
    """Bring it into force, or say at the fields what is wrong with it."""
    form = await sent_form(request)
    try:
        await _put(comparison_id, form, request, runtime, principal)
    except Refused as error:
        fail(SHAPE, form, error, "comparison")
        return _again(request, principal, form, comparison_id)
    return saved(console, request, f"{PAGE}/item/{comparison_id}")


async def _put(
    comparison_id: str, form: Form, request: Request, runtime: LiveRuntime, principal: Principal
) -> None:
    given = {
        "comparison": document_in(SHAPE, form),
        "active": form.values.get("active", "true"),
        "reason": form.values.get("reason", ""),
    }
    body = api.ComparisonIn.model_validate(given)
    await api.put_comparison(comparison_id, body, request, runtime, principal)


async def _versions(comparison_id: str, request: Request, response: Response) -> list[api.ComparisonOut]:
    found = await api.list_versions(comparison_id, PageQuery(limit=VERSIONS), request, response)
    if not found.items:
        raise Problem(404, f"comparison {comparison_id!r} is not known")
    return found.items


def _labels(request: Request) -> Labels:
    return Labels(console, language_of(request), lambda rest: f"comparison.{rest}")


def _shown(request: Request, principal: Principal) -> dict[str, Any]:
    may_change = may_open(principal, ("manager",))
    return {"shape": SHAPE, "label": _labels(request), "back": PAGE, "may_change": may_change}


def _page(request: Request, principal: Principal, template: str, **values: Any) -> HTMLResponse:
    return console.page(request, principal, template, nav="settings", **_shown(request, principal), **values)


def _again(request: Request, principal: Principal, form: Form, comparison_id: str) -> HTMLResponse:
    return console.fragment(
        request,
        principal,
        "settings/comparison_form.html",
        status=form.status,
        form=form,
        comparison_id=comparison_id,
        **_shown(request, principal),
    )
