"""Settings of ceilings: up to which amount people and roles may grant alone, and every change of it."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Currency
from services.credit.api import ceilings as api
from services.credit.api.cases import Manager
from services.credit.api.common import Body, Reader, Why
from services.credit.pages.common import console
from services.credit.store.ceilings import Scope
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.web.console import toast
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.settings_pages import settings_tabs
from services.kit.web.texts import language_of

router = APIRouter(
    prefix="/console/credit/settings/ceilings", include_in_schema=False, dependencies=[COMPANY]
)

MOST = 200
ScopeIn = Annotated[Scope, Path()]
CurrencyIn = Annotated[Currency, Path()]


@router.get("")
async def ceilings_page(request: Request, response: Response, principal: Reader) -> HTMLResponse:
    """What is in force, and every change."""
    return console.page(
        request,
        principal,
        "settings/ceilings.html",
        nav="settings",
        tabs=settings_tabs(principal, "ceilings"),
        **await _found(request, response, principal),
    )


@router.get("/state")
async def ceilings_state(request: Request, response: Response, principal: Reader) -> HTMLResponse:
    """The same, for when something was changed."""
    found = await _found(request, response, principal)
    return console.fragment(request, principal, "settings/ceilings_state.html", **found)


@router.get("/set")
async def set_dialog(request: Request, runtime: LiveRuntime, principal: Manager) -> HTMLResponse:
    """The dialog of a ceiling."""
    return _drawn(request, principal, Form({"currency": runtime.settings.currency}))


@router.post("/set")
async def set_ceiling(request: Request, runtime: LiveRuntime, principal: Manager) -> HTMLResponse:
    """Set it, or say at the fields what is wrong with it."""
    form = await sent_form(request)
    scope, _, role = form.values.get("whose", "people").partition(":")
    try:
        name = role if scope == "roles" else form.values.get("name", "")
        if not name:
            raise Problem(422, "say whose", errors=[("name", "is missing")])
        body = _body(form)
        await api.put_ceiling(
            "roles" if scope == "roles" else "people", name, body, request, runtime, principal
        )
    except Refused as error:
        form.fail(error)
        return _drawn(request, principal, form)
    return _done(request, principal, "ceiling.done.set")


@router.get("/remove/{scope}/{currency}/{name:path}")
async def remove_dialog(
    scope: ScopeIn, currency: CurrencyIn, name: api.Name, request: Request, principal: Manager
) -> HTMLResponse:
    """The dialog of removing one."""
    return _drawn(request, principal, Form(), (scope, currency, name))


@router.post("/remove/{scope}/{currency}/{name:path}")
async def remove(
    scope: ScopeIn,
    currency: CurrencyIn,
    name: api.Name,
    request: Request,
    runtime: LiveRuntime,
    principal: Manager,
) -> HTMLResponse:
    """Remove it."""
    form = await sent_form(request)
    try:
        reason = form.parse(_Reason).reason
        await api.delete_ceiling(scope, name, currency, request, runtime, principal, reason)
    except Refused as error:
        form.fail(error)
        return _drawn(request, principal, form, (scope, currency, name))
    return _done(request, principal, "ceiling.done.removed")


class _Reason(Body):
    reason: Why


def _body(form: Form) -> api.CeilingIn:
    given = {name: form.values[name] for name in ("currency", "reason") if name in form.values}
    # Nobody shall get any amount because a field was left empty.
    if form.values.get("bound") == "any":
        return api.CeilingIn.model_validate(given | {"amount": None})
    return Form(given | ({"amount": form.values["amount"]} if "amount" in form.values else {})).parse(
        api.CeilingIn
    )


async def _found(request: Request, response: Response, principal: Principal) -> dict[str, Any]:
    query = api.CeilingQuery(limit=MOST)
    changes = (await api.list_changes(query, request, response, principal)).items
    earlier: dict[tuple[str, str, str], api.CeilingOut] = {}
    told = []
    for change in reversed(changes):
        key = (change.scope, change.name, change.currency)
        told.append((change, earlier.get(key)))
        earlier[key] = change
    return {
        "ceilings": (await api.list_ceilings(query, request, response, principal)).items,
        "changes": told[::-1],
        "may_change": may_open(principal, ("manager",)),
    }


def _drawn(
    request: Request, principal: Principal, form: Form, of: tuple[str, str, str] | None = None
) -> HTMLResponse:
    action = "set" if of is None else "remove/" + "/".join(quote(part, safe="") for part in of)
    return console.fragment(
        request,
        principal,
        "settings/ceiling_dialog.html",
        status=form.status,
        form=form,
        of=of,
        action=f"/console/credit/settings/ceilings/{action}",
    )


def _done(request: Request, principal: Principal, key: str) -> HTMLResponse:
    said = toast(console.text(language_of(request), key)) | {"changed": {}}
    return console.fragment(request, principal, "held/nothing.html", events=said)
