"""Several customers at once: assigned to a salesperson, or followed up. All or none, so that one answer says it all."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from contracts.events import EventData
from contracts.events.customers import CustomerAssigned
from contracts.events.follow_ups import FollowUpRecorded, How
from contracts.wire import Day, Id, Text
from services.customers.api.common import Assigner, Body, Keeper, active_salesperson, refused, today
from services.customers.commands import carry_out_all, moment_after
from services.customers.store import several
from services.customers.store.handover import latest_word
from services.kit.commands import answer_once
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.scope import COMPANY, Own, View

router = APIRouter(tags=["customers"])

MOST_AT_ONCE = 2_000

CustomerIds = Annotated[list[Id], Field(min_length=1, max_length=MOST_AT_ONCE)]


class SeveralAssignedIn(Body):
    """From ``from_day`` on this salesperson looks after these customers; earlier months keep their owners."""

    customer_ids: CustomerIds
    salesperson_id: Id
    from_day: Day


class SeveralAssigned(BaseModel):
    """What was assigned, in the order of the customers' ids."""

    salesperson_id: str
    from_day: date
    customer_ids: list[str]


class SeveralPlannedIn(Body):
    """One planned follow-up for each of these customers."""

    customer_ids: CustomerIds
    salesperson_id: Id | None = Field(
        None, description="who is to do them; left out: for each customer whoever looks after it today"
    )
    how: How
    next_step: Text = ""
    notes: Text = ""
    remind_on: Day


class Planned(BaseModel):
    """A follow-up that was planned."""

    customer_id: str
    follow_up_id: str
    salesperson_id: str


class SeveralPlanned(BaseModel):
    """What was planned, in the order of the customers' ids."""

    remind_on: date
    status: Literal["planned"] = "planned"
    follow_ups: list[Planned]


async def _known(call: IdempotentCall, asked: Sequence[str], view: View | None = None) -> list[str]:
    """Return the customers in order, locked and without repetitions.

    Raises:
        Problem: 422 naming the first that is not known, or not seen by the caller: the two answers are alike.
    """
    seen = await several.lock_customers(call.unit.connection, asked)
    if view is not None:
        seen &= await several.seen_of(view, seen)
    for at, customer_id in enumerate(asked):
        if customer_id not in seen:
            raise refused(f"customer_ids.{at}", f"nothing is known of customer {customer_id!r}")
    return sorted(seen)


@router.post(
    "/customers/assignments",
    status_code=201,
    response_model=SeveralAssigned,
    dependencies=[COMPANY, DOCUMENTED],
)
async def assign_several(
    body: SeveralAssignedIn, request: Request, runtime: LiveRuntime, principal: Assigner
) -> Response:
    """Assign several customers to a salesperson from a day on, all or none.

    A customer that is not known, or a salesperson who is not entered or not active that day, refuses all (422).
    """

    async def work(call: IdempotentCall) -> Response:
        connection = call.unit.connection
        chosen = await _known(call, body.customer_ids)
        await active_salesperson(connection, body.salesperson_id, body.from_day)
        moment = moment_after(runtime, await latest_word(connection, chosen, body.from_day))
        fields = body.model_dump(exclude={"customer_ids"}) | {"by": person(principal)}
        bodies: list[tuple[EventData, str]] = [
            (CustomerAssigned(customer_id=customer_id, **fields), customer_id) for customer_id in chosen
        ]
        await carry_out_all(runtime, call.unit, bodies, moment=moment)
        answer = SeveralAssigned(
            salesperson_id=body.salesperson_id, from_day=body.from_day, customer_ids=chosen
        )
        return call.answer(201, answer)

    return await answer_once(request, runtime, principal, work)


@router.post(
    "/follow-ups/several",
    status_code=201,
    response_model=SeveralPlanned,
    dependencies=[DOCUMENTED],
    tags=["follow-ups"],
)
async def follow_up_several(
    body: SeveralPlannedIn, request: Request, runtime: LiveRuntime, principal: Keeper, view: Own
) -> Response:
    """Plan one follow-up for each of several customers, all or none. Salespeople: of their own customers only.

    Without `salesperson_id`, a customer that nobody looks after refuses all (422).
    """

    async def work(call: IdempotentCall) -> Response:
        connection, day = call.unit.connection, today(runtime)
        chosen = await _known(call, body.customer_ids, view)
        if body.salesperson_id is not None:
            seller = await active_salesperson(connection, body.salesperson_id, day)
            who = dict.fromkeys(chosen, seller.salesperson_id)
        else:
            who = await several.owners_on(connection, chosen, day)
        for at, customer_id in enumerate(body.customer_ids):
            if customer_id not in who:
                reason = f"nobody looks after {customer_id!r}: say with salesperson_id who is to do it"
                raise refused(f"customer_ids.{at}", reason)
        planned = [
            Planned(customer_id=c, follow_up_id=f"F-{uuid4().hex}", salesperson_id=who[c]) for c in chosen
        ]
        fields = body.model_dump(include={"how", "next_step", "notes", "remind_on"})
        bodies: list[tuple[EventData, str]] = [
            (FollowUpRecorded(**one.model_dump(), **fields, by=person(principal)), one.customer_id)
            for one in planned
        ]
        await carry_out_all(runtime, call.unit, bodies)
        return call.answer(201, SeveralPlanned(remind_on=body.remind_on, follow_ups=planned))

    return await answer_once(request, runtime, principal, work)
