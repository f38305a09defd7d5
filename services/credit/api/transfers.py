"""Transfers: money in hand, or what is open on an invoice, moved from one customer to another."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from contracts.errors import ContractError
from contracts.events.payments import (
    PaymentTransferredIn,
    PaymentTransferredOut,
    ReceivableTransferredIn,
    ReceivableTransferredOut,
)
from contracts.money import minor_units
from contracts.wire import Amount, Currency, Id
from services.credit.api.accounts import no_account
from services.credit.api.answered import CommandOut, command_out
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, Finance, Why
from services.credit.commands import Refusal, carry_out, person
from services.credit.queries import writing
from services.kit.database import Connection
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["receivables"])

EXAMPLE: JsonDict = {
    "transfer_id": "TR-8001",
    "kind": "money",
    "from_customer_id": "C-1001",
    "to_customer_id": "C-1002",
    "currency": "CNY",
    "amount": "432.50",
    "reason": "paid for the sister company",
}


class TransferIn(Body):
    """What is moved, from whom to whom."""

    model_config = ConfigDict(**Body.model_config, json_schema_extra={"example": EXAMPLE})

    transfer_id: Id
    kind: Literal["money", "receivable"] = Field(
        description="money: what is in hand and pays no invoice; receivable: what is open on an invoice"
    )
    from_customer_id: Id = Field(description="who has the money, or owes the invoice")
    to_customer_id: Id = Field(description="who gets the money, or takes the invoice over")
    invoice_id: Id | None = Field(None, description="of a receivable")
    currency: Currency = Field(description="of both accounts")
    amount: Amount
    reason: Why


class TransferOut(BaseModel):
    """A transfer: what it did on both sides."""

    transfer_id: str
    from_customer: CommandOut
    to_customer: CommandOut


@router.post(
    "/transfers",
    status_code=201,
    response_model=TransferOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Move money or an open invoice to another customer",
)
async def transfer(body: TransferIn, request: Request, runtime: LiveRuntime, principal: Finance) -> Response:
    """Move money in hand, or what is open on an invoice, from one customer to another, both sides at once or none.

    Published as `payment.transferred_out` and `.transferred_in`, or `receivable.transferred_out` and
    `.transferred_in`. An invoice that is taken over stays due on the same day, and is owed there under
    `transfer:` and the transfer's id. Held orders of whom it makes room for are decided again at once.

    The same transfer again changes nothing. More than is in hand and meant for nothing else, or open on the invoice,
    another currency than that of both accounts, and another content under the same id are refused with 409.
    """
    _check(body)
    customers = [body.from_customer_id, body.to_customer_id]
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        known = await writing.lock_accounts(call.unit.connection, customers)
        for customer_id in customers:
            if customer_id not in known:
                raise no_account(customer_id)
        out, in_ = await _sides(call.unit.connection, body, person(principal))
        try:
            applied_out = await carry_out(runtime, call.unit, out)
            applied_in = await carry_out(runtime, call.unit, in_)
        except Refusal as refusal:
            refusal.errors = tuple((_named(field), reason) for field, reason in refusal.errors)
            raise
        answer = call.answer(
            201,
            TransferOut(
                transfer_id=body.transfer_id,
                from_customer=command_out(applied_out, person(principal)),
                to_customer=command_out(applied_in, person(principal)),
            ),
        )
    applied_out.committed()
    applied_in.committed()
    return answer


def _check(body: TransferIn) -> None:
    if minor_units(body.amount, body.currency) == 0:
        raise ContractError("amount", "a transfer of nothing is none")
    if body.from_customer_id == body.to_customer_id:
        raise ContractError("to_customer_id", "is the customer it comes from")
    if (body.invoice_id is None) != (body.kind == "money"):
        raise ContractError("invoice_id", "a receivable has one, money has none")


def _named(field: str) -> str:
    return "to_customer_id" if field == "customer_id" else field


async def _sides(connection: Connection, body: TransferIn, by: str) -> tuple[Any, Any]:
    """Return the events of both sides."""
    same: dict[str, Any] = {
        "transfer_id": body.transfer_id,
        "currency": body.currency,
        "amount": body.amount,
        "reason": body.reason,
        "by": by,
    }
    out = same | {"customer_id": body.from_customer_id, "to_customer_id": body.to_customer_id}
    in_ = same | {"customer_id": body.to_customer_id, "from_customer_id": body.from_customer_id}
    if body.invoice_id is None:
        return PaymentTransferredOut(**out), PaymentTransferredIn(**in_)
    item = await writing.open_item(connection, body.from_customer_id, body.invoice_id)
    if item is None:
        error = ContractError(
            "data.invoice_id", f"{body.from_customer_id!r} has no invoice {body.invoice_id!r}"
        )
        raise Refusal(error, ())
    in_ |= {"issued_on": item["issued_on"], "due_on": item["due_on"], "invoice_id": body.invoice_id}
    return ReceivableTransferredOut(**out, invoice_id=body.invoice_id), ReceivableTransferredIn(**in_)
