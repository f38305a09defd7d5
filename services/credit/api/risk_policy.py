"""The risk policy: which factors count how much, where the classes begin, and what each class is proposed."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.errors import ContractError
from contracts.wire import Amount, Day
from services.credit.api.accounts import today
from services.credit.api.common import UNKNOWN, WRITES, Body, Finance, Reader, Why
from services.credit.commands import person
from services.credit.queries import risk as queries
from services.credit.queries import totals
from services.credit.risk_tables import risk_policies
from services.credit.rules.risk_policy import RiskPolicy, check, decode_policy, encode_policy
from services.credit.store import rulings
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["risk"])

ORDERING = Ordering({"version": risk_policies.c.version}, unique=risk_policies.c.version, default="-version")

Number = Annotated[Amount, Field(examples=["80"])]
Points = Annotated[int, Field(ge=0, le=100)]


class BandIn(Body):
    """Values up to and including `up_to` get `points`; null: all that are left."""

    up_to: Number | None
    points: Points


class FactorIn(Body):
    """How a factor counts."""

    name: str = Field(max_length=40, examples=["overdue_days"])
    weight: int = Field(
        ge=0, le=1_000, description="against the other factors' weights; 0: shown, not counted"
    )
    bands: list[BandIn] = Field(max_length=50, description="rising; the last one without an end")
    unknown: Points | None = Field(
        None, description="points where there is no value; null: the other factors count for it"
    )


class ClassIn(Body):
    """The scores from `from_score` on, and the terms proposed to their customers."""

    name: Literal["A", "B", "C", "D"]
    from_score: Number
    term_days: int = Field(ge=0, le=3_650)
    months_of_sales: Number = Field(
        description="the limit, in months of the customer's own sales", examples=["1.5"]
    )
    limit_at_most: Number | None = Field(description="in the account's currency; null: unlimited, 0: none")


class RiskPolicyBody(Body):
    """A risk policy. Amounts hold for every account in its own currency."""

    window_days: int = Field(ge=30, le=3_650, description="how far back sales and collections are looked at")
    factors: list[FactorIn] = Field(max_length=50)
    classes: list[ClassIn] = Field(max_length=10, description="A, B, C and D, in this order")
    limit_step: Number = Field("100", description="proposed limits are rounded down to a multiple of it")
    due_soon_days: int = Field(7, ge=0, le=365, description="what falls due so soon is on the worklist too")
    call_horizon_days: int = Field(
        7, ge=1, le=365, description="the days after a call its effect is looked at"
    )
    call_effect: Number = Field(
        "2", description="how many times likelier a called customer is to pay on any day", examples=["2"]
    )


class RiskPolicyIn(RiskPolicyBody):
    """A new version of the risk policy, in full."""

    effective_from: Day = Field(description="the business day from which it holds; not in the past")
    reason: Why


class RiskPolicyOut(BaseModel):
    """A version of the risk policy."""

    version: int
    effective_from: date
    by: str | None = Field(description="who set it; null: as delivered")
    reason: str
    at: datetime
    policy: RiskPolicyBody


def _out(row: Any, policy: RiskPolicy) -> RiskPolicyOut:
    return RiskPolicyOut(
        version=row.version,
        effective_from=row.effective_from,
        by=row.by,
        reason=row.reason,
        at=row.at,
        policy=_body(policy),
    )


def _body(policy: RiskPolicy) -> RiskPolicyBody:
    return RiskPolicyBody.model_validate_json(encode_policy(policy))


def _listed(row: Row[Any]) -> RiskPolicyOut:
    return _out(row, decode_policy(row.body))


class PolicyQuery(BaseModel):
    """Which version."""

    version: int | None = Field(None, ge=1, le=2_000_000_000, description="the one in force if left out")
    on: date | None = Field(None, description="the one in force on this day; today if left out")


@router.get("/credit/risk-policy", responses=UNKNOWN, summary="Show the risk policy", dependencies=[COMPANY])
async def read_policy(
    query: Annotated[PolicyQuery, Query()], runtime: LiveRuntime, principal: Reader
) -> RiskPolicyOut:
    """Show the risk policy in force: factors with weights and bands, classes with what they are proposed."""
    async with runtime.database.engine.connect() as connection:
        day = query.on or await totals.day_reached(connection, today(runtime))
        found = await queries.read_policy(connection, day=day, version=query.version)
    if found is None:
        raise Problem(404, "there is no such version", errors=[("query.version", "does not exist")])
    return _out(*found)


@router.get(
    "/credit/risk-policy/versions", summary="List the versions of the risk policy", dependencies=[COMPANY]
)
async def list_policies(
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[RiskPolicyOut]:
    """List all versions of the risk policy, the latest first: who set it when and why, and from when it holds."""
    return await read_page(request, response, select(risk_policies), ORDERING, query, _listed)


@router.put(
    "/credit/risk-policy",
    response_model=RiskPolicyOut,
    dependencies=[COMPANY, *WRITES],
    summary="Set the risk policy",
)
async def set_policy(
    body: RiskPolicyIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Set a new version of the risk policy, in full, from a business day on. Scores follow by themselves that day.

    Of several versions in force the one with the latest effective day holds, and of those the newest. A policy that
    contradicts itself is refused: the problem names the field, such as `factors.2.bands.1.up_to`, and the reason.
    """
    policy = _policy(body)
    check(policy)
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        async with runtime.database.engine.connect() as connection:
            day = await totals.day_reached(connection, today(runtime))
        if body.effective_from < day:
            raise ContractError("effective_from", f"{body.effective_from} is over: the business day is {day}")
        by, at = person(principal), runtime.clock.now()
        version = await rulings.write_policy(
            call.unit.connection, encode_policy(policy), body.effective_from, by, body.reason, at
        )
        answer = RiskPolicyOut(
            version=version,
            effective_from=body.effective_from,
            by=by,
            reason=body.reason,
            at=at,
            policy=_body(policy),
        )
        return call.answer(200, answer)


def _policy(body: RiskPolicyIn) -> RiskPolicy:
    return msgspec.convert(body.model_dump(exclude={"effective_from", "reason"}), RiskPolicy)
