"""The audit: every change of a customer, prospect or salesperson, with who, when, before and after."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Select, func, literal_column, select

from contracts.wire import Id
from services.customers.api.common import Anybody, masked, sees_accounts
from services.customers.api.scopes import OF_PROSPECT
from services.customers.rules.changes import Subject
from services.customers.tables import changes
from services.kit.http.auth import Principal
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import OF_CUSTOMER, OPEN

router = APIRouter(tags=["audit"])


class ChangedField(BaseModel):
    """A field that reads differently."""

    field: str
    before: Any = Field(description="null where nothing was said of it before")
    after: Any


class ChangeOut(BaseModel):
    """A change."""

    at: datetime
    part: str = Field(examples=["card", "assignment:2026-03-01", "blacklist", "follow_up:F-8d0c"])
    kind: str = Field(description="the type of its event", examples=["customer.changed"])
    by: str | None = Field(description="who did it through the API; null: another system, see `producer`")
    producer: str
    event_id: str
    changed: list[ChangedField]


class ChangeQuery(PageQuery):
    """Filters of the audit."""

    part: Literal["card", "assignment", "blacklist", "follow_up", "conversion", "loss", "entry"] | None = None
    by: str | None = Field(None, max_length=64, description="only what this person did")


def _with_before(subject: Subject, subject_id: str) -> Select[Any]:
    """The changes of a subject, each with what was said of the same part before it."""
    before = func.lag(changes.c.after).over(
        partition_by=changes.c.part, order_by=(changes.c.at, changes.c.digest)
    )
    place = (changes.c.part + "/" + func.encode(changes.c.digest, literal_column("'hex'"))).label("place")
    mine = select(changes, before.label("before"), place)
    return mine.where(changes.c.subject == subject, changes.c.subject_id == subject_id)


async def _page(
    subject: Subject,
    subject_id: str,
    query: ChangeQuery,
    request: Request,
    response: Response,
    principal: Principal,
) -> Page[ChangeOut]:
    rows = _with_before(subject, subject_id).subquery("told")
    statement = select(rows)
    if query.part is not None:
        statement = statement.where(func.split_part(rows.c.part, ":", 1) == query.part)
    if query.by is not None:
        statement = statement.where(rows.c.by == query.by)
    ordering = Ordering({"at": rows.c.at}, unique=rows.c.place, default="-at")
    return await read_page(
        request, response, statement, ordering, query, lambda row: _out(row, sees_accounts(principal))
    )


def _out(row: Row[Any], accounts: bool) -> ChangeOut:
    before, after = _shown(row.before or {}, accounts), _shown(row.after, accounts)
    changed = [
        ChangedField(field=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if (row.before or {}).get(name) != row.after.get(name)
    ]
    return ChangeOut(
        at=row.at,
        part=row.part,
        kind=row.kind,
        by=row.by,
        producer=row.producer,
        event_id=row.event_id,
        changed=changed,
    )


def _shown(said: dict[str, Any], accounts: bool) -> dict[str, Any]:
    if accounts or "bank_account" not in said:
        return said
    return {**said, "bank_account": masked(said["bank_account"])}


@router.get(
    "/customers/{customer_id}/changes", summary="Show what changed of a customer", dependencies=[OF_CUSTOMER]
)
async def list_customer_changes(
    customer_id: Id,
    query: Annotated[ChangeQuery, Query()],
    request: Request,
    response: Response,
    principal: Anybody,
) -> Page[ChangeOut]:
    """Show every change of the customer's card, owner, blacklisting and follow-ups, latest first.

    What a change replaced is what was said before it of the same part, by the time of the events.
    """
    return await _page("customer", customer_id, query, request, response, principal)


@router.get(
    "/prospects/{prospect_id}/changes", summary="Show what changed of a prospect", dependencies=[OF_PROSPECT]
)
async def list_prospect_changes(
    prospect_id: Id,
    query: Annotated[ChangeQuery, Query()],
    request: Request,
    response: Response,
    principal: Anybody,
) -> Page[ChangeOut]:
    """Show every change of the prospect's card and follow-ups, its conversion or loss, latest first."""
    return await _page("prospect", prospect_id, query, request, response, principal)


@router.get(
    "/staff/{salesperson_id}/changes", summary="Show what changed of a salesperson", dependencies=[OPEN]
)
async def list_staff_changes(
    salesperson_id: Id,
    query: Annotated[ChangeQuery, Query()],
    request: Request,
    response: Response,
    principal: Anybody,
) -> Page[ChangeOut]:
    """Show every change of the salesperson's entry, latest first."""
    return await _page("staff", salesperson_id, query, request, response, principal)
