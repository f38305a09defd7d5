"""Policies that hold from a day on, over HTTP: listed, and stored by managers as the next version."""

from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from contracts.wire import Text
from services.insights.store.dated_policies import Kind, add_policy
from services.insights.store.staleness import mark_everybody
from services.insights.tables_salespeople import dated_policies
from services.kit.commands import answer_once
from services.kit.http.auth import Principal
from services.kit.http.idempotency import IdempotentCall
from services.kit.runtime import Runtime

PolicyT = TypeVar("PolicyT", bound=msgspec.Struct)


class DatedPolicyIn(BaseModel):
    """A version that holds from a day on, and takes the place of all before it from there."""

    model_config = ConfigDict(extra="forbid")

    from_day: date
    policy: dict[str, Any] = Field(description="what it leaves out is as the service came with it")
    reason: Annotated[Text, Field(min_length=1)]


class DatedPolicyOut(BaseModel):
    """A version, written out in full."""

    version: int = Field(description="0: the one the service came with")
    from_day: date | None = Field(description="null: since ever")
    policy: dict[str, Any]
    by: str | None
    reason: str
    at: datetime | None


async def list_versions(runtime: Runtime, kind: Kind, type_: type[PolicyT]) -> list[DatedPolicyOut]:
    """Return all versions, the latest first."""
    table = dated_policies.c
    statement = select(dated_policies).where(table.kind == kind).order_by(table.version.desc())
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    stored = [
        DatedPolicyOut(
            version=row.version,
            from_day=row.from_day,
            policy=msgspec.to_builtins(msgspec.convert(row.body, type_)),
            by=row.by,
            reason=row.reason,
            at=row.at,
        )
        for row in rows
    ]
    default = msgspec.to_builtins(type_())
    came = "the service came with it"
    return [*stored, DatedPolicyOut(version=0, from_day=None, policy=default, by=None, reason=came, at=None)]


async def put_version(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    kind: Kind,
    body: DatedPolicyIn,
    policy: msgspec.Struct,
) -> Response:
    """Store the next version and answer with it, once however often it is sent under one key."""

    async def work(call: IdempotentCall) -> Response:
        now, written = runtime.clock.now(), msgspec.json.encode(policy).decode()
        version = await add_policy(
            call.unit.connection,
            kind,
            body.from_day,
            written,
            by=principal.name,
            reason=body.reason,
            at=now,
        )
        # What was earned depends on both: everybody's commission is worked out anew.
        await mark_everybody(call.unit.connection)
        answer = DatedPolicyOut(
            version=version,
            from_day=body.from_day,
            policy=msgspec.to_builtins(policy),
            by=principal.name,
            reason=body.reason,
            at=now,
        )
        return call.answer(201, answer)

    return await answer_once(request, runtime, principal, work)
