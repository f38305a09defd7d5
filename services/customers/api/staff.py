"""Salespeople: who they are, whom they look after, and handing over."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, or_, select

from contracts.events.staff import StaffChanged, StaffEntered
from contracts.wire import Day, Id, Text
from services.customers import store
from services.customers.api import answers
from services.customers.api.answers import CustomerSummary
from services.customers.api.common import (
    REVISED,
    UNKNOWN,
    Anybody,
    Assigner,
    Body,
    ShownText,
    refused,
    today,
)
from services.customers.commands import carry_out, moment_after
from services.customers.store import reads
from services.customers.tables import customers, staff
from services.kit.commands import answer_once
from services.kit.database import UnitOfWork
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.preconditions import expected_revision, located
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN, Own

router = APIRouter(prefix="/staff", tags=["staff"])

ORDERING = Ordering(
    {"salesperson_id": staff.c.salesperson_id, "name": staff.c.name},
    unique=staff.c.salesperson_id,
    default="salesperson_id",
)
CUSTOMERS = Ordering(
    {"customer_id": customers.c.customer_id, "name": customers.c.name},
    unique=customers.c.customer_id,
    default="customer_id",
)
_mail = re.compile(r"[^@\s]+@[^@\s]+").fullmatch


class EntryIn(Body):
    """A salesperson, in full."""

    name: ShownText
    active_from: Day
    active_to: Day | None = Field(None, description="the last day; null: none is known")
    team: Text = ""
    region: Text = ""
    email: Text = Field("", description="where mail is delivered", examples=["li.lei@example.com"])
    chat: Text = Field("", description="where alerts are delivered", examples=["wecom:li.lei"])


class SalespersonIn(EntryIn):
    """A new salesperson."""

    salesperson_id: Id


class EntryChangeIn(EntryIn):
    """A salesperson from now on. ``revision`` is the one it was read at, unless If-Match says so."""

    revision: Annotated[int, Field(ge=1, le=999_999)] | None = None


class SalespersonOut(BaseModel):
    """A salesperson."""

    salesperson_id: str
    revision: int = Field(description="to be named by the next change; 0: named by events, but not entered")
    name: str
    active_from: date | None
    active_to: date | None
    active: bool = Field(description="on the day asked for, today by default")
    team: str
    region: str
    email: str
    chat: str
    changed_at: datetime | None


class StaffQuery(PageQuery):
    """Filters of the list."""

    q: str | None = Field(None, min_length=1, max_length=100, description="text in the name or id")
    team: Text | None = None
    region: Text | None = None
    active_on: date | None = Field(None, description="only those who are with the company on this day")
    entered: bool = Field(True, description="false: those whom events name, but nobody has entered")


def _out(row: Row[Any], day: date) -> SalespersonOut:
    active = (
        row.active_from is not None
        and row.active_from <= day
        and (row.active_to is None or day <= row.active_to)
    )
    return SalespersonOut(**{name: row._mapping[name] for name in _SHOWN}, active=active)


_SHOWN = [name for name in SalespersonOut.model_fields if name != "active"]


def _check(entry: EntryIn) -> None:
    if entry.active_to is not None and entry.active_to < entry.active_from:
        raise refused("active_to", f"is before active_from, {entry.active_from}")
    if entry.email and not _mail(entry.email):
        raise refused("email", "must be a mail address, or empty")


async def _shown(unit: UnitOfWork, salesperson_id: str, day: date) -> SalespersonOut:
    found = await store.lock_salesperson(unit.connection, salesperson_id)
    assert found is not None
    fields = {name: getattr(found, name) for name in _SHOWN}
    return SalespersonOut(**fields, active=found.active_on(day))


@router.post("", status_code=201, response_model=SalespersonOut, dependencies=[OPEN, DOCUMENTED])
async def enter_salesperson(
    body: SalespersonIn, request: Request, runtime: LiveRuntime, principal: Assigner
) -> Response:
    """Enter a salesperson. The same entry again gets the same answer; another one under the id: 409."""
    _check(body)
    entered = StaffEntered(revision=1, by=person(principal), **body.model_dump())

    async def enter(call: IdempotentCall) -> Response:
        await carry_out(runtime, call.unit, entered, body.salesperson_id)
        return call.answer(201, await _shown(call.unit, body.salesperson_id, today(runtime)))

    return located(await answer_once(request, runtime, principal, enter), f"/staff/{body.salesperson_id}")


@router.put(
    "/{salesperson_id}", response_model=SalespersonOut, dependencies=[OPEN, DOCUMENTED], responses=REVISED
)
async def change_salesperson(
    salesperson_id: Id,
    body: EntryChangeIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Assigner,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change a salesperson's entry, in full. A leaver gets `active_to`; handing over is a call of its own."""
    _check(body)

    async def change(call: IdempotentCall) -> Response:
        known = await store.lock_salesperson(call.unit.connection, salesperson_id)
        if known is None or known.revision == 0:
            raise unknown_salesperson(salesperson_id)
        revision = expected_revision(if_match, body.revision, known.revision) + 1
        entry = body.model_dump(exclude={"revision"})
        changed = StaffChanged(
            salesperson_id=salesperson_id, revision=revision, by=person(principal), **entry
        )
        moment = moment_after(runtime, known.changed_at)
        await carry_out(runtime, call.unit, changed, salesperson_id, moment=moment)
        return call.answer(200, await _shown(call.unit, salesperson_id, today(runtime)))

    return located(await answer_once(request, runtime, principal, change), f"/staff/{salesperson_id}")


