"""``/insights/segments/policies``: the rules of segments as data, in versions."""

from datetime import datetime
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from contracts.wire import Text
from services.insights.api.documents import read_document
from services.insights.rules.segment_policy import SegmentPolicy, problems_of
from services.insights.store.policies import DEFAULT, insert_policy, policy_in_force, read_policy
from services.insights.tables_segments import segment_policies
from services.kit.commands import answer_once
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/insights/segments/policies", tags=["segments"])

Reader = Depends(require("sales", "finance", "manager"))
Manager = Annotated[Principal, Depends(require("manager"))]


class PolicyIn(BaseModel):
    """A version that takes the place of the one in force."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "reason": "profit counts more from June on",
                "policy": {"abc": {"keep_percent": 3, "weights": {"profit": 5}}},
            }
        },
    )

    policy: dict[str, Any] = Field(description="what it leaves out is as the service came with it")
    reason: Annotated[Text, Field(min_length=1)]


class PolicyOut(BaseModel):
    """A version, written out in full."""

    version: int = Field(description="0: the one the service came with")
    policy: dict[str, Any]
    by: str | None
    reason: str
    at: datetime | None


def _out(version: int, policy: SegmentPolicy, by: str | None, reason: str, at: datetime | None) -> PolicyOut:
    return PolicyOut(version=version, policy=msgspec.to_builtins(policy), by=by, reason=reason, at=at)


@router.get("", dependencies=[OPEN, Reader])
async def list_policies(runtime: LiveRuntime) -> list[PolicyOut]:
    """Show all versions, the one in force first."""
    statement = select(segment_policies).order_by(segment_policies.c.version.desc())
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    stored = [
        _out(row.version, read_policy(msgspec.json.encode(row.body).decode()), row.by, row.reason, row.at)
        for row in rows
    ]
    return [*stored, _out(0, DEFAULT, None, "the service came with it", None)]


@router.post("", status_code=201, response_model=PolicyOut, dependencies=[OPEN, DOCUMENTED])
async def put_policy(body: PolicyIn, request: Request, runtime: LiveRuntime, principal: Manager) -> Response:
    """Bring a version into force at once: everybody is derived and ranked by it, seconds later.

    Classes that change are published like any others. What was published and stored before stays as it was.
    """
    policy = read_document(body.policy, SegmentPolicy, "policy", problems_of)

    async def work(call: IdempotentCall) -> Response:
        connection, now = call.unit.connection, runtime.clock.now()
        version = (await policy_in_force(connection)).version + 1
        try:
            await insert_policy(connection, version, policy, principal.name, body.reason, now)
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError("another version was stored at the same moment") from error
        return call.answer(201, _out(version, policy, principal.name, body.reason, now))

    return await answer_once(request, runtime, principal, work)
