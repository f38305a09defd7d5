"""Held orders as work: claiming them, notes, and everything that happened to one."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.wire import Id, Text
from services.credit.api.account_answers import Money
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, Finance, OrderId, Reader, money
from services.credit.api.history import StepOut, history_of
from services.credit.api.unheld import not_held, unknown_order
from services.credit.commands import person
from services.credit.outgoing_desk import assigned_row, noted_row
from services.credit.queries import cases, documents, writing
from services.credit.store import desk
from services.credit.store.desk import Held
from services.credit.tables_desk import case_log
from services.kit.database import UnitOfWork
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime

router = APIRouter(tags=["held orders"])

NOTES = Ordering({"number": case_log.c.id}, unique=case_log.c.id, default="number")
Manager = Annotated[Principal, Depends(require("manager"))]
"""Who hands out work."""


class CaseOut(BaseModel):
    """A held order as work."""

    order_id: str
    customer_id: str
    amount: Money
    currency: str
    opened_on: date = Field(description="the business day it was held on")
    due_on: date | None = Field(description="the last day for a ruling; null: no deadline (any more)")
    escalated: int = Field(description="how often it escalated; 0: never")
    owner: str | None = Field(description="who works on it; null: nobody")
    owned_since: datetime | None


class AssignmentIn(Body):
    """Whose work the order is to be."""

    owner: Id = Field(examples=["li.na"])


class NoteIn(Body):
    """A note, for whoever works on the order next."""

    text: Annotated[Text, Field(min_length=1, examples=["promised to pay on Friday"])]


class NoteOut(BaseModel):
    """A note as it was written; it is never changed."""

    number: int
    order_id: str
    at: datetime
    by: str
    text: str


class HistoryOut(BaseModel):
    """Everything that happened to an order that is or was held, oldest first."""

    order_id: str
    customer_id: str
    status: Literal["approved", "held", "rejected", "cancelled", "invoiced"]
    steps: list[StepOut]


@router.post(
    "/held-orders/{order_id:path}/claim",
    response_model=CaseOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Claim a held order",
)
async def claim_order(
    order_id: OrderId, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Take a held order as your work. Of several people at once one gets it, the others get 409 saying who.

    Claiming what is yours already changes nothing. Published as `credit.case_assigned`.
    """
    me = person(principal)

    async def work(held: Held, unit: UnitOfWork, at: datetime) -> CaseOut:
        if held.owner is not None and held.owner != me:
            raise _taken(held)
        if held.owner is None:
            await _give(unit, held, me, kind="claimed", by=me, at=at)
        return _case(held)

    return await _on_held(order_id, request, runtime, principal, work)


