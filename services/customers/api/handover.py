"""Handing many customers over at once, as when a salesperson leaves."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from contracts.events import EventData
from contracts.events.customers import CustomerAssigned
from contracts.wire import Day, Id
from services.customers import store
from services.customers.api.common import UNKNOWN, Assigner, Body, active_salesperson, refused
from services.customers.api.staff import unknown_salesperson
from services.customers.commands import carry_out_all, moment_after
from services.customers.store import handover
from services.kit.commands import answer_once
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.scope import COMPANY

router = APIRouter(prefix="/staff", tags=["staff"])

MOST_AT_ONCE = 2_000


class HandoverIn(Body):
    """Customers go from one salesperson to another."""

    to: Id = Field(description="who looks after them from then on; must be active that day")
    from_day: Day
    customer_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_AT_ONCE)] | None = Field(
        None, description="only these; left out: all whom the salesperson looks after on that day"
    )


class HandoverOut(BaseModel):
    """What was handed over."""

    salesperson_id: str
    to: str
    from_day: date
    customer_ids: list[str]
    remaining: int = Field(
        description=f"still theirs that day: {MOST_AT_ONCE} go at once, call again for more"
    )


@router.post(
    "/{salesperson_id}/handover",
    response_model=HandoverOut,
    dependencies=[COMPANY, DOCUMENTED],
    responses=UNKNOWN,
)
async def hand_over(
    salesperson_id: Id, body: HandoverIn, request: Request, runtime: LiveRuntime, principal: Assigner
) -> Response:
    """Assign many customers to another salesperson from a day on, all or none. Earlier months keep their owner."""
    if body.to == salesperson_id:
        raise refused("to", "is the same salesperson")

    async def work(call: IdempotentCall) -> Response:
        connection = call.unit.connection
        if await store.salesperson(connection, salesperson_id) is None:
            raise unknown_salesperson(salesperson_id)
        await active_salesperson(connection, body.to, body.from_day, "to")
        owned = await handover.owned_on(connection, salesperson_id, body.from_day)
        chosen = owned if body.customer_ids is None else sorted(set(body.customer_ids))
        if strangers := sorted(set(chosen) - set(owned)):
            at = (body.customer_ids or []).index(strangers[0])
            reason = f"{strangers[0]!r} is not looked after by {salesperson_id!r} on {body.from_day}"
            raise refused(f"customer_ids.{at}", reason)
        chosen = chosen[:MOST_AT_ONCE]
        moment = moment_after(runtime, await handover.latest_word(connection, chosen, body.from_day))
        by = person(principal)
        bodies: list[tuple[EventData, str]] = [
            (CustomerAssigned(customer_id=c, salesperson_id=body.to, from_day=body.from_day, by=by), c)
            for c in chosen
        ]
        if bodies:
            await carry_out_all(runtime, call.unit, bodies, moment=moment)
        answer = HandoverOut(
            salesperson_id=salesperson_id,
            to=body.to,
            from_day=body.from_day,
            customer_ids=chosen,
            remaining=len(owned) - len(chosen),
        )
        return call.answer(200, answer)

    return await answer_once(request, runtime, principal, work)
