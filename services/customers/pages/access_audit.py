"""The audit of access: who did what to whom and when, before and after, and whether it is as it was written."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.customers.api.access_audit import AuditOut, AuditQuery, list_audit, read_audit_chain
from services.customers.api.accounts import Admin
from services.customers.pages.common import console
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import FileForm
from services.kit.http.scope import OPEN
from services.kit.runtime import Runtime
from services.kit.web.exports import as_file, export_links, filed
from services.kit.web.forms import filters
from services.kit.web.tables import Column, Moment, Number, Part, Plain, Row, Table
from services.kit.web.texts import Language, language_of

router = APIRouter(prefix="/console/customers", include_in_schema=False, dependencies=[OPEN])

PAGE, LIST = "/console/customers/people/audit", "/console/customers/people/audit/list"
EXPORT = "/console/customers/people/audit"
ROWS = 50
LATEST_FIRST = "-seq"
ACTIONS = (
    "login.succeeded",
    "login.failed",
    "account.created",
    "account.changed",
    "account.linked",
    "password.changed",
    "session.ended",
    "sessions.ended",
    "key.created",
    "key.revoked",
)
COLUMNS = (
    Column("audit.number", sort="seq"),
    Column("audit.at"),
    Column("audit.by"),
    Column("audit.action"),
    Column("audit.subject"),
    Column("audit.changes"),
)
Changes = list[tuple[str, str, str]]


class ShownQuery(AuditQuery):
    """The list's filters; the latest entries come first."""

    limit: int = ROWS

    def asked(self) -> AuditQuery:
        """Return the question to the list."""
        return AuditQuery(**self.model_dump() | {"sort": self.sort or LATEST_FIRST})


Filters = Annotated[ShownQuery, Depends(filters(ShownQuery))]


@router.get("/people/audit")
async def audit_page(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The audit."""
    table = await _table(query, request, response, runtime, principal)
    return console.page(request, principal, "people/audit.html", nav="people", table=table, actions=ACTIONS)


@router.get("/people/audit/list")
async def audit_list(
    query: Filters, request: Request, response: Response, runtime: LiveRuntime, principal: Admin
) -> HTMLResponse:
    """The list alone."""
    table = await _table(query, request, response, runtime, principal)
    return console.fragment(request, principal, "customers/list.html", table=table)


@router.get("/people/audit.{form}")
async def audit_export(
    form: FileForm,
    query: Filters,
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Response:
    """The list with its filters as a file."""
    asked = filed(query.asked(), form)
    return await as_file(list_audit(asked, request, response, runtime, principal))


@router.get("/people/audit/chain")
async def audit_chain(request: Request, runtime: LiveRuntime, principal: Admin) -> HTMLResponse:
    """Whether the audit is as it was written."""
    chain = await read_audit_chain(runtime, principal)
    return console.fragment(request, principal, "people/chain.html", chain=chain)


async def _table(
    query: ShownQuery, request: Request, response: Response, runtime: Runtime, principal: Principal
) -> Table:
    page = await list_audit(query.asked(), request, response, runtime, principal)
    language = language_of(request)
    return Table(
        id="audit",
        label="audit.title",
        page=PAGE,
        path=LIST,
        columns=COLUMNS,
        rows=[_row(entry, language) for entry in page.items],
        query=query,
        next=page.next,
        default_sort=LATEST_FIRST,
        empty="audit.empty",
        exports=export_links(request, EXPORT),
    )


def _row(entry: AuditOut, language: Language) -> Row:
    return Row(
        cells=(
            Number(entry.seq),
            Moment(entry.at),
            Plain(entry.by),
            Plain(console.text(language, f"audit.action.{entry.action}")),
            Plain(entry.subject),
            Part("people/changes.html", what_changed(entry, language)),
        )
    )


def what_changed(entry: AuditOut, language: Language) -> Changes:
    """Return the fields that differ, in words, with what they were before and are after; "–": nothing was there."""
    before, after = json.loads(entry.before) or {}, json.loads(entry.after) or {}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [
        (_field(name, language), _word(name, before, language), _word(name, after, language))
        for name in names
    ]


def _field(name: str, language: Language) -> str:
    key = f"audit.field.{name}"
    return console.text(language, key) if key in console.texts else name


def _word(name: str, values: dict[str, Any], language: Language) -> str:
    value = values.get(name)
    if value is None or value == []:
        return "–"
    if isinstance(value, bool):
        return console.text(language, f"audit.{'yes' if value else 'no'}")
    if name == "expires_at":
        return f"{value[:16].replace('T', ' ')} UTC"
    if name == "role":
        return console.text(language, f"role.{value}")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
