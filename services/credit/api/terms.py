"""What finance grants: terms, temporary limits, holds."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from contracts.errors import ContractError
from contracts.events import EventData
from contracts.events.terms import (
    Days,
    HoldLifted,
    HoldPlaced,
    OverdueThresholds,
    RiskClass,
    RiskClassSet,
    TemporaryLimitGranted,
    TermsSet,
)
from contracts.money import minor_units
from contracts.topics import partition_of
from contracts.wire import Amount, Currency, Day, Text
from services.credit.api.accounts import no_account
from services.credit.api.agreed_terms import ask_for_terms
from services.credit.api.answered import CommandOut, command_out
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, CustomerId, Finance, Why
from services.credit.api.four_eyes import ASKED, NeedsSecondError, TermsNeedSecondError, amount_granted, ask
from services.credit.commands import carry_out, person
from services.credit.queries import writing
from services.credit.rules.state import Account
from services.credit.rules.terms import currency_may_change
from services.credit.store.ceilings import ceiling_of
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime

router = APIRouter(tags=["terms"])

LimitIn = Annotated[Amount | None, Field(description="null: unlimited, 0: none", examples=["50000.00"])]


class OverdueIn(OverdueThresholds):
    """How much may be overdue before orders are held; null: no limit, 0: none."""

    model_config = Body.model_config


class TermsIn(Body):
    """The customer's terms in full: what is left out takes its default, not its present value."""

    currency: Currency = Field(examples=["CNY"])
    term_days: Days = Field(description="from the day an invoice is issued to its due day", examples=[30])
    limit: LimitIn
    grace_days: Days = Field(
        0, description="an invoice counts as overdue only so many days after its due day"
    )
    single_order_max: LimitIn = Field(None, description="null: the company's policy applies")
    overdue: OverdueIn | None = Field(None, description="left out: the company's thresholds apply")
    review_on: Day | None = None
    reason: Why


class TemporaryLimitIn(Body):
    """A limit in place of the ordinary one, from the first to the last day, both included."""

    currency: Currency = Field(examples=["CNY"])
    limit: LimitIn
    from_day: Day
    until_day: Day
    reason: Why


class RiskClassIn(Body):
    """The customer's risk class."""

    risk_class: RiskClass | None = Field(description="A (best) to D; null: none", examples=["B"])
    reason: Why


class HoldIn(Body):
    """Why every new order on account is to be held."""

    reason: Why


