"""Four eyes: what is above a person's ceiling waits for a second one, who approves or refuses it."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.events import EventData
from contracts.events.credit import ApprovalKind
from contracts.events.terms import OrderReleaseRuled, TemporaryLimitGranted
from contracts.wire import Id
from services.credit.api.account_answers import AccountOut, account_out
from services.credit.api.agreed_terms import agreed_terms, still_about
from services.credit.api.approval_answers import ApprovalOut, approval_out
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, Finance, Reader, Why, money_or_none
from services.credit.api.decision_answers import DecisionOut, decision_out
from services.credit.api.four_eyes import amount_granted
from services.credit.api.risk_rulings import accept_agreed
from services.credit.commands import Applied, carry_out, person
from services.credit.queries import writing
from services.credit.rules.desk import normal_name
from services.credit.rules.state import Account
from services.credit.store import approvals as store
from services.credit.store.approvals import Approval, State
from services.credit.store.ceilings import Ceiling, ceiling_of
from services.credit.tables_desk import approvals
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime

router = APIRouter(tags=["approvals"])

ORDERING = Ordering(
    {"requested_at": approvals.c.requested_at}, unique=approvals.c.approval_id, default="requested_at"
)
ApprovalId = Annotated[Id, Path(description="the request", examples=["7f0c1a52d6f64f0e8f5a2f1c6f0f9a11"])]


class ApprovalQuery(PageQuery):
    """Filters of the list of requests; all given ones must hold."""

    state: State | None = None
    kind: ApprovalKind | None = None
    customer: Id | None = None
    order: Id | None = None
    requested_by: Id | None = None


class AnswerIn(Body):
    """Why it is approved or refused."""

    reason: Why


class ApprovedOut(BaseModel):
    """An approved request and what came of it."""

    approval: ApprovalOut
    decision: DecisionOut | None = Field(description="on the order that was released; null: it was a limit")
    account: AccountOut


@router.get("/credit/approvals", summary="List requests for a second person", dependencies=[COMPANY])
async def list_approvals(
    query: Annotated[ApprovalQuery, Query()], request: Request, response: Response, principal: Reader
) -> Page[ApprovalOut]:
    """List what was asked of a second person, oldest first; what waits: `?state=open`. Sort by `requested_at`."""
    statement = select(approvals)
    named = {"customer": "customer_id", "order": "order_id"}
    for name in ("state", "kind", "customer", "order", "requested_by"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(approvals.c[named.get(name, name)] == wanted)
    return await read_page(request, response, statement, ORDERING, query, _approval)


def _approval(row: Row[Any]) -> ApprovalOut:
    return approval_out(dict(row._mapping))


@router.post(
    "/credit/approvals/{approval_id}/approval",
    response_model=ApprovedOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Approve a request",
)
async def approve(
    approval_id: ApprovalId, body: AnswerIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Approve what somebody else asked for, within your own ceiling: it has its effect at once.

    409 when it is your own request, above your ceiling, settled already, or no longer possible, as when the terms were
    changed in between. Published as `credit.approval_closed`, and as the release, the limit or the terms with both
    names.
    """
    applied: list[Applied] = []

    async def work(call: IdempotentCall, asked: Approval) -> Response:
        _require_another(asked, principal)
        ceiling = await ceiling_of(call.unit.connection, principal, asked["currency"])
        at, me = runtime.clock.now(), person(principal)
        closed = await store.close_request(
            call.unit, approval_id, "approved", by=me, comment=body.reason, at=at
        )
        applied.extend(await _carry_out(runtime, call, asked, ceiling, me))
        done = applied[-1]
        decision = done.decisions[0] if asked["kind"] == "release" else None
        currency = done.account.currency
        return call.answer(
            200,
            ApprovedOut(
                approval=approval_out(closed),
                decision=None if decision is None else decision_out(decision, currency, released=True),
                account=account_out(done.account, done.received.day),
            ),
        )

    answer = await _on_open(approval_id, request, runtime, principal, work)
    for done in applied:
        done.committed()
    return answer


