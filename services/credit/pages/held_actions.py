"""What is done about a held order: each action is a dialog, or one press, on top of the API's own function."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from services.credit.api import approvals, cases, held_orders
from services.credit.api.common import Finance, OrderId
from services.credit.pages.common import console
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.web.console import toast
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.sentences import said
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

Dialog = Literal["release", "reject", "note", "approve", "refuse"]
Press = Literal["claim", "unclaim", "withdraw"]
Work = Callable[[str, Form, Request, Runtime, Principal], Awaitable[Response]]
ASKED_SECOND = 202


@dataclass(frozen=True, slots=True)
class Act:
    """One action: what does it, and the key of what is said when it is done."""

    work: Work
    done: str


async def _release(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await held_orders.release_order(order, form.parse(held_orders.RulingIn), request, runtime, who)


async def _reject(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await held_orders.reject_order(order, form.parse(held_orders.RulingIn), request, runtime, who)


async def _note(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await cases.note_order(order, form.parse(cases.NoteIn), request, runtime, who)


async def _claim(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await cases.claim_order(order, request, runtime, who)


async def _unclaim(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await cases.unclaim_order(order, request, runtime, who)


async def _approve(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    body = form.parse(approvals.AnswerIn)
    return await approvals.approve(await _asked(runtime, order), body, request, runtime, who)


async def _refuse(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    body = form.parse(approvals.AnswerIn)
    return await approvals.refuse(await _asked(runtime, order), body, request, runtime, who)


async def _withdraw(order: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await approvals.withdraw(await _asked(runtime, order), request, runtime, who)


async def _asked(runtime: Runtime, order_id: str) -> str:
    """Return the request that waits for a second person."""
    held = await held_orders.find_held(runtime, order_id)
    if held is None or held.approval_id is None:
        raise Problem(409, f"nothing about order {order_id!r} waits for a second person")
    return held.approval_id


ACTS: dict[str, Act] = {
    "release": Act(_release, "done.released"),
    "reject": Act(_reject, "done.rejected"),
    "note": Act(_note, "done.noted"),
    "approve": Act(_approve, "done.approved"),
    "refuse": Act(_refuse, "done.refused"),
    "claim": Act(_claim, "done.claimed"),
    "unclaim": Act(_unclaim, "done.unclaimed"),
    "withdraw": Act(_withdraw, "done.withdrawn"),
}


@router.get("/held/dialog/{act}/{order_id:path}")
async def dialog(
    act: Annotated[Dialog, Path()],
    order_id: OrderId,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
) -> HTMLResponse:
    """The dialog of an action, empty."""
    return await _drawn(act, order_id, request, runtime, principal, Form())


@router.post("/held/dialog/{act}/{order_id:path}")
async def do(
    act: Annotated[Dialog, Path()],
    order_id: OrderId,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
) -> HTMLResponse:
    """Do it, or show the dialog again with what is wrong."""
    form = await sent_form(request)
    try:
        answer = await ACTS[act].work(order_id, form, request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _drawn(act, order_id, request, runtime, principal, form)
    return _done(act, order_id, request, principal, answer)


@router.post("/held/{act}/{order_id:path}")
async def press(
    act: Annotated[Press, Path()],
    order_id: OrderId,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
) -> HTMLResponse:
    """Do what needs no words."""
    form = await sent_form(request)
    try:
        answer = await ACTS[act].work(order_id, form, request, runtime, principal)
    except Refused as error:
        form.fail(error)
        events = toast(said(request, form.message), "bad") | {"changed": {}}
        return console.fragment(request, principal, "held/nothing.html", status=form.status, events=events)
    return _done(act, order_id, request, principal, answer)


async def _drawn(
    act: Dialog, order_id: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    held = await held_orders.find_held(runtime, order_id)
    values: dict[str, Any] = {"act": act, "order_id": order_id, "held": held, "form": form}
    return console.fragment(request, principal, "held/dialog.html", status=form.status, **values)


def _done(act: str, order_id: str, request: Request, principal: Principal, answer: Response) -> HTMLResponse:
    """Close the dialog, say what was done, and have every part of the page ask again."""
    asked = act == "release" and answer.status_code == ASKED_SECOND
    key = "done.asked" if asked else ACTS[act].done
    text = console.text(language_of(request), key, order=order_id)
    events = toast(text, "info" if asked else "good") | {"changed": {}}
    return console.fragment(request, principal, "held/nothing.html", events=events)
