"""Write-offs: what finance no longer expects to be paid."""

from datetime import date

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from contracts.events.payments import ReceivableWrittenOff
from contracts.money import minor_units
from contracts.wire import Amount, Currency, Id
from services.credit.api.accounts import no_account
from services.credit.api.answered import CommandOut, command_out
from services.credit.api.common import CONFLICT, UNKNOWN, WRITES, Body, CustomerId, Finance, Why
from services.credit.commands import carry_out, person
from services.credit.rules.state import Account
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["receivables"])

EXAMPLE: JsonDict = {
    "write_off_id": "WO-7001",
    "invoice_id": "INV-9001",
    "currency": "CNY",
    "amount": "67.50",
    "reason": "damaged in transit, agreed with the customer",
}


class WriteOffIn(Body):
    """An invoice, or a part of it, that is given up."""

    model_config = ConfigDict(**Body.model_config, json_schema_extra={"example": EXAMPLE})

    write_off_id: Id
    invoice_id: Id
    currency: Currency
    amount: Amount = Field(description="at most what is open on the invoice, more than nothing")
    reason: Why


@router.post(
    "/accounts/{customer_id:path}/write-offs",
    status_code=201,
    response_model=CommandOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Write off an invoice, or a part of it",
)
async def write_off(
    customer_id: CustomerId, body: WriteOffIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Give up what is open of an invoice, or a part of it. Published as `receivable.written_off`.

    It is no longer owed and makes room: held orders are decided again at once. The same write-off again changes
    nothing; another amount or invoice under its id, an unknown invoice or more than is open on it is refused with 409.
    """
    minor_units(body.amount, body.currency, "amount")
    data = ReceivableWrittenOff(customer_id=customer_id, by=person(principal), **body.model_dump())

    def check(account: Account, _: date) -> None:
        if account.seq == 0:
            raise no_account(customer_id)

    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        applied = await carry_out(runtime, call.unit, data, in_path=("customer_id",), check=check)
        answer = call.answer(201, command_out(applied, person(principal)))
    applied.committed()
    return answer
