"""Payments as callers read them. Money is in the account's currency."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.credit.api.account_answers import Money
from services.credit.api.common import money
from services.credit.api.decision_answers import ReleasedOut, released_out
from services.credit.rules.entries import AnyEntry, CreditReversed, CreditTaken, Decided, decode_entry
from services.credit.rules.state import PAYMENTS
from services.credit.rules.worth import Own, rate_of


class AppliedOut(BaseModel):
    """Money on an invoice."""

    invoice_id: str = Field(examples=["INV-9001"])
    amount: Money


class ReceiptOut(BaseModel):
    """A payment as it was received: what it paid at once."""

    payment_id: str
    customer_id: str
    currency: str
    amount: Money
    own_amount: Money | None = Field(description="as it was paid, if that was in another currency")
    own_currency: str | None = Field(description="of `own_amount`")
    exchange_rate: str | None = Field(description="of `currency` per unit of `own_currency`")
    exchange_difference: Money = Field(
        description="what `amount` is more than at that rate: it pays invoices of its own currency at theirs"
    )
    applied: list[AppliedOut] = Field(description="what it paid when it came")
    reserved: list[AppliedOut] = Field(description="what it is meant for: invoices that are not known yet")
    unapplied: Money = Field(description="what was left then; it pays the next invoices")
    released: list[ReleasedOut] = Field(description="held orders that passed because of it")
    event: str
    at: datetime
    day: date = Field(description="the business day it was applied on")
    journal_seq: int


class ReversalOut(BaseModel):
    """A payment that was taken back."""

    payment_id: str
    customer_id: str
    currency: str
    reason: str
    reopened: list[AppliedOut] = Field(description="what it had paid")
    paid_from_hand: list[AppliedOut] = Field(description="what other money in hand paid of that at once")
    event: str
    at: datetime
    day: date
    journal_seq: int


class PaymentOut(BaseModel):
    """A payment as lists show it."""

    payment_id: str
    customer_id: str
    currency: str
    amount: Money
    own_amount: Money | None = Field(description="as it was paid, if that was in another currency")
    own_currency: str | None = Field(description="of `own_amount`")
    exchange_rate: str | None = Field(description="of `currency` per unit of `own_currency`")
    exchange_difference: Money = Field(
        description="what `amount` is more than at that rate: it pays invoices of its own currency at theirs"
    )
    applied: Money = Field(description="what pays invoices by now")
    unapplied: Money = Field(description="what is left")
    status: Literal["received", "reversed"]
    event: str = Field(description="producer and id of the event", examples=["bank/000011"])
    received_at: datetime
    received_on: date = Field(description="the business day it was applied on")
    journal_seq: int


class AllocationOut(BaseModel):
    """Money that went to an invoice, or came back from it (negative)."""

    invoice_id: str
    amount: Money
    on: date
    journal_seq: int


class PaidInvoiceOut(BaseModel):
    """An invoice that this payment pays, wholly or partly."""

    invoice_id: str
    amount: Money = Field(description="of this payment")
    due_on: date
    open: Money = Field(description="what is still owed on the invoice")
    days_late: int = Field(
        description="from its due day to the day this payment last paid it; negative: early"
    )


class PaymentDetail(PaymentOut):
    """A payment with everything that became of it."""

    invoices: list[PaidInvoiceOut] = Field(description="what it pays by now")
    reserved: list[AppliedOut] = Field(description="invoices it names that are not known yet")
    history: list[AllocationOut] = Field(description="every allocation, oldest first")
    reversed_at: datetime | None
    reversal_reason: str | None


def _payment_id(credit_id: str) -> str:
    return credit_id.removeprefix(PAYMENTS)


def receipt_out(entries: Sequence[AnyEntry]) -> ReceiptOut:
    """Return a payment from the journal entries of its event: the same whenever it is asked for."""
    first = entries[0]
    assert isinstance(first, CreditTaken)
    currency = first.currency
    return ReceiptOut(
        payment_id=_payment_id(first.credit),
        customer_id=first.customer,
        currency=currency,
        amount=money(first.amount, currency),
        **_own(first.own, sum(first.exchange.values()), currency),
        applied=[
            AppliedOut(invoice_id=a.invoice, amount=money(a.amount, currency)) for a in first.allocations
        ],
        reserved=_reserved(first.intents, currency),
        unapplied=money(first.amount - sum(a.amount for a in first.allocations), currency),
        released=released_out([entry for entry in entries if isinstance(entry, Decided)]),
        event=first.event,
        at=datetime.fromisoformat(first.at),
        day=first.day,
        journal_seq=first.seq,
    )


def reversal_out(entries: Sequence[AnyEntry], currency: str) -> ReversalOut:
    """Return a reversal from the journal entries of its event."""
    first = entries[0]
    assert isinstance(first, CreditReversed)
    return ReversalOut(
        payment_id=_payment_id(first.credit),
        customer_id=first.customer,
        currency=currency,
        reason=first.reason,
        reopened=[
            AppliedOut(invoice_id=a.invoice, amount=money(-a.amount, currency))
            for a in first.allocations
            if a.credit == first.credit
        ],
        paid_from_hand=[
            AppliedOut(invoice_id=a.invoice, amount=money(a.amount, currency))
            for a in first.allocations
            if a.credit != first.credit
        ],
        event=first.event,
        at=datetime.fromisoformat(first.at),
        day=first.day,
        journal_seq=first.seq,
    )


def _own(own: Own | None, difference: int, currency: str) -> dict[str, Any]:
    """Return what a payment is in its own currency."""
    return {
        "own_amount": None if own is None else money(own.amount, own.currency),
        "own_currency": None if own is None else own.currency,
        "exchange_rate": None if own is None else rate_of(own.factor, own.currency, currency),
        "exchange_difference": money(difference, currency),
    }


def _reserved(intents: dict[str, int], currency: str) -> list[AppliedOut]:
    return [AppliedOut(invoice_id=i, amount=money(part, currency)) for i, part in intents.items()]


def payment_out(row: Row[Any]) -> PaymentOut:
    """Return a payment as lists show it."""
    return PaymentOut(**_summary(row))


def _summary(row: Row[Any]) -> dict[str, Any]:
    currency, entry = row.currency, decode_entry(row.body)
    own = Own(row.own_currency, row.own_amount, row.factor) if row.own_currency else None
    return {
        "payment_id": _payment_id(row.credit_id),
        "customer_id": row.customer_id,
        "currency": currency,
        "amount": money(row.amount, currency),
        **_own(own, row.exchange, currency),
        "applied": money(0 if row.reversed else row.amount - row.remaining, currency),
        "unapplied": money(row.remaining, currency),
        "status": "reversed" if row.reversed else "received",
        "event": entry.event,
        "received_at": datetime.fromisoformat(entry.at),
        "received_on": row.day,
        "journal_seq": row.seq,
    }


def payment_detail(row: Row[Any], allocations: Sequence[Row[Any]], reversal: str | None) -> PaymentDetail:
    """Return a payment with everything that became of it."""
    currency = row.currency
    taken_back = decode_entry(reversal) if reversal is not None else None
    return PaymentDetail(
        **_summary(row),
        invoices=_paid(allocations, currency),
        reserved=_reserved(row.intents, currency),
        history=[
            AllocationOut(
                invoice_id=a.invoice_id, amount=money(a.amount, currency), on=a.day, journal_seq=a.seq
            )
            for a in allocations
        ],
        reversed_at=datetime.fromisoformat(taken_back.at) if taken_back is not None else None,
        reversal_reason=taken_back.reason if isinstance(taken_back, CreditReversed) else None,
    )


def _paid(allocations: Sequence[Row[Any]], currency: str) -> list[PaidInvoiceOut]:
    sums: dict[str, int] = {}
    last: dict[str, Row[Any]] = {}
    for allocation in allocations:
        sums[allocation.invoice_id] = sums.get(allocation.invoice_id, 0) + allocation.amount
        last[allocation.invoice_id] = allocation
    return [
        PaidInvoiceOut(
            invoice_id=invoice_id,
            amount=money(amount, currency),
            due_on=last[invoice_id].due_on,
            open=money(last[invoice_id].open, currency),
            days_late=(last[invoice_id].day - last[invoice_id].due_on).days,
        )
        for invoice_id, amount in sums.items()
        if amount
    ]