@router.put(
    "/accounts/{customer_id:path}/terms",
    response_model=CommandOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | ASKED,
    summary="Set a customer's terms",
)
async def set_terms(
    customer_id: CustomerId, body: TermsIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Set a customer's terms, in full. Held orders are decided again at once, and what now passes is released.

    `null` is unlimited and `0` is none. A customer without terms has 0 days and limit 0: cash only. Published as
    `terms.set`. The currency cannot change while there are balances.

    When they raise the limit by more than your ceiling, they become a request that a second person approves or
    refuses: 202, `credit.approval_requested`.
    """
    for name in ("limit", "single_order_max"):
        _check_amount(getattr(body, name), body.currency, name)
    if body.overdue is not None:
        _check_amount(body.overdue.max_amount, body.currency, "overdue.max_amount")
    data = TermsSet(
        customer_id=customer_id,
        by=person(principal),
        overdue=None if body.overdue is None else OverdueThresholds(**body.overdue.model_dump()),
        **body.model_dump(exclude={"overdue"}),
    )
    limit = None if body.limit is None else minor_units(body.limit, body.currency)

    def check(account: Account, _: date) -> None:
        raised = amount_granted(account, "terms", None, limit, body.currency)
        # A currency that cannot be changed is refused now, not by the second person.
        if not ceiling.covers(raised) and currency_may_change(account, body.currency):
            raise TermsNeedSecondError(account)

    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        ceiling = await ceiling_of(call.unit.connection, principal, body.currency)
        try:
            applied = await carry_out(runtime, call.unit, data, in_path=("customer_id",), check=check)
        except TermsNeedSecondError as needs:
            asked = await ask_for_terms(call.unit, principal, needs.account, data, runtime.clock.now())
            return call.answer(202, asked)
        answer = call.answer(200, command_out(applied, person(principal)))
    applied.committed()
    return answer


def _check_amount(amount: str | None, currency: str, field: str) -> None:
    if amount is not None:
        minor_units(amount, currency, field)


@router.post(
    "/accounts/{customer_id:path}/temporary-limit",
    response_model=CommandOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN | ASKED,
    summary="Grant a limit for a time",
)
async def grant_temporary_limit(
    customer_id: CustomerId,
    body: TemporaryLimitIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
) -> Response:
    """Grant a limit for a time, in place of the ordinary one; another one replaces it. Both days are included.

    It ends by the clock, without any document arriving. Published as `terms.temporary_limit_granted`.

    When it raises the ordinary limit by more than your ceiling, or by more percent than the policy lets one person
    grant, it becomes a request that a second person approves or refuses: 202, `credit.approval_requested`.
    """
    limit = None if body.limit is None else minor_units(body.limit, body.currency, "limit")
    if body.until_day < body.from_day:
        raise ContractError("until_day", f"{body.until_day} is before from_day {body.from_day}")
    data = TemporaryLimitGranted(customer_id=customer_id, by=person(principal), **body.model_dump())

    def check(account: Account, day: date) -> None:
        _known(account, day)
        if body.until_day < day:
            raise ContractError("until_day", f"{body.until_day} is over: the business day is {day}")
        raised = amount_granted(account, "temporary_limit", None, limit, body.currency)
        alone = ceiling.covers(raised) and not desk.needs_second(limit, account.limit)
        # A request in a wrong currency is refused now, not by the second person.
        if not alone and body.currency == account.currency:
            raise NeedsSecondError

    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        ceiling = await ceiling_of(call.unit.connection, principal, body.currency)
        desk = await writing.desk(
            call.unit.connection, partition_of(customer_id.encode(), runtime.settings.partitions)
        )
        try:
            applied = await carry_out(runtime, call.unit, data, in_path=("customer_id",), check=check)
        except NeedsSecondError:
            asked = await ask(
                call.unit,
                principal,
                "temporary_limit",
                customer_id,
                currency=body.currency,
                amount=limit,
                request=body.model_dump(mode="json", exclude={"reason"}),
                reason=body.reason,
                at=runtime.clock.now(),
                until_day=body.until_day,
            )
            return call.answer(202, asked)
        answer = call.answer(200, command_out(applied, person(principal)))
    applied.committed()
    return answer


@router.put(
    "/accounts/{customer_id:path}/risk-class",
    response_model=CommandOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT,
    summary="Set a customer's risk class",
)
async def set_risk_class(
    customer_id: CustomerId, body: RiskClassIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Set a customer's risk class, by which the policy may say other thresholds. Held orders are decided again at once.

    Published as `terms.risk_class_set`.
    """
    data = RiskClassSet(customer_id=customer_id, by=person(principal), **body.model_dump())
    return await _command(data, request, runtime, principal)


@router.post(
    "/accounts/{customer_id:path}/hold",
    response_model=CommandOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Hold a customer's orders",
)
async def place_hold(
    customer_id: CustomerId, body: HoldIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Hold every new order on account until the hold is lifted. Orders approved before stay approved.

    Published as `terms.hold_placed`. A customer already on hold gets the new reason.
    """
    data = HoldPlaced(customer_id=customer_id, reason=body.reason, by=person(principal))
    return await _command(data, request, runtime, principal, _known)


@router.delete(
    "/accounts/{customer_id:path}/hold",
    response_model=CommandOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Lift the hold on a customer",
)
async def lift_hold(
    customer_id: CustomerId,
    request: Request,
    runtime: LiveRuntime,
    principal: Finance,
    reason: Annotated[Text, Query(description="why, for the journal")] = "",
) -> Response:
    """Lift the hold. Held orders are decided again at once, and what now passes is released.

    Published as `terms.hold_lifted`. 409 when the customer is not on hold.
    """
    data = HoldLifted(customer_id=customer_id, reason=reason, by=person(principal))

    def check(account: Account, day: date) -> None:
        _known(account, day)
        if account.hold is None:
            raise Problem(
                409,
                f"customer {customer_id!r} is not on hold",
                errors=[("path.customer_id", "is not on hold")],
            )

    return await _command(data, request, runtime, principal, check)


def _known(account: Account, _: date) -> None:
    if account.seq == 0:
        raise no_account(account.customer_id)


async def _command(
    data: EventData,
    request: Request,
    runtime: Runtime,
    principal: Principal,
    check: Callable[[Account, date], None] | None = None,
) -> Response:
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        applied = await carry_out(runtime, call.unit, data, in_path=("customer_id",), check=check)
        answer = call.answer(200, command_out(applied, person(principal)))
    applied.committed()
    return answer
