"""What is done about follow-ups: record, plan, complete, put off; each a dialog on top of the API's own function."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.customers.api.common import Keeper
from services.customers.api.follow_up_steps import (
    CompletionIn,
    RescheduleIn,
    complete_follow_up,
    reschedule_follow_up,
)
from services.customers.api.follow_ups import FollowUpIn, read_follow_up, record_follow_up
from services.customers.api.scopes import OF_FOLLOW_UP
from services.customers.pages.common import HOWS, OUTCOMES, console, moment_of
from services.customers.pages.names import customer_names, prospect_names, salesperson_choices
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.console import toast
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False)

New = Literal["record", "plan"]
Step = Literal["complete", "put-off"]
DONE = {
    "record": "done.recorded",
    "plan": "done.planned",
    "complete": "done.completed",
    "put-off": "done.put_off",
}
A_WEEK = timedelta(days=7)


@router.get("/follow-ups/new/{act}")
async def new_dialog(
    act: Annotated[New, Path()],
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
    view: Own,
    customer: Annotated[Id | None, Query()] = None,
    prospect: Annotated[Id | None, Query()] = None,
    alert: Annotated[Id | None, Query()] = None,
    how: Annotated[Literal["visit", "call"], Query()] = "call",
) -> HTMLResponse:
    """The form of a follow-up that took place, or of one that is planned."""
    given = {"customer_id": customer, "prospect_id": prospect, "alert_id": alert, "how": how}
    form = Form({name: value for name, value in given.items() if value})
    if act == "record":
        form.values["happened_at"] = (
            runtime.clock.now().astimezone(runtime.settings.zone).strftime("%Y-%m-%dT%H:%M")
        )
    else:
        form.values["remind_on"] = str(await business_day_of(runtime) + A_WEEK)
    return await _new(act, request, runtime, principal, view, form)


@router.post("/follow-ups/new/{act}")
async def record(
    act: Annotated[New, Path()], request: Request, runtime: LiveRuntime, principal: Keeper, view: Own
) -> HTMLResponse:
    """Record or plan it, or show the form again with what is wrong."""
    form = await sent_form(request)
    sent = dict(form.values)
    if "happened_at" in sent:
        sent["happened_at"] = moment_of(sent["happened_at"], runtime.settings.zone)
    try:
        await record_follow_up(FollowUpIn.model_validate_strings(sent), request, runtime, principal, view)
    except Refused as error:
        form.fail(error)
        return await _new(act, request, runtime, principal, view, form)
    return done(DONE[act], request, principal)


async def _new(
    act: New, request: Request, runtime: Runtime, principal: Principal, view: View, form: Form
) -> HTMLResponse:
    about = await _about(runtime, view, form.values.get("customer_id"), form.values.get("prospect_id"))
    people = await salesperson_choices(runtime, view, active=True) if view.everything else ()
    values: dict[str, Any] = {"act": act, "form": form, "about": about, "people": people}
    return console.fragment(
        request,
        principal,
        "follow_ups/new.html",
        status=form.status,
        hows=HOWS,
        outcomes=OUTCOMES,
        **values,
    )


async def _about(runtime: Runtime, view: View, customer_id: str | None, prospect_id: str | None) -> str:
    """Return the name of whom it is about; one that the caller does not see stays a number."""
    if customer_id is not None and await view.sees(customer_id):
        return (await customer_names(runtime, [customer_id])).get(customer_id, customer_id)
    if prospect_id is not None and view.everything:
        return (await prospect_names(runtime, [prospect_id])).get(prospect_id, prospect_id)
    return customer_id or prospect_id or ""


@router.get("/follow-ups/step/{act}/{follow_up_id:path}", dependencies=[OF_FOLLOW_UP])
async def step_dialog(
    act: Annotated[Step, Path()],
    follow_up_id: Annotated[Id, Path()],
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
) -> HTMLResponse:
    """The form of what becomes of a follow-up."""
    form = Form({"remind_on": str(await business_day_of(runtime) + A_WEEK)} if act == "put-off" else {})
    return await _step(act, follow_up_id, request, runtime, principal, form)


@router.post("/follow-ups/step/{act}/{follow_up_id:path}", dependencies=[OF_FOLLOW_UP])
async def take_step(
    act: Annotated[Step, Path()],
    follow_up_id: Annotated[Id, Path()],
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
) -> HTMLResponse:
    """Complete it or put it off, or show the form again with what is wrong."""
    form = await sent_form(request)
    try:
        if act == "complete":
            await complete_follow_up(follow_up_id, form.parse(CompletionIn), request, runtime, principal)
        else:
            await reschedule_follow_up(follow_up_id, form.parse(RescheduleIn), request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _step(act, follow_up_id, request, runtime, principal, form)
    return done(DONE[act], request, principal)


async def _step(
    act: Step, follow_up_id: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    item = await read_follow_up(follow_up_id, runtime, principal)
    names = await customer_names(runtime, [item.customer_id])
    names |= await prospect_names(runtime, [item.prospect_id])
    number = item.customer_id or item.prospect_id or ""
    values: dict[str, Any] = {"act": act, "item": item, "form": form, "about": names.get(number, number)}
    return console.fragment(
        request, principal, "follow_ups/step.html", status=form.status, outcomes=OUTCOMES, **values
    )


def done(key: str, request: Request, principal: Principal, **values: object) -> HTMLResponse:
    """Close the dialog, say what was done, and have every part of the page ask again."""
    events = toast(console.text(language_of(request), key, **values)) | {"changed": {}}
    return console.fragment(request, principal, "customers/nothing.html", events=events)
