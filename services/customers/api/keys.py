"""API keys of systems, for admins: made, listed, revoked. The keys of the settings are beside these."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Select, case, or_, select

from contracts.wire import Text
from services.customers import keys as work
from services.customers.api.accounts import Admin
from services.customers.api.common import CONFLICT, UNKNOWN, Body
from services.customers.tables import api_keys
from services.kit.http.auth import LONGEST_NAME, person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/api-keys", tags=["people"], dependencies=[OPEN])

KeyRole = Literal["system", "sales", "finance", "manager", "ops"]
"""Not admin: who has a key must not be able to make people and further keys."""
KeyState = Literal["active", "expired", "revoked"]
KeyId = Annotated[str, Path(max_length=40)]
ORDERING = Ordering(
    {name: api_keys.c[name] for name in ("name", "role", "created_at")},
    unique=api_keys.c.key_id,
    default="name",
)


class KeyIn(Body):
    """A new key."""

    name: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)] = Field(
        description="who is said to have done what is done with it; of role `sales`: the salesperson's id"
    )
    role: KeyRole
    expires_at: AwareDatetime | None = Field(None, strict=False, description="left out: never")


class KeyOut(BaseModel):
    """A key, without what makes it one."""

    key_id: str = Field(description="the beginning of the key")
    name: str
    role: str
    state: KeyState
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="to the minute")
    revoked_at: datetime | None


class NewKeyOut(BaseModel):
    """A key that was made, in full: this once."""

    key_id: str
    key: str


class KeyQuery(PageQuery):
    """Filters of the list."""

    q: Text | None = Field(None, description="part of the name or the key's beginning")
    role: KeyRole | None = None
    state: KeyState | None = None


@router.post("", status_code=201, responses=CONFLICT)
async def create_key(body: KeyIn, response: Response, runtime: LiveRuntime, principal: Admin) -> NewKeyOut:
    """Make a key; 409 when its name is taken. The answer has it in full, and nobody can read it again."""
    response.headers["Cache-Control"] = "no-store"
    async with runtime.database.unit_of_work() as unit:
        key_id, key = await work.create(
            unit.connection, body.name, body.role, body.expires_at, person(principal), runtime.clock.now()
        )
    return NewKeyOut(key_id=key_id, key=key)


@router.get("")
async def list_keys(
    query: Annotated[KeyQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Page[KeyOut]:
    """List keys; sort by `name`, `role` or `created_at`."""
    statement = _asked(query, runtime.clock.now())
    return await read_page(
        request, response, statement, ORDERING, query,
        lambda row: KeyOut(**{name: row._mapping[name] for name in KeyOut.model_fields}),
        file=("api-keys", KeyOut),
    )  # fmt: skip


@router.delete("/{key_id}", status_code=204, responses=UNKNOWN)
async def revoke_key(key_id: KeyId, runtime: LiveRuntime, principal: Admin) -> None:
    """Make a key worthless: here at once, in other services within 5 seconds. One that is stays so."""
    async with runtime.database.unit_of_work() as unit:
        await work.revoke(unit.connection, key_id, person(principal), runtime.clock.now())


def _asked(query: KeyQuery, now: datetime) -> Select[Any]:
    state = case(
        (api_keys.c.revoked_at.is_not(None), "revoked"),
        (api_keys.c.expires_at <= now, "expired"),
        else_="active",
    )
    statement = select(api_keys, state.label("state"))
    if query.q is not None:
        columns = (api_keys.c.name, api_keys.c.key_id)
        statement = statement.where(or_(*(column.icontains(query.q, autoescape=True) for column in columns)))
    if query.role is not None:
        statement = statement.where(api_keys.c.role == query.role)
    return statement if query.state is None else statement.where(state == query.state)
