"""A customer's page: what the archive knows, and what credit and insights draw into it."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.customers.api.answers import CustomerOut
from services.customers.api.archive import read_customer
from services.customers.api.changes import ChangeQuery, list_customer_changes
from services.customers.api.common import Anybody
from services.customers.api.follow_up_answers import FollowUpOut
from services.customers.api.follow_ups import FollowUpQuery, list_follow_ups
from services.customers.api.satisfaction import SatisfactionQuery, list_satisfaction
from services.customers.pages.common import console, may_assign, may_keep
from services.customers.pages.history import steps_of
from services.customers.pages.listed import PAGE, standing_badges
from services.customers.pages.names import salespeople
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OF_CUSTOMER, view_of
from services.kit.runtime import Runtime
from services.kit.web.business_day import business_day_of
from services.kit.web.navigation import may_open
from services.kit.web.tables import Badge
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False, dependencies=[OF_CUSTOMER])

CustomerId = Annotated[Id, Path()]
SHOWN_DONE, SHOWN_SCORES, SHOWN_CHANGES = 5, 6, 8
TRADE = ("sales", "finance", "manager")


@dataclass(frozen=True, slots=True)
class CardState:
    """Everything of the page that the archive itself knows.

    Attributes:
        done: the latest follow-ups of which nothing is left to do.
        people: names of salespeople by id.
        trades: whether the reader may see what insights makes of the customer.
    """

    customer: CustomerOut
    badges: list[Badge]
    done: list[FollowUpOut]
    scores: list[Any]
    people: dict[str, str]
    day: Any
    may_keep: bool
    may_assign: bool
    trades: bool


@router.get("/card/{customer_id:path}")
async def card_page(
    customer_id: CustomerId, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody
) -> HTMLResponse:
    """The page."""
    state = await read_card(customer_id, request, response, runtime, principal)
    live = ("insights.alerts", "insights.forecasts") if state.trades else ()
    return console.page(
        request, principal, "card/page.html", nav="customers", live=live, state=state, back=PAGE, again=False
    )


@router.get("/part/state/{customer_id:path}")
async def card_state(
    customer_id: CustomerId, request: Request, response: Response, runtime: LiveRuntime, principal: Anybody
) -> HTMLResponse:
    """The part of it that the archive's own actions change."""
    state = await read_card(customer_id, request, response, runtime, principal)
    return console.fragment(request, principal, "card/state.html", state=state, again=True)


@router.get("/part/history/{customer_id:path}")
async def card_history(
    customer_id: CustomerId,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> HTMLResponse:
    """Who changed what of the customer, and when: the latest, or those before a place."""
    query = ChangeQuery(limit=SHOWN_CHANGES, cursor=cursor)
    page = await list_customer_changes(customer_id, query, request, response, principal)
    return console.fragment(
        request,
        principal,
        "card/history.html",
        steps=steps_of(page.items, language_of(request)),
        next=page.next,
        path=f"/console/customers/part/history/{customer_id}",
    )


async def read_card(
    customer_id: str, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> CardState:
    """Return everything the archive knows of a customer.

    Raises:
        Problem: 404 when that is nothing.
    """
    customer = await read_customer(customer_id, response, runtime, principal)
    view = view_of(runtime, principal)
    done = FollowUpQuery(customer=customer_id, open=False, limit=SHOWN_DONE)
    closed = await list_follow_ups(done, request, response, runtime, principal, view)
    scores = SatisfactionQuery(limit=SHOWN_SCORES)
    scored = await list_satisfaction(customer_id, scores, request, response, principal)
    ids = [customer.salesperson_id, *(step.salesperson_id for step in customer.assignments)]
    ids += [item.salesperson_id for item in (*customer.open_follow_ups, *closed.items)]
    return CardState(
        customer=customer,
        badges=standing_badges(customer, language_of(request)),
        done=closed.items,
        scores=scored.items,
        people=await salespeople(runtime, ids),
        day=await business_day_of(runtime),
        may_keep=may_keep(principal),
        may_assign=may_assign(principal),
        trades=may_open(principal, TRADE),
    )
