"""People who may log in: the list, and the page of one with open sessions and what was done about them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.customers.api.access_audit import AuditQuery, list_audit
from services.customers.api.accounts import AccountLine, AccountQuery, Admin, list_accounts, read_account
from services.customers.api.sessions import LoginName, list_sessions
from services.customers.pages.access_audit import what_changed
from services.customers.pages.common import console
from services.customers.pages.names import salespeople
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import OPEN
from services.kit.runtime import Runtime
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Badge, Column, Link, Moment, Number, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False, dependencies=[OPEN])

PAGE, LIST = "/console/customers/people", "/console/customers/people/list"
EXPORT = "/console/customers/people"
ROWS, STEPS = 50, 20
ROLES = ("sales", "finance", "manager", "ops", "admin")
COLUMNS = (
    Column("people.name", sort="name", wide=True),
    Column("people.role", sort="role"),
    Column("customers.salesperson"),
    Column("people.state"),
    Column("people.sessions", align="end"),
    Column("people.last_login"),
)


class PeopleQuery(AccountQuery):
    """The list's filters; a page shows fewer rows than a program reads."""

    limit: int = ROWS


Filters = Annotated[PeopleQuery, Depends(filters(PeopleQuery))]


@router.get("/people")
async def people_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """Who may log in."""
    table = await _table(query, request, response, runtime, principal)
    return console.page(request, principal, "people/page.html", nav="people", table=table, roles=ROLES)


@router.get("/people/list")
async def people_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, principal)
    return console.fragment(request, principal, "customers/list.html", table=table)


@router.get("/people.{form}")
async def people_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Response:
    """The list with its filters as a file."""
    return await as_file(list_accounts(filed(query, form), request, response, runtime, principal))


@router.get("/people/item/{login}")
async def person_page(
    login: LoginName, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The page of one person."""
    state = await _state(login, request, response, runtime, principal)
    return console.page(request, principal, "people/item.html", nav="people", back=PAGE, again=False, **state)


@router.get("/people/state/{login}")
async def person_state(
    login: LoginName, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The part of it that changes."""
    state = await _state(login, request, response, runtime, principal)
    return console.fragment(request, principal, "people/state.html", again=True, **state)


async def _state(
    login: str, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> dict[str, Any]:
    account = await read_account(login, runtime, principal)
    asked = AuditQuery(subject=login, sort="-seq", limit=STEPS)
    steps = await list_audit(asked, request, response, runtime, principal)
    language = language_of(request)
    return {
        "account": account,
        "state": state_badge(account, language),
        "sessions": await list_sessions(runtime, principal, login),
        "names": await salespeople(runtime, [account.salesperson_id]),
        "steps": [(step, what_changed(step, language)) for step in steps.items],
        "more": steps.next is not None,
    }


async def _table(
    query: PeopleQuery, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> Table:
    page = await list_accounts(query, request, response, runtime, principal)
    language = language_of(request)
    names = await salespeople(runtime, [account.salesperson_id for account in page.items])
    return Table(
        id="people",
        label="people.title",
        page=PAGE,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(account, names, language) for account in page.items],
        query=query,
        next=page.next,
        default_sort="login",
        empty="people.empty",
        exports=export_links(request, EXPORT),
    )


def _row(account: AccountLine, names: dict[str, str], language: Language) -> Row:
    href, seller = f"{PAGE}/item/{account.login}", account.salesperson_id or ""
    return Row(
        href=href,
        cells=(
            Link(account.name, href, account.login),
            Plain(console.text(language, f"role.{account.role}")),
            Plain(names[seller], seller) if seller in names else Plain(seller or "–"),
            state_badge(account, language),
            Number(account.sessions, href=href),
            Moment(account.last_login_at),
        ),
    )


def state_badge(account: AccountLine, language: Language) -> Badge:
    """Return in a word whether somebody may log in."""
    if account.disabled:
        return Badge(console.text(language, "people.state.disabled"), "bad")
    if account.must_change:
        return Badge(console.text(language, "people.state.must_change"), "warn")
    return Badge(console.text(language, "people.state.active"), "good")
