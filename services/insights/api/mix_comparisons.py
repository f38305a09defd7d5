"""``/insights/mix/comparisons``: which product groups are compared, and what share is wanted."""

from datetime import datetime
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Row, func, select

from contracts.wire import Id, Text
from services.insights.api.documents import read_document
from services.insights.people import person
from services.insights.rules.mix import Comparison, problems_of
from services.insights.store.mix import InForce, insert_comparison, latest_version, read_comparison
from services.insights.tables_mix import mix_comparisons
from services.kit.commands import answer_once
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN
from services.kit.runtime import Runtime

router = APIRouter(prefix="/insights/mix/comparisons", tags=["mix"])

Reader = Depends(require("sales", "finance", "manager"))
Manager = Annotated[Principal, Depends(require("manager"))]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such comparison"}}
EXAMPLE: JsonDict = {
    "reason": "the launch of spring",
    "comparison": {
        "name": "spring launch",
        "one": {"name": "everything else", "everything_else": True},
        "two": {"name": "spring teas", "categories": ["spring"], "product_ids": ["TEA-7"]},
        "target_percent": 20,
        "window_months": 3,
        "alert_from": {"CNY": "5000"},
    },
}


class ComparisonIn(BaseModel):
    """A version that takes the place of the one in force."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    comparison: dict[str, Any]
    active: bool = Field(True, description="false ends it: its rows and alerts go, its versions stay")
    reason: Annotated[Text, Field(min_length=1)]


class ComparisonOut(BaseModel):
    """A version, written out in full."""

    comparison_id: str
    version: int = Field(description="from 1 on")
    comparison: dict[str, Any]
    active: bool
    by: str
    reason: str
    at: datetime


def _out(row: Row[Any]) -> ComparisonOut:
    found = row._mapping
    return ComparisonOut(
        **{n: found[n] for n in ComparisonOut.model_fields if n != "comparison"},
        comparison=msgspec.to_builtins(read_comparison(msgspec.json.encode(found["body"]).decode())),
    )


async def comparison_in_force(runtime: Runtime, comparison_id: str) -> ComparisonOut:
    """Return the version in force.

    Raises:
        Problem: 404 when there is none, or it was ended.
    """
    c = mix_comparisons.c
    statement = select(mix_comparisons).where(c.comparison_id == comparison_id).order_by(c.version.desc())
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(statement.limit(1))).first()
    if row is None or not row.active:
        reason = "is not known" if row is None else "was ended"
        raise Problem(404, f"comparison {comparison_id!r} {reason}", errors=[("path.comparison_id", reason)])
    return _out(row)


@router.get("", dependencies=[OPEN, Reader])
async def list_comparisons(
    query: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[ComparisonOut]:
    """Show the comparisons in force."""
    latest = select(
        mix_comparisons,
        func.max(mix_comparisons.c.version).over(partition_by=mix_comparisons.c.comparison_id).label("last"),
    ).subquery()
    columns = [column for column in latest.c if column.name != "last"]
    statement = select(*columns).where(latest.c.version == latest.c.last, latest.c.active)
    key = latest.c.comparison_id
    return await read_page(
        request, response, statement, Ordering({"comparison": key}, key, "comparison"), query, _out
    )


@router.get("/{comparison_id}", dependencies=[OPEN, Reader], responses=UNKNOWN)
async def show_comparison(comparison_id: Id, runtime: LiveRuntime) -> ComparisonOut:
    """Show the version in force."""
    return await comparison_in_force(runtime, comparison_id)


@router.get("/{comparison_id}/versions", dependencies=[OPEN, Reader])
async def list_versions(
    comparison_id: Id, query: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[ComparisonOut]:
    """Show every version there was, the latest first: who set it, when and why."""
    key = mix_comparisons.c.version
    statement = select(mix_comparisons).where(mix_comparisons.c.comparison_id == comparison_id)
    return await read_page(
        request, response, statement, Ordering({"version": key}, key, "-version"), query, _out
    )


@router.put("/{comparison_id}", response_model=ComparisonOut, dependencies=[OPEN, DOCUMENTED])
async def put_comparison(
    comparison_id: Id, body: ComparisonIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Bring a version into force at once: the target holds from here on, groups and window seconds to minutes later.

    Everybody is derived anew in the background; ``version`` of a customer's row says by which one it was.
    """
    comparison = read_document(body.comparison, Comparison, "comparison", problems_of)

    async def work(call: IdempotentCall) -> Response:
        connection, at, by = call.unit.connection, runtime.clock.now(), person(principal)
        version = await latest_version(connection, comparison_id) + 1
        given = InForce(comparison_id, version, comparison)
        try:
            await insert_comparison(connection, given, active=body.active, by=by, reason=body.reason, at=at)
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError("another version was stored at the same moment") from error
        answer = ComparisonOut(
            comparison_id=comparison_id,
            version=version,
            comparison=msgspec.to_builtins(comparison),
            active=body.active,
            by=by,
            reason=body.reason,
            at=at,
        )
        return call.answer(200, answer)

    return await answer_once(request, runtime, principal, work)
