"""Payments: reported, looked up, taken back."""

from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import Row

from contracts.errors import ContractError
from contracts.events.payments import Allocation, PaymentReceived, PaymentReversed
from contracts.money import minor_units
from contracts.wire import Id, Text
from services.credit.api.common import (
    CONFLICT,
    UNKNOWN,
    WRITES,
    Body,
    Cashier,
    FilterAmount,
    Known,
    MoneyQuery,
    PaymentId,
    Reader,
)
from services.credit.api.payment_answers import (
    PaymentDetail,
    PaymentOut,
    ReceiptOut,
    ReversalOut,
    payment_detail,
    payment_out,
    receipt_out,
    reversal_out,
)
from services.credit.api.scopes import OF_PAYMENT
from services.credit.commands import carry_out, digest_at
from services.credit.queries import documents, writing
from services.credit.rules.entries import AnyEntry, CreditReversed
from services.credit.rules.receivables import payment_credit
from services.credit.rules.state import PAYMENTS, Account
from services.credit.tables import accounts, journal
from services.credit.tables import credits as credit_table
from services.kit.database import Connection
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["payments"])

ORDERING = Ordering(
    {"received_on": journal.c.day, "amount": credit_table.c.amount},
    unique=documents.EVENT_KEY,
    default="-received_on",
)
EXAMPLE: JsonDict = {
    "payment_id": "PAY-3001",
    "customer_id": "C-1001",
    "currency": "CNY",
    "amount": "2000.00",
    "method": "bank transfer",
    "allocations": [{"invoice_id": "INV-9001", "amount": "1567.50"}],
}


class AllocationIn(Allocation):
    """How much of a payment is meant for which invoice."""

    model_config = Body.model_config


class PaymentIn(PaymentReceived):
    """A payment as the body of `payment.received`; time, event id and producer are filled in."""

    model_config = ConfigDict(**Body.model_config, json_schema_extra={"example": EXAMPLE})

    allocations: Annotated[list[AllocationIn], Field(default_factory=list, max_length=1_000)]  # type: ignore[assignment]


class ReversalIn(Body):
    """Why a payment is taken back."""

    reason: Text = Field("", examples=["bounced"])


@router.post(
    "/payments",
    status_code=201,
    response_model=ReceiptOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT,
    summary="Report a payment",
)
async def report_payment(
    body: PaymentIn, request: Request, runtime: LiveRuntime, principal: Cashier
) -> Response:
    """Report money a customer paid. Published as `payment.received`.

    It goes to the invoices it names, otherwise to the oldest due first; what is left stays as unapplied credit and
    pays the next invoice. An invoice it names that is not known yet is paid when it comes. Held orders are decided
    again at once: `released` has those that pass now.

    The same payment again gets the same answer, with or without an Idempotency-Key; another body under its id is
    refused with 409.
    """
    _check_amounts(body)
    credit_id = payment_credit(body.payment_id)
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        applied = await carry_out(runtime, call.unit, body, check=partial(_require_not_taken_back, credit_id))
        entries = applied.entries or await _received_before(call.unit.connection, body, credit_id)
        answer = call.answer(201, receipt_out(entries))
    applied.committed()
    return answer


def _check_amounts(body: PaymentIn) -> None:
    amount = minor_units(body.amount, body.currency)
    if amount == 0:
        raise ContractError("amount", "a payment of nothing is none")
    parts = [
        minor_units(part.amount, body.currency, f"allocations.{number}.amount")
        for number, part in enumerate(body.allocations)
    ]
    if sum(parts) > amount:
        raise ContractError("allocations", "add up to more than the payment")


def _require_not_taken_back(credit_id: str, account: Account, _day: date) -> None:
    """Refuse a payment that was taken back before it was reported: whoever reports it now should know.

    Raises:
        Problem: 409 in that case.
    """
    known = account.credits.get(credit_id)
    if known is not None and known.reversed and not known.amount:
        payment_id = credit_id.removeprefix(PAYMENTS)
        reason = f"payment {payment_id!r} was taken back before it was reported: there is nothing to apply"
        raise Problem(409, reason, errors=[("payment_id", reason)])


async def _received_before(connection: Connection, body: PaymentIn, credit_id: str) -> list[AnyEntry]:
    """Return the journal entries of the same payment, received before.

    Raises:
        Problem: 409 when it had another body.
    """
    owner = await writing.credit_owner(connection, credit_id)
    assert owner is not None
    digest, entries = await writing.event_entries(connection, *owner)
    first = entries[0]
    if digest != digest_at(body, writing.moment_of(first)):
        reason = f"payment {body.payment_id!r} was received before with another content"
        raise Problem(409, reason, errors=[("payment_id", reason)])
    return entries


