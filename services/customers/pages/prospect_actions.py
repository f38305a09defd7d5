"""What is done about prospects: entered, edited, made a customer, given up."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.customers.api.common import Keeper
from services.customers.api.conversion import ConversionIn, LossIn, convert_prospect, lose_prospect
from services.customers.api.prospects import (
    ProspectChangeIn,
    ProspectIn,
    change_prospect,
    enter_prospect,
    read_prospect,
)
from services.customers.api.scopes import OF_PROSPECT
from services.customers.pages.card_forms import card_of, contact_numbers, values_of
from services.customers.pages.common import console
from services.customers.pages.follow_up_actions import done
from services.customers.pages.names import salesperson_choices
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OPEN, staff_id_of, view_of
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.forms import Form, Refused, sent_form

router = APIRouter(prefix="/console/customers", include_in_schema=False)

Act = Literal["edit", "convert", "lost"]
Work = Callable[[str, Form, Request, Runtime, Principal], Awaitable[Response]]
ProspectId = Annotated[Id, Path()]
DONE = {"edit": "done.card", "convert": "done.converted", "lost": "done.lost"}
FIELDS = (
    *(
        "name",
        "short_name",
        "kind",
        "region",
        "category",
        "business_form",
        "currency",
        "assets",
        "sales_volume",
    ),
    *("growth_percent", "potential_need", "salesperson_id", "next_visit", "source", "notes", "revision"),
)
NUMBERS = ("growth_percent", "revision")


def _sent(form: Form) -> dict[str, Any]:
    card = card_of(form.values, ("tags",))
    for name in NUMBERS:
        if card.get(name, "").removeprefix("-").isdecimal():
            card[name] = int(card[name])
    return card


async def _edit(prospect_id: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    body = ProspectChangeIn.model_validate(_sent(form))
    return await change_prospect(prospect_id, body, request, runtime, who)


async def _convert(
    prospect_id: str, form: Form, request: Request, runtime: Runtime, who: Principal
) -> Response:
    return await convert_prospect(prospect_id, form.parse(ConversionIn), request, runtime, who)


async def _lose(prospect_id: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    return await lose_prospect(prospect_id, form.parse(LossIn), request, runtime, who)


WORK: dict[str, Work] = {"edit": _edit, "convert": _convert, "lost": _lose}


@router.get("/prospects/new", dependencies=[OPEN])
async def new_dialog(request: Request, runtime: LiveRuntime, principal: Keeper) -> HTMLResponse:
    """The form of a new prospect, with a number that nobody has."""
    mine = staff_id_of(principal) if principal.role == "sales" else ""
    day = await business_day_of(runtime)
    values = {"prospect_id": f"P-{day:%y%m%d}-{uuid4().hex[:4]}", "salesperson_id": mine}
    return await _drawn("new", "", request, runtime, principal, Form(values))


@router.post("/prospects/new", dependencies=[OPEN])
async def enter(request: Request, runtime: LiveRuntime, principal: Keeper) -> HTMLResponse:
    """Enter it, or show the form again with what is wrong."""
    form = await sent_form(request)
    try:
        await enter_prospect(ProspectIn.model_validate(_sent(form)), request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _drawn("new", "", request, runtime, principal, form)
    return done("done.entered", request, principal)


@router.get("/prospects/dialog/{act}/{prospect_id:path}", dependencies=[OF_PROSPECT])
async def dialog(
    act: Annotated[Act, Path()],
    prospect_id: ProspectId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Keeper,
) -> HTMLResponse:
    """The form of an action, filled in with what is known."""
    form = Form()
    if act == "edit":
        card = (await read_prospect(prospect_id, response, runtime, principal)).model_dump()
        form.values = values_of(card, FIELDS, ("tags",))
    elif act == "convert":
        form.values = {"customer_id": prospect_id}
    return await _drawn(act, prospect_id, request, runtime, principal, form)


@router.post("/prospects/dialog/{act}/{prospect_id:path}", dependencies=[OF_PROSPECT])
async def do(
    act: Annotated[Act, Path()],
    prospect_id: ProspectId,
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
) -> HTMLResponse:
    """Do it, or show the form again with what is wrong."""
    form = await sent_form(request)
    try:
        await WORK[act](prospect_id, form, request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _drawn(act, prospect_id, request, runtime, principal, form)
    return done(DONE[act], request, principal)


async def _drawn(
    act: str, prospect_id: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    people = await salesperson_choices(runtime, view_of(runtime, principal), active=True)
    return console.fragment(
        request,
        principal,
        "prospects/dialog.html",
        status=form.status,
        act=act,
        prospect_id=prospect_id,
        form=form,
        people=people,
        contacts=contact_numbers(form.values),
        currency=runtime.settings.currency,
    )
