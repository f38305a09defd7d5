"""A statement of account as callers read it."""

from collections.abc import Iterator, Sequence
from datetime import date

from pydantic import BaseModel, Field

from services.credit.api.account_answers import Money
from services.credit.api.ageing import CustomerAgeingOut
from services.credit.api.common import money
from services.credit.rules.entries import (
    Allocation,
    AnyEntry,
    CreditReversed,
    CreditTaken,
    Exchanged,
    Invoiced,
)
from services.credit.rules.state import TRANSFER
from services.credit.rules.worth import rate_of

_KINDS = {"payment": "payment", "return": "credit_note", "transfer": "transfer"}


class AppliedTo(BaseModel):
    """The other side of money that was applied: the invoice it paid, or the money that paid the invoice."""

    kind: str = Field(
        description="invoice, payment, credit_note, write_off or transfer", examples=["invoice"]
    )
    document_id: str
    amount: Money = Field(description="negative: taken back, the invoice is open again")


class StatementLine(BaseModel):
    """One document that changed what the customer owes."""

    day: date = Field(description="the business day it was booked on")
    kind: str = Field(
        description="invoice, payment, credit_note, write_off, reversal, transfer or exchange_difference",
        examples=["payment"],
    )
    document_id: str
    other_customer_id: str | None = Field(None, description="of a transfer: where it came from, or went")
    order_id: str | None = Field(description="the order an invoice or a credit note names")
    issued_on: date | None = Field(description="invoices only")
    due_on: date | None = Field(description="invoices only")
    reason: str = Field(description="why a payment was taken back")
    currency: str
    own_amount: Money | None = Field(
        None, description="of a document in another currency, as it is written on it"
    )
    own_currency: str | None = Field(None, description="of `own_amount`")
    exchange_rate: str | None = Field(None, description="of `currency` per unit of `own_currency`")
    charged: Money | None = Field(description="what it adds to the debt: invoices and reversals")
    credited: Money | None = Field(description="what it takes off: payments and credit notes")
    balance: Money = Field(description="owed after it; negative: in the customer's favour")
    applied: list[AppliedTo] = Field(description="what it paid, was paid by, or opened again, at that moment")
    unapplied: Money | None = Field(
        description="payments and credit notes: what paid no invoice at that moment"
    )
    journal_seq: int = Field(description="its journal entry")


class StatementSums(BaseModel):
    """The lines by kind: opening + invoiced + reversed - paid - credited + transferred + exchange = closing."""

    invoiced: Money
    paid: Money
    credited: Money = Field(description="credit notes and other credits that are no payments")
    reversed: Money
    transferred: Money = Field(
        description="what transfers from and to other customers add to the debt; negative: they take off more"
    )
    exchange: Money = Field(
        description="differences between the rates of payments and their invoices: money that came at a higher rate "
        "than its invoice pays no more than that, so it is charged; negative at a lower one"
    )


class StatementOut(BaseModel):
    """What a customer owed at the beginning of a period, what changed it, and what was owed at the end."""

    customer_id: str = Field(examples=["C-1001"])
    currency: str
    from_day: date
    to_day: date
    opening_balance: Money = Field(description="at the end of the business day before the first")
    closing_balance: Money = Field(
        description="at the end of the last day; negative: in the customer's favour"
    )
    sums: StatementSums
    lines: list[StatementLine] = Field(description="in the order they were booked")
    ageing: CustomerAgeingOut = Field(description="of what was open at the end of the last day")


def statement_out(
    first: date, last: date, opening: int, entries: Sequence[AnyEntry], ageing: CustomerAgeingOut
) -> StatementOut:
    """Return the statement. ``opening`` is in minor units."""
    currency = ageing.currency
    sums = {"invoiced": 0, "paid": 0, "credited": 0, "reversed": 0, "transferred": 0, "exchange": 0}
    lines, balance = [], opening
    for entry, (kind, amount, column) in _moves(entries):
        sums[column] += amount if column in ("transferred", "exchange") else abs(amount)
        balance += amount
        if isinstance(entry, Exchanged) or kind == _DIFFERENCE:
            lines.append(_difference(entry, amount, balance, currency))
        else:
            lines.append(_line(entry, kind, amount, balance, getattr(entry, "currency", currency)))
    return StatementOut(
        customer_id=ageing.customer_id,
        currency=currency,
        from_day=first,
        to_day=last,
        opening_balance=money(opening, currency),
        closing_balance=money(balance, currency),
        sums=StatementSums(**{name: money(amount, currency) for name, amount in sums.items()}),
        lines=lines,
        ageing=ageing,
    )


