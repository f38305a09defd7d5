"""Sessions: logging in and out, who is logged in, and what other services ask about a session."""

import hmac
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from contracts.wire import Text
from services.customers.access import Guess, LocalSessions, log_in
from services.customers.api.common import Body
from services.customers.rules.access import ABSOLUTE
from services.customers.store import access
from services.kit.http.auth import Principal, authenticate
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.kit.http.sessions import (
    KEY_PREFIX,
    LONGEST_TOKEN,
    SERVICE_HEADER,
    check_origin,
    cookie_name,
    csrf_token,
    is_secure,
    token_of,
)

router = APIRouter(prefix="/sessions", tags=["sessions"], dependencies=[OPEN])

Me = Annotated[Principal, Depends(authenticate)]
"""Anybody known, also who has to change their password first."""
LoginName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$", examples=["li.lei"])]
Password = Annotated[str, Field(min_length=1, max_length=256)]
LONGEST_AGENT = 200


class LoginIn(Body):
    """Who wants in."""

    login: LoginName
    password: Password


class CurrentOut(BaseModel):
    """A session of the caller."""

    session_id: str
    login: str
    role: str
    salesperson_id: str | None
    must_change: bool = Field(description="the password is to be changed before anything else is done")
    csrf_token: str = Field(description="to be sent as X-CSRF-Token with whatever changes something")


class SessionOut(BaseModel):
    """A session in a list."""

    session_id: str
    login: str
    created_at: datetime
    seen_at: datetime = Field(description="last use, to the minute")
    address: str
    agent: str
    current: bool


class TokenIn(Body):
    """A session's token."""

    token: Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN)]


class IntrospectionOut(BaseModel):
    """What other services need to know of a session or an API key."""

    session: dict[str, Any] | None = Field(description="null: it is no valid session")
    key: dict[str, Any] | None = Field(None, description="null: it is no valid key")


@router.post("", status_code=201)
async def start_session(
    body: LoginIn, request: Request, response: Response, runtime: LiveRuntime
) -> CurrentOut:
    """Log in; the cookie is the session. Unknown names, wrong passwords and disabled people get the same 401."""
    check_origin(request)
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")[:LONGEST_AGENT]
    token, session = await log_in(
        runtime, Guess(body.login, body.password, address, agent), token_of(request)
    )
    give_cookie(request, response, token)
    return CurrentOut(
        session_id=session.session_id, login=session.login, role=session.role,
        salesperson_id=session.staff_id, must_change=session.must_change, csrf_token=csrf_token(token),
    )  # fmt: skip


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Make the browser show the session's token from now on."""
    response.set_cookie(
        cookie_name(request), token, max_age=int(ABSOLUTE.total_seconds()), path="/",
        secure=is_secure(request), httponly=True, samesite="lax",
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"


@router.get("/current")
async def read_current(request: Request, response: Response, principal: Me) -> CurrentOut:
    """Show the caller's session, with its CSRF token."""
    token = token_of(request)
    if principal.session is None or token is None:
        raise Problem(404, "this call has no session: it came with a key or a token")
    response.headers["Cache-Control"] = "no-store"
    return CurrentOut(
        session_id=principal.session, login=principal.name, role=principal.role,
        salesperson_id=principal.staff_id, must_change=principal.must_change, csrf_token=csrf_token(token),
    )  # fmt: skip


@router.get("")
async def list_sessions(runtime: LiveRuntime, principal: Me, login: Text | None = None) -> list[SessionOut]:
    """List one's own sessions, latest first; an admin names anybody's `login`. Never more than 100."""
    if login is None and principal.session is None:
        return []  # A key has no sessions.
    own = principal.session is not None and login in (None, principal.name)
    if not own and principal.role not in ("admin", "all"):
        raise Problem(403, "only an admin sees the sessions of others")
    rows = await runtime.database.pool.fetch(
        "SELECT * FROM sessions WHERE login = $1 ORDER BY created_at DESC LIMIT 100", login or principal.name
    )
    return [SessionOut(**dict(row), current=row["session_id"] == principal.session) for row in rows]


@router.delete("/{session_id}", status_code=204)
async def end_session(session_id: Text, runtime: LiveRuntime, principal: Me) -> None:
    """End a session: `current`, another of one's own, or as an admin anybody's. One that is gone stays gone."""
    wanted = principal.session if session_id == "current" else session_id
    anybody = principal.role in ("admin", "all") and not principal.must_change
    async with runtime.database.unit_of_work() as unit:
        owner = await unit.connection.fetchval(
            "DELETE FROM sessions WHERE session_id = $1 AND ($2 OR login = $3) RETURNING login",
            wanted, anybody, principal.name if principal.session is not None else None,
        )  # fmt: skip
        if owner is not None:
            before = {"session_id": wanted}
            now = runtime.clock.now()
            await access.audit(unit.connection, now, principal.name, "session.ended", owner, before, None)


async def another_service(request: Request) -> None:
    """Let in who shows what the services were given for it; a dependency.

    Raises:
        Problem: 401.
    """
    known = request.app.state.settings.customers_key.get_secret_value()
    shown = request.headers.get(SERVICE_HEADER, "")
    if not known or not hmac.compare_digest(known.encode(), shown.encode()):
        raise Problem(
            401, f"only the other services ask this, with TALLYMAN_CUSTOMERS_KEY as {SERVICE_HEADER}"
        )


# Not documented: it is no interface for callers, and the gateway does not hand it on.
@router.post("/introspection", include_in_schema=False, dependencies=[Depends(another_service)])
async def introspect(body: TokenIn, runtime: LiveRuntime) -> IntrospectionOut:
    """Say whether a token is a valid session or a valid API key, and whose (in the manner of RFC 7662)."""
    kept = LocalSessions(runtime)
    if body.token.startswith(KEY_PREFIX):
        key = await kept.verify_key(body.token)
        return IntrospectionOut(session=None, key=asdict(key) if key is not None else None)
    session = await kept.verify(body.token)
    return IntrospectionOut(session=asdict(session) if session is not None else None)
