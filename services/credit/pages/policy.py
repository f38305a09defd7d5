"""The policy: its versions, changing it, trying a version on the past, and bringing one into force."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from services.credit.api import back_tests
from services.credit.api.approvals import ApprovalQuery, list_approvals
from services.credit.api.common import Finance, Manager, Reader
from services.credit.api.policies import (
    ActivationIn,
    PolicyIn,
    PolicyOut,
    PolicyQuery,
    Version,
    activate_policy,
    draft,
    list_policies,
    read_policy,
)
from services.credit.pages import calendar, policy_form
from services.credit.pages.common import console
from services.credit.pages.held import order_href
from services.credit.pages.receivables import customer_page
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem, reason_of
from services.kit.http.scope import COMPANY
from services.kit.web.console import toast
from services.kit.web.documents import values_of
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open
from services.kit.web.tables import Tone
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

PAGE = "/console/credit/policy"
VERSIONS, WAITING, FLIPS = 50, 200, 100
TONES: dict[str, Tone] = {"draft": "neutral", "scheduled": "info", "in_force": "good", "replaced": "neutral"}
Tab = Annotated[Literal["fields", "json"], Query()]


@router.get("/policy")
async def policy_page(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The versions, the newest first."""
    query = PolicyQuery(limit=VERSIONS)
    found = await list_policies(query, request, response, runtime, principal)
    return _page(
        request,
        principal,
        "policy/page.html",
        versions=found.items,
        next=found.next,
        may_change=may_open(principal, ("finance", "manager")),
    )


@router.get("/approvals")
async def approvals_page(request: Request, response: Response, principal: Reader) -> HTMLResponse:
    """What waits for a second person, the oldest first, each with the page on which it is answered."""
    query = ApprovalQuery(state="open", limit=WAITING)
    waiting = (await list_approvals(query, request, response, principal)).items
    rows = [
        (asked, order_href(asked.order_id) if asked.order_id else customer_page(asked.customer_id))
        for asked in waiting
    ]
    return console.page(
        request, principal, "policy/approvals.html", nav="held", rows=rows, back="/console/credit/held"
    )


@router.get("/policy/version/{version}")
async def version_page(
    version: Version, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What a version says."""
    shown = await read_policy(version, runtime, principal)
    values = policy_form.values_of(shown.policy, runtime.settings.currency)
    return _page(
        request,
        principal,
        "policy/version.html",
        version=shown,
        values=values,
        rules=list(policy_form.rules()),
        text=_text(shown.policy),
        desk=values_of(calendar.SHAPE, calendar.desk_document(shown.policy)),
        desk_shown=calendar.shown(request),
        may_change=may_open(principal, ("finance", "manager")),
        may_activate=may_open(principal, ("manager",)) and shown.activated_at is None,
    )


@router.get("/policy/edit/{version}")
async def edit_page(
    version: Version, request: Request, runtime: LiveRuntime, principal: Finance, tab: Tab = "fields"
) -> HTMLResponse:
    """A new version that begins as another one is."""
    base = await read_policy(version, runtime, principal)
    values = policy_form.values_of(base.policy, runtime.settings.currency)
    return _page(request, principal, "policy/edit.html", **_edited(base, tab, Form(values)))


@router.post("/policy/edit/{version}")
async def save(
    version: Version, request: Request, runtime: LiveRuntime, principal: Finance, tab: Tab = "fields"
) -> HTMLResponse:
    """Store the draft, or say at the fields what is wrong with it."""
    form = await sent_form(request)
    base = await read_policy(version, runtime, principal)
    try:
        given = policy_form.document_in(form, base.policy, runtime.settings.currency)
        document = policy_form.parsed(given)
        reason = form.values.get("reason", "")
        body = PolicyIn.model_validate({"policy": document, "reason": reason})
        answer = await draft(body, given, request, runtime, principal)
    except ValidationError as error:
        found = [(".".join(map(str, e["loc"])), reason_of(e)) for e in error.errors()]
        problem = Problem(422, "the policy is not valid", errors=found)
        policy_form.fail(form, problem, found)
    except Problem as error:
        policy_form.fail(form, error, list(error.errors))
    else:
        return _to(f"{PAGE}/version/{json.loads(bytes(answer.body))['version']}", request, principal)
    return console.fragment(
        request, principal, "policy/form.html", status=form.status, **_edited(base, tab, form)
    )


@router.post("/policy/version/{version}/try")
async def try_it(
    version: Version, request: Request, runtime: LiveRuntime, principal: Finance
) -> HTMLResponse:
    """Try a version on the past, in the background."""
    await sent_form(request)
    shown = await read_policy(version, runtime, principal)
    body = back_tests.BackTestIn(policy=policy_form.parsed(shown.policy))
    answer = await back_tests.ask_for(body, request, runtime, principal)
    found = json.loads(bytes(answer.body))["back_test_id"]
    return _to(f"{PAGE}/back-test/{found}?version={version}", request, principal)


@router.get("/policy/version/{version}/activate")
async def activate_dialog(version: Version, request: Request, principal: Manager) -> HTMLResponse:
    """The dialog, empty."""
    return console.fragment(request, principal, "policy/activate.html", version=version, form=Form())


@router.post("/policy/version/{version}/activate")
async def activate(
    version: Version, request: Request, runtime: LiveRuntime, principal: Manager
) -> HTMLResponse:
    """Bring it into force, or say what is in the way."""
    form = await sent_form(request)
    try:
        await activate_policy(version, form.parse(ActivationIn), request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return console.fragment(
            request, principal, "policy/activate.html", status=form.status, version=version, form=form
        )
    return _to(f"{PAGE}/version/{version}", request, principal)


@router.get("/policy/back-test/{back_test_id}")
async def back_test_page(
    back_test_id: back_tests.BackTestId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
    version: Annotated[int | None, Query(ge=1)] = None,
) -> HTMLResponse:
    """What a version would have done."""
    values = await _tried(back_test_id, request, response, runtime, principal)
    return _page(request, principal, "policy/back_test.html", version=version, **values)


@router.get("/policy/back-test/{back_test_id}/state")
async def back_test_state(
    back_test_id: back_tests.BackTestId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """How far it is, and its result."""
    values = await _tried(back_test_id, request, response, runtime, principal)
    return console.fragment(request, principal, "policy/back_test_state.html", **values)


async def _tried(
    back_test_id: str, request: Request, response: Response, runtime: Any, principal: Principal
) -> dict[str, Any]:
    test = await back_tests.read(back_test_id, runtime, principal)
    flips: list[Any] = []
    if test.status == "done":
        query = back_tests.FlipQuery(limit=FLIPS)
        page = await back_tests.list_flips(back_test_id, query, request, response, runtime, principal)
        flips = page.items
    return {"test": test, "flips": flips, "order_href": order_href}


def _page(request: Request, principal: Principal, template: str, **values: Any) -> HTMLResponse:
    return console.page(request, principal, template, nav="policy", back=PAGE, tones=TONES, **values)


def _edited(base: PolicyOut, tab: str, form: Form) -> dict[str, Any]:
    rules = list(policy_form.rules())
    return {"base": base, "tab": tab, "form": form, "rules": rules, "text": _text(base.policy)}


def _text(policy: dict[str, Any]) -> str:
    return json.dumps(policy, ensure_ascii=False, indent=2)


def _to(href: str, request: Request, principal: Principal) -> HTMLResponse:
    """Send the browser to another page once something is done."""
    said = toast(console.text(language_of(request), "policy.done"))
    answer = console.fragment(request, principal, "held/nothing.html", events=said)
    answer.headers["HX-Redirect"] = href
    return answer