@router.post(
    "/credit/approvals/{approval_id}/refusal",
    response_model=ApprovalOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Refuse a request",
)
async def refuse(
    approval_id: ApprovalId, body: AnswerIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Refuse what somebody else asked for. The order stays held. Published as `credit.approval_closed`."""

    async def work(call: IdempotentCall, asked: Approval) -> Response:
        _require_another(asked, principal)
        closed = await store.close_request(
            call.unit,
            approval_id,
            "refused",
            by=person(principal),
            comment=body.reason,
            at=runtime.clock.now(),
        )
        return call.answer(200, approval_out(closed))

    return await _on_open(approval_id, request, runtime, principal, work)


@router.delete(
    "/credit/approvals/{approval_id}",
    response_model=ApprovalOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Withdraw a request",
)
async def withdraw(
    approval_id: ApprovalId, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Withdraw your own request. Published as `credit.approval_closed`."""

    async def work(call: IdempotentCall, asked: Approval) -> Response:
        if asked["requester"] != normal_name(principal.name):
            raise _conflict(f"was asked for by {asked['requested_by']!r}, who alone can withdraw it")
        closed = await store.close_request(
            call.unit, approval_id, "withdrawn", by=person(principal), comment="", at=runtime.clock.now()
        )
        return call.answer(200, approval_out(closed))

    return await _on_open(approval_id, request, runtime, principal, work)


async def _on_open(
    approval_id: str,
    request: Request,
    runtime: Runtime,
    principal: Principal,
    work: Callable[[IdempotentCall, Approval], Awaitable[Response]],
) -> Response:
    """Do ``work`` on a request that is open, while nobody else can settle it or decide on its order."""
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        asked = await store.lock_request(call.unit.connection, approval_id)
        if asked is None:
            raise Problem(
                404, f"request {approval_id!r} is not known", errors=[("path.approval_id", "is not known")]
            )
        if asked["state"] != "open":
            who = f" by {asked['closed_by']!r}" if asked["closed_by"] is not None else ""
            raise _conflict(f"is {asked['state']}{who} since {asked['closed_at'].isoformat()}")
        return await work(call, asked)


async def _carry_out(
    runtime: Runtime, call: IdempotentCall, asked: Approval, ceiling: Ceiling, approver: str
) -> list[Applied]:
    """Let an approved request have its effect, unless it is above the second person's ceiling too."""

    def check(account: Account, day: date) -> None:
        if asked["until_day"] is not None and asked["until_day"] < day:
            raise _conflict(f"is over: its last day is {asked['until_day']}, the business day is {day}")
        if asked["kind"] == "terms" and not still_about(asked, account):
            raise _conflict("is about terms that were changed in between: ask anew")
        amount = amount_granted(account, asked["kind"], asked["order_id"], asked["amount"], asked["currency"])
        if not ceiling.covers(amount):
            most = money_or_none(ceiling.amount, asked["currency"])
            raise _conflict(f"is above your own ceiling of {most} {asked['currency']}")

    after_entry = 0
    data: EventData
    if asked["kind"] == "release":
        owner = await writing.order_owner(call.unit.connection, asked["order_id"])
        assert owner is not None
        after_entry = owner[1]
        data = OrderReleaseRuled(
            customer_id=asked["customer_id"],
            order_id=asked["order_id"],
            reason=asked["reason"],
            by=asked["requested_by"],
            approved_by=approver,
        )
    elif asked["kind"] == "terms":
        data = agreed_terms(asked, approver)
        if asked["request"]["proposal"] is not None:
            return await accept_agreed(runtime, call.unit, asked["request"]["proposal"], data, check)
    else:
        data = TemporaryLimitGranted(
            customer_id=asked["customer_id"],
            reason=asked["reason"],
            by=asked["requested_by"],
            approved_by=approver,
            **asked["request"],
        )
    return [await carry_out(runtime, call.unit, data, after_entry=after_entry, check=check)]


def _require_another(asked: Approval, principal: Principal) -> None:
    if asked["requester"] == normal_name(principal.name):
        raise _conflict("is your own: another person must approve or refuse it")


def _conflict(reason: str) -> Problem:
    return Problem(409, f"the request {reason}", errors=[("path.approval_id", reason)])
