"""What becomes of a follow-up: it is completed, or put off to another day."""

from typing import Any

from fastapi import APIRouter, Request, Response

from contracts.events import EventData
from contracts.events.follow_ups import (
    FollowUpCompleted,
    FollowUpOutcome,
    FollowUpRescheduled,
    ProspectFollowUpCompleted,
    ProspectFollowUpRescheduled,
)
from contracts.wire import Day, Id, Text
from services.customers import store
from services.customers.api.common import CONFLICT, UNKNOWN, Body, Keeper, refused, today
from services.customers.api.follow_up_answers import FollowUpOut
from services.customers.api.follow_ups import shown_follow_up, unknown_follow_up
from services.customers.api.scopes import OF_FOLLOW_UP
from services.customers.commands import carry_out, moment_after
from services.customers.rules.follow_ups import FollowUp
from services.kit.commands import answer_once
from services.kit.database import UnitOfWork
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

router = APIRouter(prefix="/follow-ups", tags=["follow-ups"])


class CompletionIn(Body):
    """How it ended."""

    outcome: FollowUpOutcome
    notes: Text = ""


class RescheduleIn(Body):
    """Another day to be reminded on."""

    remind_on: Day
    reason: Text = ""


async def _known(unit: UnitOfWork, follow_up_id: str) -> FollowUp:
    known = await store.lock_follow_up(unit.connection, follow_up_id)
    if known is None or known.recorded is None:
        raise unknown_follow_up(follow_up_id)
    return known


@router.post(
    "/{follow_up_id}/completion",
    response_model=FollowUpOut,
    dependencies=[OF_FOLLOW_UP, DOCUMENTED],
    responses=UNKNOWN | CONFLICT,
)
async def complete_follow_up(
    follow_up_id: Id, body: CompletionIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Say that what a follow-up left to do is done, and what came of it. 409 when somebody did so before."""

    async def work(call: IdempotentCall) -> Response:
        known = await _known(call.unit, follow_up_id)
        if known.step == "completed":
            who = known.step_by or "another system"
            raise Problem(
                409, f"it was completed by {who} at {known.step_at}", errors=[("outcome", "is known")]
            )
        fields: dict[str, Any] = {
            "follow_up_id": follow_up_id,
            "by": person(principal),
            **body.model_dump(),
        }
        completed: EventData
        if known.customer_id is not None:
            completed = FollowUpCompleted(customer_id=known.customer_id, **fields)
        else:
            completed = ProspectFollowUpCompleted(prospect_id=_prospect(known), **fields)
        await _carry_out(runtime, call, known, completed)
        return call.answer(200, await shown_follow_up(call.unit, follow_up_id))

    return await answer_once(request, runtime, principal, work)


@router.post(
    "/{follow_up_id}/reschedule",
    response_model=FollowUpOut,
    dependencies=[OF_FOLLOW_UP, DOCUMENTED],
    responses=UNKNOWN,
)
async def reschedule_follow_up(
    follow_up_id: Id, body: RescheduleIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Have the reminder come on another day. What was completed is open again."""
    if body.remind_on < today(runtime):
        raise refused("remind_on", f"{body.remind_on} is over")

    async def work(call: IdempotentCall) -> Response:
        known = await _known(call.unit, follow_up_id)
        fields: dict[str, Any] = {
            "follow_up_id": follow_up_id,
            "by": person(principal),
            **body.model_dump(),
        }
        rescheduled: EventData
        if known.customer_id is not None:
            rescheduled = FollowUpRescheduled(customer_id=known.customer_id, **fields)
        else:
            rescheduled = ProspectFollowUpRescheduled(prospect_id=_prospect(known), **fields)
        await _carry_out(runtime, call, known, rescheduled)
        return call.answer(200, await shown_follow_up(call.unit, follow_up_id))

    return await answer_once(request, runtime, principal, work)


def _prospect(known: FollowUp) -> str:
    assert known.prospect_id is not None
    return known.prospect_id


async def _carry_out(runtime: Runtime, call: IdempotentCall, known: FollowUp, event: EventData) -> None:
    key = known.customer_id or known.prospect_id
    assert key is not None
    await carry_out(runtime, call.unit, event, key, moment=moment_after(runtime, known.step_at))
