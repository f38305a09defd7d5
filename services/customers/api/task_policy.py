"""The policy of follow-ups that plan themselves: which causes do, from which value on, and when they are due."""

import json
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.events.follow_ups import How
from contracts.wire import Amount, Currency
from services.customers.api.common import REVISED, Anybody, Body, Manager, ShownText
from services.customers.rules.tasks import TaskPolicy, check_tasks
from services.customers.store.tasks import tasks_in_force, write_tasks
from services.customers.tables import task_policies
from services.kit.commands import answer_once
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.preconditions import expected_revision
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/follow-up-policy", tags=["follow-ups"])

VERSIONS = Ordering({"version": task_policies.c.version}, unique=task_policies.c.version, default="-version")


class TasksBody(Body):
    """What plans a follow-up by itself."""

    class_fell: bool = Field(description="a customer fell a class")
    dormant: bool = Field(description="a customer went dormant")
    least_at_stake: dict[Currency, Amount] = Field(
        max_length=50,
        description="a dormant customer of less is left alone, and with any bound one of unknown value too; a "
        "currency that is not named has no bound",
    )
    how: How
    remind_days: int = Field(ge=0, le=365, description="so many days after the cause was heard of")
    news_days: int = Field(ge=0, le=3_650, description="a spell that began longer ago plans nothing")


class TasksIn(TasksBody):
    """A new version, in full. ``revision`` is the version it was made on, unless If-Match says so."""

    reason: ShownText
    revision: Annotated[int, Field(ge=1, le=999_999)] | None = None


class TasksOut(BaseModel):
    """A version of the policy."""

    version: int
    by: str | None = Field(description="who set it; null: as delivered")
    reason: str
    at: datetime
    policy: TasksBody


def _out(row: Row[Any]) -> TasksOut:
    policy = TasksBody(**msgspec.to_builtins(msgspec.convert(row.body, TaskPolicy)))
    return TasksOut(version=row.version, by=row.by, reason=row.reason, at=row.at, policy=policy)


@router.get("", dependencies=[OPEN])
async def read_task_policy(response: Response, runtime: LiveRuntime, principal: Anybody) -> TasksOut:
    """Show which causes plan a follow-up of a customer's salesperson by themselves. ETag: the version."""
    async with runtime.database.engine.connect() as connection:
        newest = select(task_policies).order_by(task_policies.c.version.desc()).limit(1)
        row = (await connection.execute(newest)).one()
    response.headers["ETag"] = f'"{row.version}"'
    return _out(row)


@router.get("/versions", dependencies=[OPEN])
async def list_task_policies(
    query: Annotated[PageQuery, Query()], request: Request, response: Response, principal: Anybody
) -> Page[TasksOut]:
    """List all versions of the policy, the latest first: who set it when and why."""
    return await read_page(request, response, select(task_policies), VERSIONS, query, _out)


@router.put("", response_model=TasksOut, dependencies=[OPEN, DOCUMENTED], responses=REVISED)
async def set_task_policy(
    body: TasksIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Manager,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Set a new version of the policy, in full. It holds for what is heard from then on; what is planned stays."""
    said = body.model_dump(exclude={"reason", "revision"})
    policy = TaskPolicy(**said)
    check_tasks(policy)

    async def work(call: IdempotentCall) -> Response:
        known, _ = await tasks_in_force(call.unit.connection, to_replace=True)
        version = expected_revision(if_match, body.revision, known) + 1
        by, at = person(principal), runtime.clock.now()
        await write_tasks(call.unit.connection, version, policy, at, by, body.reason)
        shown = TasksOut(version=version, by=by, reason=body.reason, at=at, policy=TasksBody(**said))
        return call.answer(200, shown)

    answer = await answer_once(request, runtime, principal, work)
    answer.headers["ETag"] = f'"{json.loads(bytes(answer.body))["version"]}"'
    return answer