@router.delete(
    "/held-orders/{order_id:path}/claim",
    response_model=CaseOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Give a held order back",
)
async def unclaim_order(
    order_id: OrderId, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Give back a held order that is yours; a manager may take anybody's. Published as `credit.case_assigned`."""
    me = person(principal)

    async def work(held: Held, unit: UnitOfWork, at: datetime) -> CaseOut:
        if held.owner is None:
            raise Problem(
                409,
                f"order {held.order.order_id!r} is nobody's",
                errors=[("path.order_id", "is not claimed")],
            )
        if held.owner != me and principal.role not in ("manager", "admin", "all"):
            raise _taken(held)
        await _give(unit, held, None, kind="unclaimed", by=me, at=at)
        return _case(held)

    return await _on_held(order_id, request, runtime, principal, work)


@router.post(
    "/held-orders/{order_id:path}/assignment",
    response_model=CaseOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Assign a held order",
)
async def assign_order(
    order_id: OrderId, body: AssignmentIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Give a held order to somebody, whoever has it now. Published as `credit.case_assigned`."""

    async def work(held: Held, unit: UnitOfWork, at: datetime) -> CaseOut:
        if held.owner != body.owner:
            await _give(unit, held, body.owner, kind="assigned", by=person(principal), at=at)
        return _case(held)

    return await _on_held(order_id, request, runtime, principal, work)


@router.post(
    "/held-orders/{order_id:path}/notes",
    response_model=NoteOut,
    status_code=201,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Note something on a held order",
)
async def note_order(
    order_id: OrderId, body: NoteIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Write a note on a held order; notes are never changed. Published as `credit.case_noted`."""
    me = person(principal)

    async def work(held: Held, unit: UnitOfWork, at: datetime) -> NoteOut:
        number = await desk.write_log(unit.connection, held, kind="note", by=me, at=at, note=body.text)
        unit.publish(noted_row(held.customer_id, held.order, text=body.text, by=me, at=at))
        unit.announce("credit.held")
        return NoteOut(number=number, order_id=order_id, at=at, by=me, text=body.text)

    return await _on_held(order_id, request, runtime, principal, work, status=201)


@router.get(
    "/held-orders/{order_id:path}/notes",
    responses=UNKNOWN,
    summary="List the notes on an order",
    dependencies=[COMPANY],
)
async def list_notes(
    order_id: OrderId,
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[NoteOut]:
    """List the notes on an order that is or was held, oldest first; `sort=-number` for the latest first."""
    page = await read_page(request, response, cases.select_notes(order_id), NOTES, query, _note)
    if not page.items and query.cursor is None:
        async with runtime.database.engine.connect() as connection:
            if await documents.read_order(connection, order_id) is None:
                raise unknown_order(order_id)
    return page


def _note(row: Row[Any]) -> NoteOut:
    return NoteOut(number=row.id, order_id=row.order_id, at=row.at, by=row.by, text=row.note)


@router.get(
    "/held-orders/{order_id:path}/history",
    responses=UNKNOWN,
    summary="Show a held order's history",
    dependencies=[COMPANY],
)
async def read_history(order_id: OrderId, runtime: LiveRuntime, principal: Reader) -> HistoryOut:
    """Show everything that happened to an order that is or was held: decisions, escalations, owners, notes, requests.

    It stays readable after the order was released, rejected or cancelled.
    """
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        order = await documents.read_order(connection, order_id)
        if order is None or not order.version:
            raise unknown_order(order_id)
        steps = await history_of(connection, order)
    return HistoryOut(order_id=order_id, customer_id=order.customer_id, status=order.status, steps=steps)


async def _on_held(
    order_id: str,
    request: Request,
    runtime: Runtime,
    principal: Principal,
    work: Callable[[Held, UnitOfWork, datetime], Awaitable[Any]],
    *,
    status: int = 200,
) -> Response:
    """Do ``work`` on a held order while nobody else can rule on it."""
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        connection = call.unit.connection
        owner = await writing.order_owner(connection, order_id)
        if owner is None:
            raise unknown_order(order_id)
        held = await desk.lock_held(connection, owner[0], order_id)
        if held is None:
            raise await not_held(connection, order_id)
        return call.answer(status, await work(held, call.unit, runtime.clock.now()))


async def _give(unit: UnitOfWork, held: Held, owner: str | None, *, kind: str, by: str, at: datetime) -> None:
    previous = held.owner
    await desk.set_owner(unit.connection, held, owner, kind=kind, by=by, at=at)
    unit.publish(assigned_row(held.customer_id, held.order, owner=owner, previous=previous, by=by, at=at))
    unit.announce("credit.held")


def _taken(held: Held) -> Problem:
    since = f" since {held.since.isoformat()}" if held.since is not None else ""
    reason = f"is claimed by {held.owner!r}{since}"
    return Problem(409, f"order {held.order.order_id!r} {reason}", errors=[("path.order_id", reason)])


def _case(held: Held) -> CaseOut:
    order, case = held.order, held.case
    return CaseOut(
        order_id=order.order_id,
        customer_id=held.customer_id,
        amount=money(order.amount, order.currency),
        currency=order.currency,
        opened_on=case.opened_on,
        due_on=case.due_on,
        escalated=case.level,
        owner=held.owner,
        owned_since=held.since,
    )
