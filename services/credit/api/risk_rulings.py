"""Ruling on the terms that a customer's risk class proposes: accepting sets them, refusing is remembered."""

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from contracts.events.terms import RiskClassSet, TermsSet
from contracts.wire import Text
from services.credit.api.accounts import today
from services.credit.api.agreed_terms import ask_for_terms, terms_in_force
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
from services.credit.api.four_eyes import ASKED, amount_granted
from services.credit.api.risk import current
from services.credit.api.risk_answers import ProposalRulingOut, proposal_name, proposal_out, ruling_out
from services.credit.commands import Applied, carry_out, person
from services.credit.queries import risk as queries
from services.credit.queries import writing
from services.credit.risk import Standing
from services.credit.risk_tables import risk_rulings
from services.credit.rules.state import Account
from services.credit.store import rulings
from services.credit.store.ceilings import ceiling_of
from services.kit.database import Connection, UnitOfWork
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
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
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN | ASKED,
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
    by now. When it raises the limit by more than your ceiling, a second person is asked first: 202,
    `credit.approval_requested`.
    """
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        connection = call.unit.connection
        standing = await _proposed(connection, customer_id, body.proposal, runtime)
        account = await rulings.read_account(connection, customer_id)
        assert account is not None
        data = _terms(account, standing, body.reason, person(principal))
        ceiling = await ceiling_of(connection, principal, account.currency)
        if not ceiling.covers(
            amount_granted(account, "terms", None, standing.score.proposal.limit, account.currency)
        ):
            asked = await ask_for_terms(
                call.unit, principal, account, data, runtime.clock.now(), proposal=body.proposal
            )
            return call.answer(202, asked)
        ruling, done = await _accept(runtime, call.unit, account, standing, data)
        out = AcceptedOut(ruling=ruling, terms=command_out(done[-1], person(principal)))
        answer = call.answer(200, out)
    for applied in done:
        applied.committed()
    return answer


async def accept_agreed(
    runtime: Runtime, unit: UnitOfWork, proposal: str, data: TermsSet, check: Callable[[Account, date], None]
) -> list[Applied]:
    """Accept a proposal to which a second person agreed; the terms come last.

    Raises:
        Problem: 409 when the proposal is another one by now.
    """
    standing = await _proposed(unit.connection, data.customer_id, proposal, runtime)
    account = await rulings.read_account(unit.connection, data.customer_id)
    assert account is not None
    _, done = await _accept(runtime, unit, account, standing, data, check)
    return done


async def _accept(
    runtime: Runtime,
    unit: UnitOfWork,
    account: Account,
    standing: Standing,
    data: TermsSet,
    check: Callable[[Account, date], None] | None = None,
) -> tuple[ProposalRulingOut, list[Applied]]:
    """Give the account the class of its score, unless it has it, then the terms; and keep that it was so ruled."""
    by, done = data.by or "", []
    risk_class: Any = standing.score.risk_class
    if account.risk_class != risk_class:
        classed = RiskClassSet(
            customer_id=account.customer_id, risk_class=risk_class, reason=data.reason, by=by
        )
        done.append(await carry_out(runtime, unit, classed, in_path=("customer_id",)))
    done.append(await carry_out(runtime, unit, data, in_path=("customer_id",), check=check))
    event = done[-1].received.event
    named = f"{event.producer}/{event.id}"
    return await _record(unit.connection, standing, data.reason, by, runtime, named), done


@router.post(
    "/accounts/{customer_id:path}/risk/refusal",
    response_model=ProposalRulingOut,
    dependencies=[COMPANY, *WRITES],
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
        by = person(principal)
        ruling = await _record(call.unit.connection, standing, body.reason, by, runtime, None)
        return call.answer(200, ruling)


@router.get(
    "/accounts/{customer_id:path}/risk/rulings",
    summary="List what was ruled on a customer's proposals",
    dependencies=[COMPANY],
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
    proposal = standing.score.proposal
    proposed = {
        "term_days": proposal.term_days,
        "limit": money_or_none(proposal.limit, account.currency),
    }
    fields = terms_in_force(account) | proposed
    return TermsSet(customer_id=account.customer_id, reason=reason, by=by, **fields)


async def _record(
    connection: Connection,
    standing: Standing,
    reason: str,
    by: str,
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
            by=by,
            reason=reason,
            at=runtime.clock.now(),
        )
    )
