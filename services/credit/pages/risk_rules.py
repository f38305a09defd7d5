"""Settings of risk: factors and their weights, where classes begin, what each is proposed, and who changed what."""

import json
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.credit.api.accounts import today
from services.credit.api.common import Finance, Reader
from services.credit.api.risk_policy import (
    PolicyQuery,
    RiskPolicyIn,
    RiskPolicyOut,
    list_policies,
    read_policy,
    set_policy,
)
from services.credit.pages.common import console
from services.credit.queries import totals
from services.credit.rules.risk_policy import CLASSES, UNITS, RiskPolicy
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import PageQuery
from services.kit.http.scope import COMPANY
from services.kit.web.documents import document_in, fail, shape_of, values_of
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.settings_pages import settings_tabs
from services.kit.web.texts import language_of
from services.kit.web.versions import Labels, Stored, compared, saved

router = APIRouter(prefix="/console/credit/settings", include_in_schema=False, dependencies=[COMPANY])

PAGE = "/console/credit/settings/risk"
VERSIONS = 50
SHAPE = shape_of(RiskPolicy, ("factors.name", "classes.name"))


@router.get("/risk")
async def risk_page(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What holds, and the versions."""
    page = await list_policies(PageQuery(limit=VERSIONS), request, response, runtime, principal)
    now = _stored(await read_policy(PolicyQuery(version=None, on=None), runtime, principal))
    async with runtime.database.engine.connect() as connection:
        day = await totals.day_reached(connection, today(runtime))
    found = [_stored(v) for v in page.items]
    return console.page(
        request,
        principal,
        "settings/risk.html",
        nav="settings",
        tabs=settings_tabs(principal, "risk"),
        values=values_of(SHAPE, now.document),
        versions=compared(found, SHAPE, now, day, _labels(request)),
        cut=page.next is not None,
        may_change=may_open(principal, ("finance", "manager")),
        **_shown(request),
    )


@router.get("/risk/edit")
async def edit_page(
    request: Request, response: Response, runtime: LiveRuntime, principal: Finance
) -> HTMLResponse:
    """The next version, beginning as the latest one is."""
    page = await list_policies(PageQuery(limit=1), request, response, runtime, principal)
    async with runtime.database.engine.connect() as connection:
        day = await totals.day_reached(connection, today(runtime))
    values = values_of(SHAPE, _stored(page.items[0]).document)
    form = Form(values | {"effective_from": str(day + timedelta(days=1))})
    return console.page(
        request, principal, "settings/risk_edit.html", nav="settings", form=form, **_shown(request)
    )


@router.post("/risk/edit")
async def save(request: Request, runtime: LiveRuntime, principal: Finance) -> HTMLResponse:
    """Store the next version, or say at the fields what is wrong with it."""
    form = await sent_form(request)
    try:
        around = {name: form.values.get(name) for name in ("effective_from", "reason")}
        body = RiskPolicyIn.model_validate_json(_json(document_in(SHAPE, form) | around))
        await set_policy(body, request, runtime, principal)
    except Refused as error:
        fail(SHAPE, form, error)
        return console.fragment(
            request, principal, "settings/risk_form.html", status=form.status, form=form, **_shown(request)
        )
    return saved(console, request, PAGE)


def _stored(version: RiskPolicyOut) -> Stored:
    document = version.policy.model_dump(mode="json")
    return Stored(version.version, document, version.by, version.reason, version.at, version.effective_from)


def _json(value: dict[str, Any]) -> str:
    return json.dumps({name: given for name, given in value.items() if given is not None})


def _labels(request: Request) -> Labels:
    return Labels(console, language_of(request), lambda rest: f"risk.{rest}")


def _shown(request: Request) -> dict[str, Any]:
    language = language_of(request)
    factors = [(name, console.text(language, f"risk.factor.{name}")) for name in UNITS]
    choices = {"factors.name": factors, "classes.name": [(name, name) for name in CLASSES]}
    return {"shape": SHAPE, "label": _labels(request), "choices": choices, "back": PAGE}
