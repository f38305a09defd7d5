"""The grading policy of prospects: weighted factors, grades, and how each grade is served."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.wire import Amount, Id, SignedAmount, Text
from services.customers import store
from services.customers.api.common import REVISED, UNKNOWN, Anybody, Body, Manager, ShownText
from services.customers.commands import regrade_all
from services.customers.rules.grading import GradingPolicy, check, encode_policy, policy_from
from services.customers.tables import grading_policies
from services.kit.commands import answer_once
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.preconditions import expected_revision
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN

router = APIRouter(prefix="/prospect-grading", tags=["prospects"])

VERSIONS = Ordering(
    {"version": grading_policies.c.version}, unique=grading_policies.c.version, default="-version"
)

Points = Annotated[int, Field(ge=0, le=100)]


class BandIn(Body):
    """Values up to and including `up_to` get `points`; null: all that are left."""

    up_to: SignedAmount | None = Field(description="money in the prospect's currency; growth in percent")
    points: Points


class KindIn(Body):
    """The points of one kind of business."""

    kind: ShownText
    points: Points


class FactorIn(Body):
    """How a factor counts: `kind` by `kinds` and `other`, the others by `bands`."""

    name: Literal["kind", "assets", "sales", "growth", "need"]
    weight: int = Field(ge=0, le=1_000, description="against the other weights; 0: shown, not counted")
    bands: list[BandIn] = Field(
        default_factory=list, max_length=50, description="rising; the last one without an end"
    )
    kinds: list[KindIn] = Field(default_factory=list, max_length=200)
    other: Points | None = Field(None, description="points of every other kind")
    unknown: Points | None = Field(
        None, description="points where nothing is known; null: the other factors count for it"
    )


class GradeIn(Body):
    """The scores from `from_score` on, and how their prospects are served."""

    name: Id
    from_score: Amount
    price: Text = ""
    priority: int = Field(0, ge=0, le=100, description="0 first")
    visit_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        None, description="a visit at least every so many days; null: no visits wanted"
    )


class PolicyBody(Body):
    """A grading policy."""

    factors: list[FactorIn] = Field(max_length=5)
    grades: list[GradeIn] = Field(max_length=26, description="from the best to the worst, which begins at 0")


class PolicyIn(PolicyBody):
    """A new version, in full. ``revision`` is the version it was made on, unless If-Match says so."""

    reason: ShownText
    revision: Annotated[int, Field(ge=1, le=999_999)] | None = None


class PolicyOut(BaseModel):
    """A version of the grading policy."""

    version: int
    by: str | None = Field(description="who set it; null: as delivered")
    reason: str
    at: datetime
    policy: PolicyBody


class PolicySet(PolicyOut):
    """A new version, and what it did."""

    graded: int = Field(description="prospects that were graded anew")


class VersionQuery(BaseModel):
    """Which version."""

    version: int | None = Field(None, ge=1, le=2_000_000_000, description="the one in force if left out")


def _body(policy: GradingPolicy) -> PolicyBody:
    return PolicyBody.model_validate_json(encode_policy(policy))


def _out(row: Row[Any]) -> PolicyOut:
    policy = _body(policy_from(row.body))
    return PolicyOut(version=row.version, by=row.by, reason=row.reason, at=row.at, policy=policy)


@router.get("", responses=UNKNOWN, dependencies=[OPEN])
async def read_grading_policy(
    query: Annotated[VersionQuery, Query()], response: Response, runtime: LiveRuntime, principal: Anybody
) -> PolicyOut:
    """Show the grading policy: factors with weights and points, grades with how they are served. ETag: the version."""
    statement = select(grading_policies).order_by(grading_policies.c.version.desc()).limit(1)
    if query.version is not None:
        statement = statement.where(grading_policies.c.version == query.version)
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise Problem(404, "there is no such version", errors=[("query.version", "does not exist")])
    response.headers["ETag"] = f'"{row.version}"'
    return _out(row)


@router.get("/versions", dependencies=[OPEN])
async def list_grading_policies(
    query: Annotated[PageQuery, Query()], request: Request, response: Response, principal: Anybody
) -> Page[PolicyOut]:
    """List all versions of the grading policy, the latest first: who set it when and why."""
    return await read_page(request, response, select(grading_policies), VERSIONS, query, _out)


@router.put("", response_model=PolicySet, dependencies=[OPEN, DOCUMENTED], responses=REVISED)
async def set_grading_policy(
    body: PolicyIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Manager,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Set a new version of the grading policy, in full, and grade every prospect by it at once.

    A policy that contradicts itself is refused, naming the field, such as `factors.2.bands.1.up_to`, and the reason.
    """
    policy = policy_from(body.model_dump(exclude={"reason", "revision"}))
    check(policy)

    async def work(call: IdempotentCall) -> Response:
        known = await store.policy_in_force(call.unit.connection, to_replace=True)
        version = expected_revision(if_match, body.revision, known[0] if known else 0) + 1
        by, at = person(principal), runtime.clock.now()
        await store.write_policy(call.unit.connection, version, policy, at, by, body.reason)
        graded = await regrade_all(call.unit, version, policy, at)
        answer = PolicySet(
            version=version, by=by, reason=body.reason, at=at, policy=_body(policy), graded=graded
        )
        return call.answer(200, answer)

    answer = await answer_once(request, runtime, principal, work)
    answer.headers["ETag"] = f'"{json.loads(bytes(answer.body))["version"]}"'
    return answer
