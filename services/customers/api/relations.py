"""Who looks after a customer, and whether it is blacklisted."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.events import EventData
from contracts.events.customers import CustomerAssigned, CustomerBlacklisted, CustomerBlacklistLifted
from contracts.wire import Id
from services.customers import store
from services.customers.api import answers
from services.customers.api.answers import AssignmentOut, BlacklistOut, WrittenAssignment, WrittenBlacklist
from services.customers.api.common import Assigner, Known, active_salesperson
from services.customers.api.requests import AssignmentIn, BlacklistIn, LiftIn
from services.customers.commands import carry_out, moment_after
from services.customers.store import reads
from services.kit.commands import answer_once
from services.kit.http.auth import Principal, person, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, OF_CUSTOMER
from services.kit.runtime import Runtime

router = APIRouter(prefix="/customers/{customer_id}", tags=["customers"])

Judge = Annotated[Principal, Depends(require("finance", "manager"))]

_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing is known of this customer"}}


@router.post(
    "/assignments",
    dependencies=[COMPANY, DOCUMENTED],
    status_code=201,
    response_model=WrittenAssignment,
    responses=_UNKNOWN,
)
async def assign_customer(
    customer_id: Id, body: AssignmentIn, request: Request, runtime: LiveRuntime, principal: Assigner
) -> Response:
    """Assign the customer to a salesperson from a day on. Another word about the same day corrects the first.

    The salesperson must be entered and active on that day (422).
    """
    assigned = CustomerAssigned(customer_id=customer_id, by=person(principal), **body.model_dump())

    async def assign(call: IdempotentCall) -> Response:
        if await store.lock_customer(call.unit.connection, customer_id) is None:
            raise _unknown(customer_id)
        await active_salesperson(call.unit.connection, body.salesperson_id, body.from_day)
        known_at = await store.assigned_at(call.unit.connection, customer_id, body.from_day)
        moment = moment_after(runtime, known_at)
        await carry_out(runtime, call.unit, assigned, customer_id, moment=moment)
        return call.answer(201, WrittenAssignment(customer_id=customer_id, **body.model_dump()))

    return await answer_once(request, runtime, principal, assign)


@router.get("/assignments", dependencies=[OF_CUSTOMER, Known])
async def list_assignments(
    customer_id: Id,
    runtime: LiveRuntime,
    as_of: Annotated[date | None, Query(description="only who looked after the customer on this day")] = None,
) -> list[AssignmentOut]:
    """Show who looked after the customer, latest first."""
    async with runtime.database.engine.connect() as connection:
        return answers.assignments(await reads.assignments_of(connection, customer_id, as_of))


@router.post(
    "/blacklist", dependencies=[COMPANY, DOCUMENTED], response_model=WrittenBlacklist, responses=_UNKNOWN
)
async def blacklist_customer(
    customer_id: Id, body: BlacklistIn, request: Request, runtime: LiveRuntime, principal: Judge
) -> Response:
    """Blacklist the customer: no order of it passes, paid in advance or not. Doing so again gives another reason."""
    event = CustomerBlacklisted(customer_id=customer_id, reason=body.reason, by=person(principal))
    return await _judge(customer_id, event, True, body.reason, request, runtime, principal)


@router.post(
    "/blacklist/lift", dependencies=[COMPANY, DOCUMENTED], response_model=WrittenBlacklist, responses=_UNKNOWN
)
async def lift_blacklist(
    customer_id: Id, body: LiftIn, request: Request, runtime: LiveRuntime, principal: Judge
) -> Response:
    """Lift the blacklisting. Lifting what is not blacklisted changes nothing."""
    event = CustomerBlacklistLifted(customer_id=customer_id, reason=body.reason, by=person(principal))
    return await _judge(customer_id, event, False, body.reason, request, runtime, principal)


@router.get("/blacklist", dependencies=[OF_CUSTOMER, Known])
async def list_blacklist(customer_id: Id, runtime: LiveRuntime) -> list[BlacklistOut]:
    """Show every blacklisting and lifting, latest first."""
    async with runtime.database.engine.connect() as connection:
        return answers.blacklistings(await reads.blacklistings_of(connection, customer_id))


async def _judge(
    customer_id: str,
    event: EventData,
    blacklisted: bool,
    reason: str,
    request: Request,
    runtime: Runtime,
    principal: Principal,
) -> Response:
    async def judge(call: IdempotentCall) -> Response:
        known = await store.lock_customer(call.unit.connection, customer_id)
        if known is None:
            raise _unknown(customer_id)
        same = known.blacklisted == blacklisted and (not blacklisted or known.blacklist_reason == reason)
        if not same:
            moment = moment_after(runtime, known.blacklist_changed_at)
            await carry_out(runtime, call.unit, event, customer_id, moment=moment)
        return call.answer(
            200, WrittenBlacklist(customer_id=customer_id, blacklisted=blacklisted, reason=reason)
        )

    return await answer_once(request, runtime, principal, judge)


def _unknown(customer_id: str) -> Problem:
    return Problem(404, f"nothing is known of customer {customer_id!r}; POST /customers enters it")