@router.post(
    "/payments/{payment_id:path}/reversal",
    response_model=ReversalOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Take a payment back",
)
async def reverse_payment(
    payment_id: PaymentId, body: ReversalIn, request: Request, runtime: LiveRuntime, principal: Cashier
) -> Response:
    """Take a payment back that bounced: every invoice it had paid is open again. Published as `payment.reversed`.

    The same reversal again gets the same answer; with another reason it is refused with 409.
    """
    credit_id = payment_credit(payment_id)
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        owner = await writing.credit_owner(call.unit.connection, credit_id)
        if owner is None:
            raise _no_payment(payment_id)
        customer_id, seq = owner
        data = PaymentReversed(payment_id=payment_id, customer_id=customer_id, reason=body.reason)
        applied = await carry_out(runtime, call.unit, data, after_entry=seq, in_path=("payment_id",))
        entries = applied.entries or await _reversed_before(call.unit.connection, data, credit_id, seq)
        answer = call.answer(200, reversal_out(entries, applied.account.currency))
    applied.committed()
    return answer


async def _reversed_before(
    connection: Connection, data: PaymentReversed, credit_id: str, since: int
) -> list[AnyEntry]:
    seq = await writing.reversal_entry(connection, data.customer_id, credit_id, since)
    assert seq is not None
    _, entries = await writing.event_entries(connection, data.customer_id, seq)
    first = entries[0]
    assert isinstance(first, CreditReversed)
    if first.reason != data.reason:
        reason = f"payment {data.payment_id!r} was taken back before, with the reason {first.reason!r}"
        raise Problem(409, reason, errors=[("reason", reason)])
    return entries


def _no_payment(payment_id: str) -> Problem:
    return Problem(
        404, f"no payment {payment_id!r} was received", errors=[("path.payment_id", "is not known")]
    )


class PaymentQuery(MoneyQuery):
    """Filters of the list of payments; all given ones must hold. Days are business days, both included."""

    customer: Id | None = None
    from_day: date | None = Field(None, alias="from", description="received on this day or later")
    to_day: date | None = Field(None, alias="to", description="received on this day or earlier")
    status: Literal["received", "reversed"] | None = None
    unapplied: bool | None = Field(None, description="with money left that pays no invoice yet")
    min_amount: FilterAmount = None


@router.get("/payments", summary="List payments", dependencies=[COMPANY])
async def list_payments(
    query: Annotated[PaymentQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[PaymentOut]:
    """List payments, latest first; sort by `received_on` or `amount`, with - for downwards."""
    statement = documents.select_payments()
    if query.customer is not None:
        statement = statement.where(journal.c.customer_id == query.customer)
    if query.from_day is not None:
        statement = statement.where(journal.c.day >= query.from_day)
    if query.to_day is not None:
        statement = statement.where(journal.c.day <= query.to_day)
    if query.status is not None:
        statement = statement.where(credit_table.c.reversed == (query.status == "reversed"))
    if query.unapplied is not None:
        left = credit_table.c.remaining > 0
        statement = statement.where(left if query.unapplied else ~left)
    smallest = query.minor(query.min_amount, "min_amount", runtime)
    if smallest is not None:
        statement = statement.where(credit_table.c.amount >= smallest)
    if (currency := query.in_currency(runtime, smallest)) is not None:
        statement = statement.where(accounts.c.currency == currency)
    return await read_page(request, response, statement, ORDERING, query, payment_out)


@router.get(
    "/payments/{payment_id:path}", responses=UNKNOWN, summary="Show a payment", dependencies=[OF_PAYMENT]
)
async def read_payment(payment_id: PaymentId, runtime: LiveRuntime, principal: Known) -> PaymentDetail:
    """Show a payment: what it was applied to and when, what is left of it, and whether it was taken back."""
    credit_id = payment_credit(payment_id)
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        row: Row[Any] | None = await documents.read_payment(connection, credit_id)
        if row is None:
            raise _no_payment(payment_id)
        applied = await documents.read_allocations(connection, credit_id)
        reversal = (
            await documents.read_reversal(connection, row.customer_id, credit_id, row.seq)
            if row.reversed
            else None
        )
    return payment_detail(row, applied, reversal)
