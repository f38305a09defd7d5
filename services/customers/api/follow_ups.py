"""Follow-ups: what was done about customers and prospects, what is next, and what is due."""

from datetime import date, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from contracts.events import EventData
from contracts.events.follow_ups import (
    FollowUpCause,
    FollowUpOutcome,
    FollowUpRecorded,
    How,
    ProspectFollowUpRecorded,
)
from contracts.wire import Day, Id, Instant, Text
from services.customers import store
from services.customers.api.common import (
    CONFLICT,
    UNKNOWN,
    Anybody,
    Body,
    Keeper,
    NewId,
    active_salesperson,
    refused,
    today,
)
from services.customers.api.follow_up_answers import (
    FollowUpDetail,
    FollowUpOut,
    StepOut,
    follow_up_out,
    step_out,
)
from services.customers.api.scopes import OF_FOLLOW_UP, prospect_seen, seen_follow_ups
from services.customers.commands import FURTHEST_AHEAD, carry_out
from services.customers.store import follow_up_reads as reads
from services.kit.batch import business_day
from services.kit.commands import answer_once
from services.kit.database import UnitOfWork
from services.kit.http.auth import Principal, person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import Own, View
from services.kit.runtime import Runtime

router = APIRouter(prefix="/follow-ups", tags=["follow-ups"])

ORDERING = Ordering(
    {"recorded_at": reads.RECORDED_AT, "remind_on": reads.REMIND_ON, "happened_at": reads.HAPPENED_AT},
    unique=reads.FOLLOW_UP_ID,
    default="-recorded_at",
)
"""What has no reminder sorts as if it were due last; what is planned sorts by when it was recorded."""


class FollowUpIn(Body):
    """A follow-up that took place (`happened_at`, `outcome`), or one that is planned (`remind_on`)."""

    follow_up_id: NewId = None
    customer_id: Id | None = None
    prospect_id: Id | None = None
    salesperson_id: Id | None = Field(
        None,
        description="who; left out: the caller, if a salesperson, else who looks after the customer or prospect",
    )
    how: How
    happened_at: Instant | None = Field(None, description="when it took place; left out: it is planned")
    contact: Text = Field("", description="whom they spoke to")
    outcome: FollowUpOutcome | None = None
    notes: Text = ""
    next_step: Text = ""
    remind_on: Day | None = Field(None, description="the day on which somebody is to be reminded")
    alert_id: Id | None = Field(None, description="the alert that caused it")


class FollowUpQuery(PageQuery):
    """Filters of the list."""

    customer: Id | None = Field(None, description="also what was done while it was a prospect")
    prospect: Id | None = None
    salesperson: Id | None = None
    alert: Id | None = Field(None, description="those that this alert caused")
    cause: FollowUpCause | None = Field(None, description="those that were planned for it by themselves")
    outcome: FollowUpOutcome | None = Field(
        None, description="of its completion, or else of what was recorded"
    )
    how: How | None = None
    open: bool | None = Field(None, description="whether something is left to do")
    due: bool | None = Field(None, description="true: open, with a reminder for `due_by` or before")
    due_by: date | None = Field(None, description="the day of `due`, today by default")
    recorded_from: date | None = None
    recorded_to: date | None = Field(None, description="this day included")


def _check(body: FollowUpIn, now: datetime) -> None:
    if (body.customer_id is None) == (body.prospect_id is None):
        raise refused("customer_id", "or prospect_id must say whom it is about, one of them")
    if body.happened_at is None:
        if body.outcome is not None:
            raise refused("happened_at", "must say when it took place, as it has an outcome")
        if body.remind_on is None:
            raise refused("remind_on", "must say for when it is planned, as it has not taken place")
    elif body.happened_at > now + FURTHEST_AHEAD:
        raise refused("happened_at", "has not come yet; leave it out to plan")
    elif body.outcome is None:
        raise refused("outcome", "must say what came of it, as it has taken place")


@router.post("", status_code=201, response_model=FollowUpOut, dependencies=[DOCUMENTED], responses=CONFLICT)
async def record_follow_up(
    body: FollowUpIn, request: Request, runtime: LiveRuntime, principal: Keeper, view: Own
) -> Response:
    """Record what was done about a customer or a prospect, or plan it. A reminder for today is told at once."""
    _check(body, runtime.clock.now())
    follow_up_id = body.follow_up_id or f"F-{uuid4().hex}"

    async def work(call: IdempotentCall) -> Response:
        await _check_subject(call.unit, body, view)
        seller = await _salesperson(call.unit, body, runtime, principal)
        fields = body.model_dump(exclude={"customer_id", "prospect_id"})
        fields |= {"follow_up_id": follow_up_id, "salesperson_id": seller, "by": person(principal)}
        recorded: EventData
        if body.customer_id is not None:
            recorded = FollowUpRecorded(customer_id=body.customer_id, **fields)
            await carry_out(runtime, call.unit, recorded, body.customer_id)
        else:
            assert body.prospect_id is not None
            recorded = ProspectFollowUpRecorded(prospect_id=body.prospect_id, **fields)
            await carry_out(runtime, call.unit, recorded, body.prospect_id)
        return call.answer(201, await shown_follow_up(call.unit, follow_up_id))

    answer = await answer_once(request, runtime, principal, work)
    answer.headers["Location"] = f"/follow-ups/{follow_up_id}"
    return answer


