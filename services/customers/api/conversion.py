"""What becomes of a prospect: a customer, or nothing."""

from datetime import date

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from contracts.events import EventData
from contracts.events.customers import CustomerAssigned, CustomerCreated, Ownership
from contracts.events.prospects import ProspectConverted, ProspectLost
from contracts.wire import Id, Text
from services.customers import store
from services.customers.api.common import CONFLICT, UNKNOWN, Body, Keeper, ShownText, today
from services.customers.api.prospect_answers import WrittenProspect
from services.customers.api.prospects import known_prospect, written_prospect
from services.customers.api.scopes import OF_PROSPECT
from services.customers.commands import carry_out, carry_out_all, moment_after
from services.customers.rules.prospects import Prospect, contacts_of
from services.kit.commands import answer_once
from services.kit.database import UnitOfWork
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.problems import Problem

router = APIRouter(prefix="/prospects", tags=["prospects"])


class ConversionIn(Body):
    """The customer that the prospect becomes; the rest of its card is the prospect's."""

    customer_id: Id | None = Field(None, description="left out: the prospect's own id")
    ownership: Ownership = "company"
    bank_account: Text = ""


class ConversionOut(BaseModel):
    """The customer that the prospect became."""

    prospect_id: str
    customer_id: str
    revision: int = Field(description="of the customer's card")
    salesperson_id: str | None = Field(
        description="who looks after it from today on; null: nobody who is active"
    )
    open_follow_ups: int = Field(
        description="left to do from its time as a prospect: the customer's lists show them"
    )


class LossIn(Body):
    """Why it will not become a customer."""

    reason: ShownText


@router.post(
    "/{prospect_id}/conversion",
    status_code=201,
    response_model=ConversionOut,
    dependencies=[OF_PROSPECT, DOCUMENTED],
    responses=UNKNOWN | CONFLICT,
)
async def convert_prospect(
    prospect_id: Id, body: ConversionIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Make the prospect a customer, with its contacts, tags and salesperson; its follow-ups become the customer's.

    Cash only, as every new customer. 409 when it is one already, or when the customer's id is taken by another card.
    """
    customer_id = body.customer_id or prospect_id
    by = person(principal)

    async def work(call: IdempotentCall) -> Response:
        prospect = await known_prospect(call.unit, prospect_id)
        if prospect.customer_id is not None:
            reason = f"it became customer {prospect.customer_id!r} before"
            raise Problem(409, reason, errors=[("path.prospect_id", reason)])
        known = await store.lock_customer(call.unit.connection, customer_id)
        if known is not None and known.revision > 0:
            reason = f"{customer_id!r} is a customer with a card already"
            raise Problem(409, reason, errors=[("customer_id", reason)])
        day = today(runtime)
        owner = await _active_owner(call.unit, prospect, day)
        created = CustomerCreated(
            customer_id=customer_id,
            revision=1,
            ownership=body.ownership,
            bank_account=body.bank_account,
            by=by,
            contacts=contacts_of(prospect),
            tags=list(prospect.tags),
            **{name: getattr(prospect, name) for name in _CARRIED},
        )
        bodies: list[tuple[EventData, str]] = [(created, customer_id)]
        if owner is not None:
            assigned = CustomerAssigned(customer_id=customer_id, salesperson_id=owner, from_day=day, by=by)
            bodies.append((assigned, customer_id))
        bodies.append(
            (ProspectConverted(prospect_id=prospect_id, customer_id=customer_id, by=by), prospect_id)
        )
        await carry_out_all(runtime, call.unit, bodies, moment=moment_after(runtime, prospect.changed_at))
        answer = ConversionOut(
            prospect_id=prospect_id,
            customer_id=customer_id,
            revision=1,
            salesperson_id=owner,
            open_follow_ups=await store.open_follow_ups(call.unit.connection, prospect_id),
        )
        return call.answer(201, answer)

    answer = await answer_once(request, runtime, principal, work)
    answer.headers["Location"] = f"/customers/{customer_id}"
    return answer


_CARRIED = ("name", "short_name", "region", "category", "business_form")


async def _active_owner(unit: UnitOfWork, prospect: Prospect, day: date) -> str | None:
    if prospect.salesperson_id is None:
        return None
    owner = await store.salesperson(unit.connection, prospect.salesperson_id)
    return owner.salesperson_id if owner is not None and owner.active_on(day) else None


@router.post(
    "/{prospect_id}/loss",
    response_model=WrittenProspect,
    dependencies=[OF_PROSPECT, DOCUMENTED],
    responses=UNKNOWN | CONFLICT,
)
async def lose_prospect(
    prospect_id: Id, body: LossIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Say that the prospect will not become a customer, and why. Another reason corrects the first.

    A lost prospect may still become a customer; 409 when it is one.
    """

    async def work(call: IdempotentCall) -> Response:
        prospect = await known_prospect(call.unit, prospect_id)
        if prospect.customer_id is not None:
            reason = f"it became customer {prospect.customer_id!r}"
            raise Problem(409, reason, errors=[("path.prospect_id", reason)])
        if prospect.lost_reason != body.reason or prospect.lost_at is None:
            lost = ProspectLost(prospect_id=prospect_id, reason=body.reason, by=person(principal))
            moment = moment_after(runtime, prospect.lost_at)
            await carry_out(runtime, call.unit, lost, prospect_id, moment=moment)
        return call.answer(200, await written_prospect(call.unit, prospect_id))

    return await answer_once(request, runtime, principal, work)
