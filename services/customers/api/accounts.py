"""Accounts of people, for admins, and everybody's own password."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import select

from contracts.wire import Id, Text
from services.customers import accounts as work
from services.customers.access import matches
from services.customers.api.common import UNKNOWN, Body, ShownText
from services.customers.api.sessions import LoginName, Me, Password
from services.customers.store import access
from services.customers.tables import access_audit, accounts
from services.kit.http.auth import Principal, person, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/people", tags=["people"], dependencies=[OPEN])

Admin = Annotated[Principal, Depends(require("admin"))]
ORDERING = Ordering({"login": accounts.c.login}, unique=accounts.c.login, default="login")
AUDIT = Ordering({"seq": access_audit.c.seq}, unique=access_audit.c.seq, default="seq")


class ChangeIn(Body):
    """An account from now on, in full."""

    name: ShownText
    role: Literal["sales", "finance", "manager", "ops", "admin"]
    salesperson_id: Id | None = None
    disabled: bool = False
    language: Literal["en", "zh"] = "zh"
    theme: Literal["system", "light", "dark"] = "system"


class AccountIn(ChangeIn):
    """A new account. The password is a first one, which its owner has to change."""

    login: LoginName
    password: Password


class AccountOut(BaseModel):
    """An account."""

    login: str
    name: str
    role: str
    salesperson_id: str | None
    disabled: bool
    must_change: bool
    language: str
    theme: str


class PasswordIn(Body):
    """A first password, which its owner has to change."""

    password: Password


class OwnPasswordIn(Body):
    """A new password of one's own."""

    old: Password
    new: Password


class AuditOut(BaseModel):
    """A login, or a change of an account or session."""

    seq: int
    at: datetime
    by: str
    action: str
    subject: str
    before: str
    after: str


class AuditQuery(PageQuery):
    """Filters of the audit."""

    by: Text | None = None
    action: Text | None = None
    subject: Text | None = None


@router.post("", status_code=201)
async def create_account(body: AccountIn, runtime: LiveRuntime, principal: Admin) -> AccountOut:
    """Create an account; 409 when the login name is taken."""
    fields = body.model_dump(exclude={"password"}) | {"must_change": True}
    async with runtime.database.unit_of_work() as unit:
        made = await work.create(
            unit.connection, fields, body.password, person(principal), runtime.clock.now()
        )
    return AccountOut(**made)


@router.get("")
async def list_accounts(
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Page[AccountOut]:
    """List accounts by login name."""
    return await read_page(request, response, select(accounts), ORDERING, query, _out)


@router.get("/audit")
async def list_audit(
    query: Annotated[AuditQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Page[AuditOut]:
    """List who did what to accounts and sessions, and every login; sort by `seq` or `-seq`."""
    statement = select(access_audit)
    for name in ("by", "action", "subject"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(access_audit.c[name] == wanted)
    return await read_page(
        request, response, statement, AUDIT, query,
        lambda row: AuditOut(**{name: row._mapping[name] for name in AuditOut.model_fields}),
    )  # fmt: skip


@router.put("/me/password", status_code=204)
async def change_own_password(body: OwnPasswordIn, runtime: LiveRuntime, principal: Me) -> None:
    """Change one's own password; all other sessions end."""
    if principal.session is None:
        raise Problem(403, "only a person who is logged in has a password")
    known = await runtime.database.pool.fetchval(
        "SELECT password_hash FROM accounts WHERE login = $1", principal.name
    )
    if not await matches(known, body.old):
        raise Problem(422, "old is not the password", errors=[("old", "is not the password")])
    if body.old == body.new:
        raise Problem(422, "new must be another password", errors=[("new", "is the old one")])
    async with runtime.database.unit_of_work() as unit:
        await work.set_password(
            unit.connection, principal.name, body.new, person(principal), runtime.clock.now(),
            must_change=False, keep=principal.session, field="new",
        )  # fmt: skip


@router.put("/{login}", responses=UNKNOWN)
async def change_account(
    login: LoginName, body: ChangeIn, runtime: LiveRuntime, principal: Admin
) -> AccountOut:
    """Change an account, in full. Another role, and being disabled, end all its sessions."""
    async with runtime.database.unit_of_work() as unit:
        now = runtime.clock.now()
        return AccountOut(
            **await work.change(unit.connection, login, body.model_dump(), person(principal), now)
        )


@router.put("/{login}/password", status_code=204, responses=UNKNOWN)
async def reset_password(login: LoginName, body: PasswordIn, runtime: LiveRuntime, principal: Admin) -> None:
    """Give somebody a first password; all their sessions end."""
    async with runtime.database.unit_of_work() as unit:
        now = runtime.clock.now()
        await work.set_password(
            unit.connection, login, body.password, person(principal), now, must_change=True
        )


def _out(row: Any) -> AccountOut:
    return AccountOut(**access.shown(row._mapping))
