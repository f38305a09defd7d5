"""API keys of systems: the list, a new one that is shown once, and an end to one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.customers.api.accounts import Admin
from services.customers.api.keys import (
    KeyId,
    KeyIn,
    KeyOut,
    KeyQuery,
    KeyRole,
    KeyState,
    create_key,
    list_keys,
    revoke_key,
)
from services.customers.pages.common import console
from services.customers.pages.follow_up_actions import done
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import OPEN
from services.kit.runtime import Runtime
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import Form, Refused, filters, sent_form
from services.kit.web.tables import Badge, Column, Moment, Part, Plain, Row, Table, Tone
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False, dependencies=[OPEN])

PAGE, LIST = "/console/customers/people/keys", "/console/customers/people/keys/list"
EXPORT = "/console/customers/people/keys"
ROWS = 50
ROLES: tuple[str, ...] = get_args(KeyRole)
STATES: tuple[str, ...] = get_args(KeyState)
TONES: Mapping[str, Tone] = {"active": "good", "expired": "warn", "revoked": "neutral"}
DAYS: Mapping[str, int | None] = {"365": 365, "90": 90, "30": 30, "never": None}
"""For how long a key may be valid; the first is proposed."""
COLUMNS = (
    Column("keys.name", sort="name", wide=True),
    Column("keys.role", sort="role"),
    Column("keys.state"),
    Column("keys.created", sort="created_at"),
    Column("keys.last_used"),
    Column("keys.expires"),
    Column("keys.actions"),
)


class ShownQuery(KeyQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[ShownQuery, Depends(filters(ShownQuery))]


@router.get("/people/keys")
async def keys_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The keys."""
    table = await _table(query, request, response, runtime, principal)
    return console.page(
        request, principal, "keys/page.html", nav="people", table=table, roles=ROLES, states=STATES
    )


@router.get("/people/keys/list")
async def keys_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, principal)
    return console.fragment(request, principal, "customers/list.html", table=table)


@router.get("/people/keys.{form}")
async def keys_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_keys(filed(query, form), request, response, runtime, principal))


@router.get("/people/keys/new")
async def new_dialog(request: Request, principal: Admin) -> HTMLResponse:
    """The form of a new key."""
    return _new(request, principal, Form())


@router.post("/people/keys/new")
async def make(request: Request, response: Response, runtime: LiveRuntime, principal: Admin) -> HTMLResponse:
    """Make it and show it, once; or show the form again with what is wrong."""
    form = await sent_form(request)
    days = DAYS.get(form.values.get("valid_for", ""), DAYS["30"])
    until = None if days is None else runtime.clock.now() + timedelta(days=days)
    said = {name: form.values[name] for name in ("name", "role") if name in form.values}
    try:
        body = KeyIn.model_validate(said | {"expires_at": until})
        made = await create_key(body, response, runtime, principal)
    except Refused as error:
        form.fail(error)
        return _new(request, principal, form)
    return console.fragment(request, principal, "keys/once.html", events={"changed": {}}, key=made.key)


@router.get("/people/keys/revoke/{key_id}")
async def revoke_dialog(
    key_id: KeyId, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """What it means to revoke a key."""
    return await _revoke(key_id, request, response, runtime, principal, Form())


@router.post("/people/keys/revoke/{key_id}")
async def revoke(
    key_id: KeyId, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """Revoke it, or say why not."""
    form = await sent_form(request)
    try:
        await revoke_key(key_id, runtime, principal)
    except Refused as error:
        form.fail(error)
        return await _revoke(key_id, request, response, runtime, principal, form)
    return done("done.revoked", request, principal)


def _new(request: Request, principal: Principal, form: Form) -> HTMLResponse:
    return console.fragment(
        request, principal, "keys/new.html", status=form.status, form=form, roles=ROLES, valid_for=tuple(DAYS)
    )


async def _revoke(
    key_id: str, request: Request, response: Response, runtime: Runtime, principal: Principal, form: Form
) -> HTMLResponse:
    found = await list_keys(KeyQuery(q=key_id, limit=1), request, response, runtime, principal)
    name = found.items[0].name if found.items else key_id
    return console.fragment(
        request, principal, "keys/revoke.html", status=form.status, form=form, key_id=key_id, name=name
    )


async def _table(
    query: ShownQuery, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> Table:
    page = await list_keys(query, request, response, runtime, principal)
    language = language_of(request)
    return Table(
        id="keys",
        label="keys.title",
        page=PAGE,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(key, language) for key in page.items],
        query=query,
        next=page.next,
        default_sort="name",
        empty="keys.empty",
        exports=export_links(request, EXPORT),
    )


def _row(key: KeyOut, language: Language) -> Row:
    never = Plain(console.text(language, "keys.never"))
    return Row(
        cells=(
            Plain(key.name, f"{key.key_id}…"),
            Plain(console.text(language, f"role.{key.role}")),
            Badge(console.text(language, f"keys.state.{key.state}"), TONES[key.state]),
            Moment(key.created_at),
            Moment(key.last_used_at),
            Moment(key.expires_at) if key.expires_at is not None else never,
            Part("keys/actions.html", key),
        )
    )
