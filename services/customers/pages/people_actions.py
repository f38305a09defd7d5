"""What an admin does about people: added, edited, shut out and let in again, a new password, logged out everywhere."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from services.customers.accounts import one_time_password
from services.customers.api.accounts import (
    AccountIn,
    Admin,
    ChangeIn,
    PasswordIn,
    change_account,
    create_account,
    end_all_sessions,
    read_account,
    reset_password,
)
from services.customers.api.sessions import LoginName
from services.customers.pages.common import console
from services.customers.pages.follow_up_actions import done
from services.customers.pages.names import salesperson_choices
from services.customers.pages.people import ROLES
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OPEN, view_of
from services.kit.runtime import Runtime
from services.kit.web.forms import Form, Refused, sent_form

router = APIRouter(prefix="/console/customers", include_in_schema=False, dependencies=[OPEN])

Act = Literal["edit", "disable", "enable", "password", "log-out"]
Work = Callable[[str, Form, Runtime, Principal], Awaitable[str]]
"""Does it, and returns the password that is to be shown once; empty: none."""
DONE = {
    "edit": "done.person",
    "disable": "done.disabled",
    "enable": "done.enabled",
    "log-out": "done.logged_out",
}


async def _edit(login: str, form: Form, runtime: Runtime, principal: Principal) -> str:
    known = await read_account(login, runtime, principal)
    said = {name: form.values.get(name) for name in ("name", "role", "salesperson_id", "email")}
    body = ChangeIn.model_validate({"disabled": known.disabled} | {n: v for n, v in said.items() if v})
    await change_account(login, body, runtime, principal)
    return ""


async def _disable(login: str, form: Form, runtime: Runtime, principal: Principal) -> str:
    await _let_in(login, runtime, principal, disabled=True)
    return ""


async def _enable(login: str, form: Form, runtime: Runtime, principal: Principal) -> str:
    await _let_in(login, runtime, principal, disabled=False)
    return ""


async def _let_in(login: str, runtime: Runtime, principal: Principal, *, disabled: bool) -> None:
    known = await read_account(login, runtime, principal)
    kept = known.model_dump(include={"name", "role", "salesperson_id", "email"})
    await change_account(login, ChangeIn.model_validate(kept | {"disabled": disabled}), runtime, principal)


async def _password(login: str, form: Form, runtime: Runtime, principal: Principal) -> str:
    password = one_time_password()
    await reset_password(login, PasswordIn(password=password), runtime, principal)
    return password


async def _log_out(login: str, form: Form, runtime: Runtime, principal: Principal) -> str:
    await end_all_sessions(login, runtime, principal)
    return ""


WORK: dict[Act, Work] = {
    "edit": _edit,
    "disable": _disable,
    "enable": _enable,
    "password": _password,
    "log-out": _log_out,
}


@router.get("/people/new")
async def new_dialog(request: Request, runtime: LiveRuntime, principal: Admin) -> HTMLResponse:
    """The form of a new person."""
    return await _drawn("new", "", request, runtime, principal, Form({"role": "sales"}))


@router.post("/people/new")
async def add(request: Request, runtime: LiveRuntime, principal: Admin) -> HTMLResponse:
    """Add somebody and show their first password, once; or show the form again with what is wrong."""
    form, password = await sent_form(request), one_time_password()
    try:
        made = await create_account(
            AccountIn.model_validate(form.values | {"password": password}), runtime, principal
        )
    except Refused as error:
        form.fail(error)
        return await _drawn("new", "", request, runtime, principal, form)
    return _shown_once(request, principal, made.login, password)


@router.get("/people/dialog/{act}/{login}")
async def dialog(
    act: Annotated[Act, Path()], login: LoginName, request: Request, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The form of an action, filled in with what is known."""
    account = await read_account(login, runtime, principal)
    values = account.model_dump(include={"name", "role", "salesperson_id", "email"}, exclude_none=True)
    return await _drawn(act, login, request, runtime, principal, Form(values if act == "edit" else {}))


@router.post("/people/dialog/{act}/{login}")
async def do(
    act: Annotated[Act, Path()], login: LoginName, request: Request, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """Do it, or show the form again with what is wrong."""
    form = await sent_form(request)
    try:
        password = await WORK[act](login, form, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _drawn(act, login, request, runtime, principal, form)
    if password:
        return _shown_once(request, principal, login, password)
    return done(DONE[act], request, principal)


def _shown_once(request: Request, principal: Principal, login: str, password: str) -> HTMLResponse:
    return console.fragment(
        request,
        principal,
        "people/password.html",
        events={"changed": {}},
        login=login,
        password=password,
    )


async def _drawn(
    act: str, login: str, request: Request, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    people = await salesperson_choices(runtime, view_of(runtime, principal), active=True)
    chosen = form.values.get("salesperson_id")
    if chosen and chosen not in dict(people):
        people = [*people, (chosen, chosen)]  # Somebody who has left, or whom nobody has entered.
    return console.fragment(
        request,
        principal,
        "people/dialog.html",
        status=form.status,
        act=act,
        login=login,
        form=form,
        people=people,
        roles=ROLES,
    )