_Move = Invoiced | CreditTaken | CreditReversed
_DIFFERENCE = "exchange_difference"


def _moves(entries: Sequence[AnyEntry]) -> Iterator[tuple[_Move | Exchanged, tuple[str, int, str]]]:
    """Give each entry with its kind, what it adds to the debt, and the sum it belongs to.

    Money counts at its own rate, and the difference to that of its invoices is a line of its own.
    """
    for entry in entries:
        if isinstance(entry, Invoiced):
            transferred = ("transfer", entry.amount, "transferred")
            yield entry, transferred if entry.transfer else ("invoice", entry.amount, "invoiced")
        elif isinstance(entry, CreditTaken):
            kind, _ = _document(entry.credit)
            more = sum(entry.exchange.values())
            column = {"payment": "paid", "transfer": "transferred"}.get(kind, "credited")
            yield entry, (kind, more - entry.amount, column)
            if more:
                yield entry, (_DIFFERENCE, -more, "exchange")
        elif isinstance(entry, CreditReversed):
            yield entry, ("reversal", entry.amount - entry.exchange, "reversed")
            if entry.exchange:
                yield entry, (_DIFFERENCE, entry.exchange, "exchange")
        elif isinstance(entry, Exchanged):
            yield entry, (_DIFFERENCE, -entry.amount, "exchange")


def _document(credit_id: str) -> tuple[str, str]:
    prefix, _, document_id = credit_id.partition(":")
    return _KINDS.get(prefix, prefix), document_id


def _line(entry: _Move, kind: str, amount: int, balance: int, currency: str) -> StatementLine:
    invoice = entry if isinstance(entry, Invoiced) else None
    taken = entry if isinstance(entry, CreditTaken) else None
    left = None if taken is None else taken.amount - sum(part.amount for part in taken.allocations)
    own = getattr(entry, "own", None)
    charged = invoice is not None or isinstance(entry, CreditReversed)
    return StatementLine(
        day=entry.day,
        kind=kind,
        document_id=_document_id(entry),
        other_customer_id=getattr(entry, "transfer", "") or None,
        order_id=getattr(entry, "order", None),
        issued_on=invoice.issued_on if invoice else None,
        due_on=invoice.due_on if invoice else None,
        reason=getattr(entry, "reason", ""),
        currency=currency,
        own_amount=None if own is None else money(own.amount, own.currency),
        own_currency=None if own is None else own.currency,
        exchange_rate=None if own is None else rate_of(own.factor, own.currency, currency),
        charged=money(amount, currency) if charged else None,
        credited=None if charged else money(-amount, currency),
        balance=money(balance, currency),
        applied=[_applied(part, invoice is not None, currency) for part in entry.allocations],
        unapplied=None if left is None else money(left, currency),
        journal_seq=entry.seq,
    )


def _document_id(entry: _Move) -> str:
    if not isinstance(entry, Invoiced):
        return _document(entry.credit)[1]
    return entry.invoice.removeprefix(TRANSFER) if entry.transfer else entry.invoice


def _difference(entry: _Move | Exchanged, amount: int, balance: int, currency: str) -> StatementLine:
    """Return the line of an exchange difference of a payment or credit note."""
    assert not isinstance(entry, Invoiced)
    return StatementLine(
        day=entry.day,
        kind=_DIFFERENCE,
        document_id=_document(entry.credit)[1],
        order_id=None,
        issued_on=None,
        due_on=None,
        reason="",
        currency=currency,
        charged=money(amount, currency) if amount >= 0 else None,
        credited=None if amount >= 0 else money(-amount, currency),
        balance=money(balance, currency),
        applied=[],
        unapplied=None,
        journal_seq=entry.seq,
    )


def _applied(part: Allocation, on_invoice: bool, currency: str) -> AppliedTo:
    if not on_invoice and part.invoice.startswith(TRANSFER):
        kind, document_id = _document(part.invoice)
    else:
        kind, document_id = _document(part.credit) if on_invoice else ("invoice", part.invoice)
    return AppliedTo(kind=kind, document_id=document_id, amount=money(part.amount, currency))
