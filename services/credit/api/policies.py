"""The company's policy: its versions, drafting one, and bringing one into force."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from pydantic.config import JsonDict
from sqlalchemy import Row

from contracts.events.policies import PolicyDocument
from contracts.wire import Day
from services.credit.activation import activation_rows, fits_an_event
from services.credit.api.accounts import today
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, Finance, Manager, Reader, Why
from services.credit.api.unknown_fields import unknown_fields
from services.credit.commands import person
from services.credit.queries import policies as queries
from services.credit.rules.policy import document_text
from services.credit.rules.policy_check import problems_of
from services.credit.tables import policies
from services.kit.commands import answer_once
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime

router = APIRouter(prefix="/credit/policies", tags=["policies"])

ORDERING = Ordering({"version": policies.c.version}, unique=policies.c.version, default="-version")
Status = Literal["draft", "scheduled", "in_force", "replaced"]
Version = Annotated[int, Path(ge=1, le=1_000_000, description="the version of the policy")]

EXAMPLE: JsonDict = {
    "reason": "resolved by the credit committee of June",
    "policy": {
        "release_order": "smallest",
        "company": {
            "overdue_days": {"max_days": 30, "grace_days": 3},
            "overdue_share": {"active": True, "max_percent": 25},
            "single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "80000.00"}]},
        },
        "risk_classes": [{"risk_class": "A", "rules": {"overdue_days": {"max_days": 45}}}],
        "customers": [{"customer_id": "C-1001", "rules": {"overdue_share": {"active": False}}}],
    },
}


class PolicyIn(Body):
    """A draft of a policy."""

    model_config = Body.model_config | {"json_schema_extra": {"example": EXAMPLE}}

    policy: PolicyDocument
    reason: Why


class ActivationIn(Body):
    """From when on, and why."""

    effective_from: Day | None = Field(
        None, description="a business day that is not over; left out: at once, on the day reached"
    )
    reason: Why


class PolicyOut(BaseModel):
    """A version of the policy, who made it and who brought it into force."""

    version: int
    status: Status = Field(
        description="a draft, scheduled (on its way, or waiting for its day), in force, or replaced by another"
    )
    in_force_on: int = Field(description="on so many partitions; on all, apart from the moment of a change")
    policy: dict[str, Any] = Field(description="what it says; what it leaves out is as the level above says")
    created_at: datetime
    created_by: str | None
    reason: str
    effective_from: date | None
    activated_at: datetime | None
    activated_by: str | None
    activation_reason: str


class PolicyQuery(PageQuery):
    """Filters of the list."""

    status: Status | None = None


def _policy_out(row: Row[Any]) -> PolicyOut:
    fields = dict(row._mapping)
    stored = PolicyDocument.model_validate_json(fields.pop("body"))
    return PolicyOut(policy=json.loads(document_text(stored)), **fields)


@router.get("", summary="List the versions of the policy", dependencies=[COMPANY])
async def list_policies(
    query: Annotated[PolicyQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[PolicyOut]:
    """List the versions, the newest first, with their documents, and who brought them into force when and why."""
    statement = queries.select_policies(runtime.settings.partitions, query.status)
    return await read_page(request, response, statement, ORDERING, query, _policy_out)


@router.get("/{version}", responses=UNKNOWN, summary="Show a version of the policy", dependencies=[COMPANY])
async def read_policy(version: Version, runtime: LiveRuntime, principal: Reader) -> PolicyOut:
    """Show a version. Decisions name the version they were taken by."""
    return await _read(runtime, version)


async def _read(runtime: Runtime, version: int) -> PolicyOut:
    statement = queries.select_policies(runtime.settings.partitions).where(policies.c.version == version)
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise _unknown(version)
    return _policy_out(row)


def _unknown(version: int) -> Problem:
    return Problem(404, f"there is no version {version}", errors=[("path.version", "is not known")])


class DraftOut(BaseModel):
    """The number that a draft got."""

    version: int
    status: Literal["draft"] = "draft"


@router.post(
    "",
    status_code=201,
    response_model=DraftOut,
    dependencies=[COMPANY, *WRITES],
    summary="Draft a version of the policy",
)
async def draft_policy(
    body: PolicyIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Store a draft. It changes nothing until a manager activates it; a back-test says what it would change.

    A field of a rule is taken from the most specific level that says it: customer, then risk class, then company.
    What no level says is no limit; `0` is none. What is wrong is answered with 422, each finding with its path.
    """
    return await draft(body, (await request.json())["policy"], request, runtime, principal)


