"""Ceilings: up to which amount a person may grant alone, per role and per person, set by managers and audited."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import Row, and_, select
from sqlalchemy.orm import aliased

from contracts.errors import ContractError
from contracts.money import minor_units
from contracts.wire import Amount, Currency, Text
from services.credit.api.cases import Manager
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, Reader, Why, money_or_none
from services.credit.commands import person
from services.credit.rules.desk import normal_name, same_person
from services.credit.store.ceilings import Scope, has_ceiling, set_ceiling
from services.credit.tables_desk import ceilings
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["ceilings"])

ORDERING = Ordering({"name": ceilings.c.name, "set_at": ceilings.c.id}, unique=ceilings.c.id, default="name")
HISTORY = Ordering({"set_at": ceilings.c.id}, unique=ceilings.c.id, default="-set_at")
GRANTING = ("finance", "manager")


def _printable(name: str) -> str:
    if not name.isprintable() or not name.strip():
        raise ValueError("must be printable characters, not only spaces")
    return name


Name = Annotated[
    str,
    Path(
        min_length=1, max_length=64, description="the name in the person's key, or a role", examples=["li.na"]
    ),
    AfterValidator(_printable),
]
ScopeIn = Annotated[Scope, Path(description="`people` or `roles`")]


class CeilingIn(Body):
    """Up to which amount somebody may grant alone."""

    currency: Currency = Field(examples=["CNY"])
    amount: Amount | None = Field(description="null: any amount, 0: nothing", examples=["50000.00"])
    reason: Why


class CeilingOut(BaseModel):
    """A ceiling, who set it and why."""

    scope: Scope
    name: str
    currency: str
    amount: str | None = Field(description="null: any amount (or none set any more, see removed), 0: nothing")
    removed: bool = Field(description="from then on the role's ceiling applies, or none")
    reason: str
    set_by: str
    set_at: datetime


class CeilingQuery(PageQuery):
    """Filters of the lists of ceilings."""

    scope: Scope | None = None
    name: str | None = Field(None, max_length=64)
    currency: Currency | None = None


@router.get("/credit/ceilings", summary="List ceilings", dependencies=[COMPANY])
async def list_ceilings(
    query: Annotated[CeilingQuery, Query()], request: Request, response: Response, principal: Reader
) -> Page[CeilingOut]:
    """List the ceilings in force. A person's own counts before that of the role; without either there is none."""
    later = aliased(ceilings)
    superseded = (
        select(later.c.id)
        .where(
            and_(
                later.c.scope == ceilings.c.scope,
                later.c.name == ceilings.c.name,
                later.c.currency == ceilings.c.currency,
                later.c.id > ceilings.c.id,
            )
        )
        .exists()
    )
    statement = select(ceilings).where(~ceilings.c.removed, ~superseded)
    return await read_page(request, response, _filtered(statement, query), ORDERING, query, _ceiling)


@router.get("/credit/ceilings/history", summary="List every change of a ceiling", dependencies=[COMPANY])
async def list_changes(
    query: Annotated[CeilingQuery, Query()], request: Request, response: Response, principal: Reader
) -> Page[CeilingOut]:
    """List every ceiling that was ever set or removed, by whom and why, the latest first. Rows are never changed."""
    return await read_page(request, response, _filtered(select(ceilings), query), HISTORY, query, _ceiling)


@router.put(
    "/credit/ceilings/{scope}/{name}",
    response_model=CeilingOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT,
    summary="Set a ceiling",
)
async def put_ceiling(
    scope: ScopeIn, name: Name, body: CeilingIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Set up to which amount a person, or everybody of a role, may release orders and raise limits alone.

    What is above needs a second person. Who has a ceiling in one currency may grant nothing in others until those are
    set too. Nobody sets their own.
    """
    _require_somebody_else(scope, name, principal)
    amount = None if body.amount is None else minor_units(body.amount, body.currency, "amount")
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        by, at = person(principal), runtime.clock.now()
        await set_ceiling(
            call.unit.connection, scope, name, body.currency, amount, reason=body.reason, by=by, at=at
        )
        return call.answer(200, _out(scope, name, body.currency, amount, False, body.reason, by, at))


@router.delete(
    "/credit/ceilings/{scope}/{name}",
    response_model=CeilingOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Remove a ceiling",
)
async def delete_ceiling(
    scope: ScopeIn,
    name: Name,
    currency: Annotated[Currency, Query()],
    request: Request,
    runtime: LiveRuntime,
    principal: Manager,
    reason: Annotated[Text, Query(description="why, for the record")] = "",
) -> Response:
    """Remove a ceiling: then that of the role applies, or none. 404 when there is none."""
    _require_somebody_else(scope, name, principal)
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        connection = call.unit.connection
        if not await has_ceiling(connection, scope, name, currency):
            raise Problem(
                404,
                f"{name!r} has no ceiling in {currency}",
                errors=[("path.name", f"has none in {currency}")],
            )
        by, at = person(principal), runtime.clock.now()
        await set_ceiling(connection, scope, name, currency, None, removed=True, reason=reason, by=by, at=at)
        return call.answer(200, _out(scope, name, currency, None, True, reason, by, at))


def _require_somebody_else(scope: Scope, name: str, principal: Principal) -> None:
    if scope == "roles" and name not in GRANTING:
        raise ContractError("path.name", f"must be one of {', '.join(GRANTING)}: other roles grant nothing")
    if scope == "people" and same_person(name, principal.name):
        raise Problem(409, "nobody sets their own ceiling", errors=[("path.name", "is your own")])


def _filtered(statement: Any, query: CeilingQuery) -> Any:
    for column in ("scope", "currency"):
        if (wanted := getattr(query, column)) is not None:
            statement = statement.where(ceilings.c[column] == wanted)
    if query.name is not None:
        statement = statement.where(ceilings.c.name == normal_name(query.name))
    return statement


def _ceiling(row: Row[Any]) -> CeilingOut:
    return _out(
        row.scope, row.shown, row.currency, row.amount, row.removed, row.reason, row.set_by, row.set_at
    )


def _out(
    scope: Scope,
    name: str,
    currency: str,
    amount: int | None,
    removed: bool,
    reason: str,
    by: str,
    at: datetime,
) -> CeilingOut:
    return CeilingOut(
        scope=scope,
        name=name,
        currency=currency,
        amount=money_or_none(amount, currency),
        removed=removed,
        reason=reason,
        set_by=by,
        set_at=at,
    )