async def _check_subject(unit: UnitOfWork, body: FollowUpIn, view: View) -> None:
    if body.customer_id is not None:
        known = await store.lock_customer(unit.connection, body.customer_id)
        if known is None or not await view.sees(body.customer_id):
            raise refused("customer_id", f"nothing is known of customer {body.customer_id!r}")
    elif body.prospect_id is not None:
        prospect = await store.lock_prospect(unit.connection, body.prospect_id)
        seen = await view.holds(prospect_seen(view, body.prospect_id))
        if prospect is None or prospect.revision == 0 or not seen:
            raise refused("prospect_id", f"nobody has entered prospect {body.prospect_id!r}")
        if prospect.customer_id is not None:
            reason = f"{body.prospect_id!r} has become customer {prospect.customer_id!r}: name that instead"
            raise refused("prospect_id", reason, 409)


async def _salesperson(unit: UnitOfWork, body: FollowUpIn, runtime: Runtime, principal: Principal) -> str:
    """Who did it or is to do it."""
    day = today(runtime)
    if body.salesperson_id is not None:
        if body.happened_at is not None:
            day = business_day(body.happened_at, runtime.settings.zone)
        return (await active_salesperson(unit.connection, body.salesperson_id, day)).salesperson_id
    caller = await store.salesperson(unit.connection, principal.staff_id or person(principal))
    if caller is not None and caller.revision > 0:
        return caller.salesperson_id
    owner = None
    if body.customer_id is not None:
        owner = await store.owner_of(unit.connection, body.customer_id, day)
    elif body.prospect_id is not None:
        prospect = await store.lock_prospect(unit.connection, body.prospect_id)
        owner = prospect.salesperson_id if prospect else None
    if owner is None:
        raise refused(
            "salesperson_id", "must say who: the caller is no salesperson, and nobody looks after them"
        )
    return owner


async def shown_follow_up(unit: UnitOfWork, follow_up_id: str) -> FollowUpOut:
    """Return a follow-up as it stands in this transaction."""
    found = await store.lock_follow_up(unit.connection, follow_up_id)
    assert found is not None
    return follow_up_out(found)


def unknown_follow_up(follow_up_id: str) -> Problem:
    """Return the answer about a follow-up that nobody has recorded."""
    return Problem(
        404, f"there is no follow-up {follow_up_id!r}", errors=[("path.follow_up_id", "is not known")]
    )


@router.get("")
async def list_follow_ups(
    query: Annotated[FollowUpQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
) -> Page[FollowUpOut]:
    """List follow-ups, the latest first; sort by `recorded_at`, `happened_at` or `remind_on`.

    Salespeople see those about their own customers, and their own or nobody's prospects.
    """
    statement = reads.recorded().where(seen_follow_ups(view))
    for name in ("customer", "prospect", "salesperson", "alert", "cause", "outcome", "how", "open"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(reads.FILTERS[name](value))
    if query.due is not None:
        due = reads.due_by(query.due_by or today(runtime))
        statement = statement.where(due if query.due else ~due)
    zone = runtime.settings.zone.key
    if query.recorded_from is not None:
        statement = statement.where(reads.recorded_day(zone) >= query.recorded_from)
    if query.recorded_to is not None:
        statement = statement.where(reads.recorded_day(zone) <= query.recorded_to)
    file = ("follow-ups", FollowUpOut)
    return await read_page(request, response, statement, ORDERING, query, follow_up_out, file=file)


@router.get("/{follow_up_id}", responses=UNKNOWN, dependencies=[OF_FOLLOW_UP])
async def read_follow_up(follow_up_id: Id, runtime: LiveRuntime, principal: Anybody) -> FollowUpDetail:
    """Show a follow-up with every step of it, the latest first."""
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(reads.recorded().where(reads.with_id(follow_up_id)))).one_or_none()
        if row is None:
            raise unknown_follow_up(follow_up_id)
        steps: list[StepOut] = [step_out(step) for step in await reads.steps_of(connection, row)]
    return FollowUpDetail(**follow_up_out(row).model_dump(), steps=steps)
