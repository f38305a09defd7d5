"""The audit of access: who did what to accounts and sessions, every login, and whether it is as it was written."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Date, Select, cast, func, select

from contracts.wire import Text
from services.customers.api.accounts import Admin
from services.customers.store.access_chain import read_chain
from services.customers.tables import access_audit
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/people", tags=["people"], dependencies=[OPEN])

AUDIT = Ordering({"seq": access_audit.c.seq}, unique=access_audit.c.seq, default="seq")
_READING = asyncio.Semaphore(1)
"""The whole audit is read; one after another is enough."""


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
    from_day: date | None = Field(None, description="entries of this day and later")
    to_day: date | None = Field(None, description="this day included")


class ChainOut(BaseModel):
    """Whether the audit is as it was written."""

    intact: bool
    entries: int = Field(description="so many are as they were written, from the first one on")
    head: str = Field(
        description="SHA-256 of the last of these, hexadecimal. Kept elsewhere, it shows a removal from the end"
    )
    broken_at: int | None = Field(
        description="the first entry that is not as written, or whose predecessor is gone"
    )
    checked_at: datetime


@router.get("/audit")
async def list_audit(
    query: Annotated[AuditQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Admin,
) -> Page[AuditOut]:
    """List who did what to accounts and sessions, and every login; sort by `seq` or `-seq`."""
    statement = _asked(query, runtime.settings.timezone)
    return await read_page(
        request, response, statement, AUDIT, query,
        lambda row: AuditOut(**{name: row._mapping[name] for name in AuditOut.model_fields}),
        file=("access-audit", AuditOut),
    )  # fmt: skip


@router.get("/audit/chain")
async def read_audit_chain(runtime: LiveRuntime, principal: Admin) -> ChainOut:
    """Compute the chain of hashes again, from the first entry on."""
    async with _READING, runtime.database.pool.acquire() as connection:
        chain = await read_chain(connection)
    return ChainOut(
        intact=chain.broken_at is None,
        entries=chain.entries,
        head=chain.head.hex(),
        broken_at=chain.broken_at,
        checked_at=runtime.clock.now(),
    )


def _asked(query: AuditQuery, zone: str) -> Select[Any]:
    statement = select(access_audit)
    for name in ("by", "action", "subject"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(access_audit.c[name] == wanted)
    day = cast(func.timezone(zone, access_audit.c.at), Date)
    if query.from_day is not None:
        statement = statement.where(day >= query.from_day)
    if query.to_day is not None:
        statement = statement.where(day <= query.to_day)
    return statement
