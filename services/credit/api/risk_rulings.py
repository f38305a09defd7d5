"""Ruling on the terms that a customer's risk class proposes: accepting sets them, refusing is remembered."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from contracts.events.terms import OverdueThresholds, RiskClassSet, TermsSet
from contracts.wire import Text
from services.credit.api.accounts import today
from services.credit.api.answered import CommandOut, command_out
from services.credit.api.common import (
    CONFLICT,
    UNKNOWN,
    WRITES,
    Body,
    CustomerId,
    Finance,
    Reader,
    Why,
    money_or_none,
)
from services.credit.api.risk import current
from services.credit.api.risk_answers import ProposalRulingOut, proposal_name, proposal_out, ruling_out
from services.credit.commands import Applied, carry_out, person
from services.credit.queries import risk as queries
from services.credit.queries import writing
from services.credit.risk import Standing
from services.credit.risk_tables import risk_rulings
from services.credit.rules.state import Account
from services.credit.store import rulings
from services.kit.database import Connection, UnitOfWork
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

router = APIRouter(tags=["risk"])

ORDERING = Ordering({"number": risk_rulings.c.number}, unique=risk_rulings.c.number, default="-number")


class ProposalRulingIn(Body):
    """Which proposal, and why."""

    proposal: Annotated[
        Text,
        Field(min_length=1, description="as the customer's risk names it", examples=["v1-B-30-120000.00"]),
    ]
    reason: Why


class AcceptedOut(BaseModel):
    """An accepted proposal: the ruling, and what setting the terms did."""

    ruling: ProposalRulingOut
    terms: CommandOut


@router.post(
    "/accounts/{customer_id:path}/risk/acceptance",
    response_model=AcceptedOut,
    dependencies=WRITES,
    responses=CONFLICT | UNKNOWN,
    summary="Accept the proposed terms",
)
async def accept(
    customer_id: CustomerId,
    body: ProposalRulingIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
) -> Response:
    """Accept the proposed term and limit: they are set as by `PUT .../terms`, everything else of the terms stays.

    The account also gets the class the score gave it, by which the policy may say other thresholds. Published as
    `terms.risk_class_set` and `terms.set`; held orders are decided again at once. 409 when the proposal is another one
    by now.
    """
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        connection = call.unit.connection
        standing = await _proposed(connection, customer_id, body.proposal, runtime)
        account = await rulings.read_account(connection, customer_id)
        assert account is not None
        classed = await _classify(runtime, call.unit, account, standing, body.reason, person(principal))
        data = _terms(account, standing, body.reason, person(principal))
        applied: Applied = await carry_out(runtime, call.unit, data, in_path=("customer_id",))
        event = applied.received.event
        ruling = await _record(connection, standing, body, principal, runtime, f"{event.producer}/{event.id}")
        out = AcceptedOut(ruling=ruling, terms=command_out(applied, person(principal)))
        answer = call.answer(200, out)
    if classed is not None:
        classed.committed()
    applied.committed()
    return answer


async def _classify(
    runtime: Runtime, unit: UnitOfWork, account: Account, standing: Standing, reason: str, by: str
) -> Applied | None:
    """Give the account the class of its score, unless it has it."""
    risk_class: Any = standing.score.risk_class
    if account.risk_class == risk_class:
        return None
    data = RiskClassSet(customer_id=account.customer_id, risk_class=risk_class, reason=reason, by=by)
    return await carry_out(runtime, unit, data, in_path=("customer_id",))


@router.post(
    "/accounts/{customer_id:path}/risk/refusal",
    response_model=ProposalRulingOut,
    dependencies=WRITES,
    responses=CONFLICT | UNKNOWN,
    summary="Refuse the proposed terms",
)
async def refuse(
    customer_id: CustomerId,
    body: ProposalRulingIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
) -> Response:
    """Refuse the proposed terms. Nothing of the account changes; who refused what and why is kept."""
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        standing = await _proposed(call.unit.connection, customer_id, body.proposal, runtime)
        ruling = await _record(call.unit.connection, standing, body, principal, runtime, None)
        return call.answer(200, ruling)


@router.get(
    "/accounts/{customer_id:path}/risk/rulings", summary="List what was ruled on a customer's proposals"
)
async def list_rulings(
    customer_id: CustomerId,
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[ProposalRulingOut]:
    """List what was ruled on a customer's proposals, the latest first: by whom, when and why."""
    statement = queries.select_rulings(customer_id)
    return await read_page(request, response, statement, ORDERING, query, ruling_out)


async def _proposed(connection: Connection, customer_id: str, name: str, runtime: Runtime) -> Standing:
    await writing.lock_account(connection, customer_id)
    standing = await current(connection, customer_id, today(runtime))
    now = proposal_name(standing)
    if now != name:
        raise Problem(
            409, f"the proposal is {now} by now", errors=[("proposal", f"is not the present one, {now}")]
        )
    return standing


def _terms(account: Account, standing: Standing, reason: str, by: str) -> TermsSet:
    """Return the customer's terms with the proposed term and limit in them."""
    currency, overdue, proposal = account.currency, account.thresholds, standing.score.proposal
    return TermsSet(
        customer_id=account.customer_id,
        currency=currency,
        term_days=proposal.term_days,
        limit=money_or_none(proposal.limit, currency),
        grace_days=account.grace_days,
        single_order_max=money_or_none(account.single_order_max, currency),
        overdue=None
        if overdue is None
        else OverdueThresholds(
            max_amount=money_or_none(overdue.max_amount, currency),
            max_days=overdue.max_days,
            max_items=overdue.max_items,
        ),
        review_on=account.review_on,
        reason=reason,
        by=by,
    )


async def _record(
    connection: Connection,
    standing: Standing,
    body: ProposalRulingIn,
    principal: Principal,
    runtime: Runtime,
    event: str | None,
) -> ProposalRulingOut:
    proposal = {
        "proposal": proposal_out(standing).model_dump(),
        "risk_class": standing.score.risk_class,
        "score": str(standing.score.score),
        "policy_version": standing.policy_version,
    }
    return ruling_out(
        await rulings.write_ruling(
            connection,
            standing.customer_id,
            proposal=json.dumps(proposal),
            event=event,
            by=person(principal),
            reason=body.reason,
            at=runtime.clock.now(),
        )
    )
