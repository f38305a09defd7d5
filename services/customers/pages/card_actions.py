"""What is done on a customer's page: the card is edited, a score recorded, the customer handed over."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.customers.api.archive import change_card, enter_customer, read_customer
from services.customers.api.common import Anybody
from services.customers.api.relations import assign_customer
from services.customers.api.requests import AssignmentIn, CardChangeIn, CustomerIn
from services.customers.api.satisfaction import SatisfactionIn, record_satisfaction
from services.customers.pages.card_forms import card_of, contact_numbers, values_of
from services.customers.pages.common import KEEPERS, SOURCES, console
from services.customers.pages.follow_up_actions import done
from services.customers.pages.names import salesperson_choices
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, view_of
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.forms import Form, Refused, sent_form
from services.kit.web.navigation import may_open

router = APIRouter(prefix="/console/customers", include_in_schema=False, dependencies=[OF_CUSTOMER])

Act = Literal["edit", "hand-over", "score"]
Work = Callable[[str, Form, Request, Runtime, Principal], Awaitable[Response]]
CustomerId = Annotated[Id, Path()]
ROLES: dict[str, tuple[str, ...]] = {"edit": KEEPERS, "score": KEEPERS, "hand-over": ("system", "manager")}
DONE = {"edit": "done.card", "hand-over": "done.handed_over", "score": "done.scored"}
FIELDS = (
    *("name", "short_name", "region", "category", "business_form", "ownership", "bank_account", "revision"),
)
LISTS = ("tags", "phones")


async def _edit(customer_id: str, form: Form, request: Request, runtime: Runtime, who: Principal) -> Response:
    card = card_of(form.values, LISTS)
    revision = card.pop("revision", "")
    card.setdefault("bank_account", "")
    if revision == "0":  # it trades, but nobody has entered a card
        entered = CustomerIn.model_validate(card | {"customer_id": customer_id})
        return await enter_customer(entered, request, runtime, who, view_of(runtime, who))
    card["revision"] = int(revision) if revision.isdecimal() else None
    body = CardChangeIn.model_validate(card)
    return await change_card(customer_id, body, request, runtime, who)


async def _hand_over(
    customer_id: str, form: Form, request: Request, runtime: Runtime, who: Principal
) -> Response:
    return await assign_customer(customer_id, form.parse(AssignmentIn), request, runtime, who)


async def _score(
    customer_id: str, form: Form, request: Request, runtime: Runtime, who: Principal
) -> Response:
    sent: dict[str, Any] = dict(form.values)
    if sent.get("score", "").isdecimal():
        sent["score"] = int(sent["score"])
    return await record_satisfaction(customer_id, SatisfactionIn.model_validate(sent), request, runtime, who)


WORK: dict[str, Work] = {"edit": _edit, "hand-over": _hand_over, "score": _score}


@router.get("/card-dialog/{act}/{customer_id:path}")
async def dialog(
    act: Annotated[Act, Path()],
    customer_id: CustomerId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
) -> HTMLResponse:
    """The form of an action, filled in with what is known."""
    _check(act, principal)
    form = Form()
    if act == "edit":
        card = (await read_customer(customer_id, response, runtime, principal)).model_dump()
        form.values = values_of(card, FIELDS, LISTS)
    elif act == "hand-over":
        form.values = {"from_day": str(await business_day_of(runtime))}
    return await _drawn(act, customer_id, request, runtime, principal, form)


@router.post("/card-dialog/{act}/{customer_id:path}")
async def do(
    act: Annotated[Act, Path()],
    customer_id: CustomerId,
    request: Request,
    runtime: LiveRuntime,
    principal: Anybody,
) -> HTMLResponse:
    """Do it, or show the form again with what is wrong."""
    _check(act, principal)
    form = await sent_form(request)
    try:
        await WORK[act](customer_id, form, request, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _drawn(act, customer_id, request, runtime, principal, form)
    return done(DONE[act], request, principal)


def _check(act: str, principal: Principal) -> None:
    """Ask for the role that the API's own route asks for.

    Raises:
        Problem: 403.
    """
    if not may_open(principal, ROLES[act]):
        raise Problem(403, f"{principal.name} has {principal.role}, which may not do this")


async def _drawn(
    act: str, customer_id: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    people = await salesperson_choices(runtime, view_of(runtime, principal), active=True)
    return console.fragment(
        request,
        principal,
        "card/dialog.html",
        status=form.status,
        act=act,
        customer_id=customer_id,
        form=form,
        people=people if act == "hand-over" else (),
        sources=SOURCES,
        contacts=contact_numbers(form.values),
    )