async def draft(body: PolicyIn, given: Any, request: Request, runtime: Runtime, by: Principal) -> Response:
    """Store a draft; ``given`` is the document as it was sent, before what is unknown in it was left out.

    Raises:
        Problem: 422 with every path and reason.
    """
    check_document(body.policy, given)
    principal = by

    async def work(call: IdempotentCall) -> Response:
        text, by, now = document_text(body.policy), person(principal), runtime.clock.now()
        try:
            version = await queries.insert_draft(call.unit.connection, text, by, body.reason, now)
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError("another draft was stored at the same moment") from error
        return call.answer(201, DraftOut(version=version))

    return await answer_once(request, runtime, principal, work)


def check_document(document: PolicyDocument, given: Any) -> None:
    """Refuse a document that contradicts itself, has unknown fields or is too large.

    Raises:
        Problem: 422 with every path and reason.
    """
    found = [(path, "is not known here") for path in unknown_fields(PolicyDocument, given)]
    found += problems_of(document)
    if not found and not fits_an_event(document):
        found.append(
            ("", "is too large: say more on the level of risk classes, and less on that of customers")
        )
    if found:
        errors = [(f"policy.{path}".rstrip("."), reason) for path, reason in found]
        summary = "; ".join(": ".join(error) for error in errors[:3])
        raise Problem(422, f"the policy is not valid: {summary}", errors=errors)


class ActivatedOut(BaseModel):
    """A version that is on its way to every partition."""

    version: int
    status: Literal["scheduled"] = "scheduled"
    effective_from: date
    by: str


@router.post(
    "/{version}/activation",
    response_model=ActivatedOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Bring a version into force",
)
async def activate_policy(
    version: Version, body: ActivationIn, request: Request, runtime: LiveRuntime, principal: Manager
) -> Response:
    """Bring a draft into force, from a business day on. Published as `policy.activated` to every partition.

    It takes effect where it stands in each partition's stream: what was decided before stays decided, held orders are
    decided again, and what now passes is released. A version is activated once; to return to an old one, draft it anew.
    """
    by = person(principal)

    async def work(call: IdempotentCall) -> Response:
        connection = call.unit.connection
        draft = await queries.lock_draft(connection, version)
        if draft is None:
            raise _unknown(version)
        text, activated_at = draft
        if activated_at is not None:
            reason = "was activated before; draft it anew to return to it"
            raise Problem(409, f"version {version} {reason}", errors=[("path.version", reason)])
        reached = await queries.days_reached(connection)
        day = _effective(body.effective_from, max(reached.values(), default=today(runtime)))
        now = runtime.clock.now()
        await queries.mark_activated(connection, version, day, now, by, body.reason)
        document = PolicyDocument.model_validate_json(text)
        call.unit.publish_all(
            activation_rows(runtime, version, document, day=day, by=by, reason=body.reason, reached=reached)
        )
        return call.answer(200, ActivatedOut(version=version, effective_from=day, by=by))

    return await answer_once(request, runtime, principal, work)


def _effective(asked: date | None, reached: date) -> date:
    if asked is not None and asked < reached:
        reason = f"{asked} is over: the business day is {reached}"
        raise Problem(422, f"effective_from {reason}", errors=[("effective_from", reason)])
    return asked or reached