def unknown_salesperson(salesperson_id: str) -> Problem:
    """Return the answer about somebody whom nobody has entered."""
    return Problem(
        404,
        f"nobody has entered {salesperson_id!r}; POST /staff does",
        errors=[("path.salesperson_id", "is not known")],
    )


@router.get("", dependencies=[OPEN])
async def list_staff(
    query: Annotated[StaffQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
) -> Page[SalespersonOut]:
    """List salespeople by id; sort by `salesperson_id` or `name`."""
    statement = select(staff).where(staff.c.revision > 0 if query.entered else staff.c.revision == 0)
    if query.q is not None:
        names = (staff.c.name, staff.c.salesperson_id)
        statement = statement.where(or_(*(column.icontains(query.q, autoescape=True) for column in names)))
    if query.team is not None:
        statement = statement.where(staff.c.team == query.team)
    if query.region is not None:
        statement = statement.where(staff.c.region == query.region)
    if query.active_on is not None:
        ended = or_(staff.c.active_to.is_(None), staff.c.active_to >= query.active_on)
        statement = statement.where(staff.c.active_from <= query.active_on, ended)
    day = query.active_on or today(runtime)
    return await read_page(request, response, statement, ORDERING, query, lambda row: _out(row, day))


@router.get("/{salesperson_id}", responses=UNKNOWN, dependencies=[OPEN])
async def read_salesperson(
    salesperson_id: Id, response: Response, runtime: LiveRuntime, principal: Anybody
) -> SalespersonOut:
    """Show a salesperson. The ETag is the revision."""
    async with runtime.database.engine.connect() as connection:
        mine = select(staff).where(staff.c.salesperson_id == salesperson_id)
        row = (await connection.execute(mine)).one_or_none()
    if row is None:
        raise unknown_salesperson(salesperson_id)
    response.headers["ETag"] = f'"{row.revision}"'
    return _out(row, today(runtime))


class OwnedQuery(PageQuery):
    """Which day."""

    as_of: date | None = Field(None, description="the day, today by default")


@router.get("/{salesperson_id}/customers")
async def list_customers_of(
    salesperson_id: Id,
    query: Annotated[OwnedQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
) -> Page[CustomerSummary]:
    """List the customers a salesperson looked after on a day, with or without a card.

    To salespeople only those that are theirs today.
    """
    as_of = query.as_of or today(runtime)
    statement = reads.summaries(as_of).where(reads.owned_by(salesperson_id, as_of))
    statement = statement.where(view.of(customers.c.customer_id))
    currency = runtime.settings.currency
    return await read_page(
        request, response, statement, CUSTOMERS, query, lambda row: answers.summary(row, currency)
    )
