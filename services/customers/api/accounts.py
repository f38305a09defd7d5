"""Accounts of people, for admins, and everybody's own password."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import Select, func, or_, select

from contracts.wire import Id, Text
from services.customers import accounts as work
from services.customers.access import matches
from services.customers.api.common import UNKNOWN, Body, ShownText
from services.customers.api.sessions import LoginName, Me, Password
from services.customers.rules.access import ABSOLUTE, IDLE
from services.customers.tables import access_audit, accounts, sessions
from services.kit.http.auth import Principal, person, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/people", tags=["people"], dependencies=[OPEN])

Admin = Annotated[Principal, Depends(require("admin"))]
PersonRole = Literal["sales", "finance", "manager", "ops", "admin"]
ORDERING = Ordering(
    {name: accounts.c[name] for name in ("login", "name", "role", "changed_at")},
    unique=accounts.c.login,
    default="login",
)


class ChangeIn(Body):
    """An account from now on, in full."""

    name: ShownText
    role: PersonRole
    salesperson_id: Id | None = None
    disabled: bool = False
    email: (
        Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254), AfterValidator(str.lower)] | None
    ) = Field(
        None, description="with which an OpenID provider knows them; changed: the next with it is linked"
    )
    language: Literal["en", "zh"] | None = Field(None, description="left out: as before, `zh` at first")
    theme: Literal["system", "light", "dark"] | None = Field(
        None, description="left out: as before, `system` at first"
    )

    def changes(self) -> dict[str, Any]:
        """Return what is said of it: how its owner likes to read is left alone unless it is named."""
        own = {name for name in ("language", "theme") if getattr(self, name) is None}
        return self.model_dump(exclude=own)


class AccountIn(ChangeIn):
    """A new account. The password is a first one, which its owner has to change."""

    login: LoginName
    password: Password

    def entry(self) -> dict[str, Any]:
        """Return the account as it is at first."""
        said = {name: value for name, value in self.changes().items() if name != "password"}
        return {"language": "zh", "theme": "system"} | said | {"must_change": True}


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
    email: str | None


class PasswordIn(Body):
    """A first password, which its owner has to change."""

    password: Password


class OwnPasswordIn(Body):
    """A new password of one's own."""

    old: Password
    new: Password


class AccountLine(AccountOut):
    """An account in a list."""

    changed_at: datetime
    sessions: int = Field(description="so many are open")
    last_login_at: datetime | None


class AccountQuery(PageQuery):
    """Filters of the list."""

    q: Text | None = Field(None, description="part of the login name, the name or the salesperson's number")
    role: PersonRole | None = None
    disabled: bool | None = None


@router.post("", status_code=201)
async def create_account(body: AccountIn, runtime: LiveRuntime, principal: Admin) -> AccountOut:
    """Create an account; 409 when the login name is taken."""
    async with runtime.database.unit_of_work() as unit:
        made = await work.create(
            unit.connection, body.entry(), body.password, person(principal), runtime.clock.now()
        )
    return AccountOut(**made)


@router.get("")
async def list_accounts(
    query: Annotated[AccountQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Page[AccountLine]:
    """List accounts; sort by `login`, `name`, `role` or `changed_at`."""
    statement = lines(runtime.clock.now())
    if query.q is not None:
        columns = (accounts.c.login, accounts.c.name, accounts.c.salesperson_id)
        statement = statement.where(or_(*(column.icontains(query.q, autoescape=True) for column in columns)))
    if query.role is not None:
        statement = statement.where(accounts.c.role == query.role)
    if query.disabled is not None:
        statement = statement.where(accounts.c.disabled.is_(query.disabled))
    file = ("people", AccountLine)
    return await read_page(request, response, statement, ORDERING, query, _out, file=file)


@router.get("/{login}", responses=UNKNOWN)
async def read_account(login: LoginName, runtime: LiveRuntime, principal: Admin) -> AccountLine:
    """Show an account."""
    async with runtime.database.engine.connect() as connection:
        found = await connection.execute(lines(runtime.clock.now()).where(accounts.c.login == login))
    row = found.one_or_none()
    if row is None:
        raise work.unknown(login)
    return _out(row)


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
        return AccountOut(**await work.change(unit.connection, login, body.changes(), person(principal), now))


@router.put("/{login}/password", status_code=204, responses=UNKNOWN)
async def reset_password(login: LoginName, body: PasswordIn, runtime: LiveRuntime, principal: Admin) -> None:
    """Give somebody a first password; all their sessions end."""
    async with runtime.database.unit_of_work() as unit:
        now = runtime.clock.now()
        await work.set_password(
            unit.connection, login, body.password, person(principal), now, must_change=True
        )


@router.delete("/{login}/sessions", status_code=204, responses=UNKNOWN)
async def end_all_sessions(login: LoginName, runtime: LiveRuntime, principal: Admin) -> None:
    """Log somebody out everywhere."""
    async with runtime.database.unit_of_work() as unit:
        await work.log_out(unit.connection, login, person(principal), runtime.clock.now())


def lines(now: datetime) -> Select[Any]:
    """Return the statement of all accounts, as lines of a list, with what is open at a moment."""
    alive = (
        sessions.c.login == accounts.c.login,
        sessions.c.seen_at > now - IDLE,
        sessions.c.created_at > now - ABSOLUTE,
    )
    last = (
        select(access_audit.c.at)
        .where(access_audit.c.subject == accounts.c.login, access_audit.c.action == "login.succeeded")
        .order_by(access_audit.c.seq.desc())
        .limit(1)
    )
    opened = select(func.count()).select_from(sessions).where(*alive)
    return select(
        accounts, opened.scalar_subquery().label("sessions"), last.scalar_subquery().label("last_login_at")
    )


def _out(row: Any) -> AccountLine:
    return AccountLine(**{name: row._mapping[name] for name in AccountLine.model_fields})
