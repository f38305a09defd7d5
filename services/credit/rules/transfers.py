"""Transfers: money in hand, or what is owed on an invoice, moved from one customer to another.

Each side is an event of its own, for its own account. Money that is passed on is owed like an invoice and paid from
hand at once: if it bounces later it is missing here, and owed here, and the other customer keeps it. An invoice that
was taken over is settled here like by a credit note, and owed there until the same day.
"""

from collections.abc import Iterator
from datetime import date

from contracts.errors import ContractError
from contracts.events.payments import (
    PaymentTransferredIn,
    PaymentTransferredOut,
    ReceivableTransferredIn,
    ReceivableTransferredOut,
)
from contracts.money import decimal_string, minor_units
from services.credit.rules.allocating import named_first, oldest_first, pay_from_hand
from services.credit.rules.context import Context
from services.credit.rules.entries import AnyEntry, CreditTaken, Invoiced
from services.credit.rules.state import TRANSFER, Account
from services.credit.rules.taking import correct, take

Data = PaymentTransferredOut | PaymentTransferredIn | ReceivableTransferredOut | ReceivableTransferredIn


def transfer_document(transfer_id: str) -> str:
    """Return the id under which a transfer is kept, among the credits or the items of a customer."""
    return TRANSFER + transfer_id


def money_out(account: Account, data: PaymentTransferredOut, context: Context) -> Iterator[AnyEntry]:
    """Pass on money in hand that is meant for nothing else.

    Raises:
        ContractError: when there is not so much of it.
    """
    amount = _amount(account, data, data.to_customer_id)
    if _known_item(account, data, amount, passes_on=True):
        return
    free = account.unapplied - sum(
        sum(c.intents.values()) for c in account.credits.values() if c.remaining > 0
    )
    _require_within(data, amount, max(0, free), account, "in hand and meant for nothing else")
    yield _owed(
        account, data, context, amount, context.day, context.day, other=data.to_customer_id, passes_on=True
    )
    yield from correct(account, context)


def money_in(account: Account, data: PaymentTransferredIn, context: Context) -> Iterator[AnyEntry]:
    """Take money from another customer: it pays the oldest due first, the rest is kept."""
    amount = _amount(account, data, data.from_customer_id)
    if _known_credit(account, data, amount):
        return
    entry = _credit(account, data, context, amount, data.from_customer_id)
    entry.allocations = oldest_first(account, entry.credit, amount)
    yield from take(account, entry, context, f"transfer {data.transfer_id}")


def receivable_out(account: Account, data: ReceivableTransferredOut, context: Context) -> Iterator[AnyEntry]:
    """Let another customer owe what is open on an invoice, or a part of it.

    Raises:
        ContractError: when the invoice is not known, or less is open on it.
    """
    amount = _amount(account, data, data.to_customer_id)
    if _known_credit(account, data, amount):
        return
    item = account.items.get(data.invoice_id)
    if item is None:
        raise ContractError("data.invoice_id", f"invoice {data.invoice_id!r} is not known")
    _require_within(data, amount, item.open, account, f"open on {data.invoice_id!r}")
    entry = _credit(account, data, context, amount, data.to_customer_id)
    entry.named = {data.invoice_id: amount}
    entry.allocations, _ = named_first(account, entry.credit, [(data.invoice_id, amount)])
    yield from take(account, entry, context, f"transfer {data.transfer_id}")


def receivable_in(account: Account, data: ReceivableTransferredIn, context: Context) -> Iterator[AnyEntry]:
    """Owe what another customer owed until now; money in hand pays it at once."""
    amount = _amount(account, data, data.from_customer_id)
    if _known_item(account, data, amount, passes_on=False):
        return
    yield _owed(account, data, context, amount, data.issued_on, data.due_on, other=data.from_customer_id)
    yield from correct(account, context)


def _amount(account: Account, data: Data, other: str) -> int:
    amount = minor_units(data.amount, data.currency, "data.amount")
    if other == data.customer_id:
        raise ContractError("data.customer_id", "both sides of the transfer are the same customer")
    if account.seq and data.currency != account.currency:
        raise ContractError(
            "data.currency", f"the account is kept in {account.currency}, not {data.currency}"
        )
    if not amount:
        raise ContractError("data.amount", "a transfer of nothing is none")
    return amount


def _known_item(account: Account, data: Data, amount: int, *, passes_on: bool) -> bool:
    """Whether what is owed because of a transfer was recorded before.

    Raises:
        ContractError: when it was, with another content.
    """
    item = account.items.get(transfer_document(data.transfer_id))
    return _is_same(account, data, item is not None and (item.amount, item.passes_on) == (amount, passes_on))


def _known_credit(account: Account, data: Data, amount: int) -> bool:
    """Whether what a transfer gives was recorded before.

    Raises:
        ContractError: when it was, with another content.
    """
    credit = account.credits.get(transfer_document(data.transfer_id))
    return _is_same(account, data, credit is not None and credit.amount == amount)


def _is_same(account: Account, data: Data, same: bool) -> bool:
    document = transfer_document(data.transfer_id)
    if same or (document not in account.items and document not in account.credits):
        return same
    raise ContractError(
        "data.transfer_id", f"transfer {data.transfer_id!r} was recorded before with another content"
    )


def _require_within(data: Data, amount: int, most: int, account: Account, what: str) -> None:
    if amount > most:
        raise ContractError(
            "data.amount", f"{data.amount} is more than the {decimal_string(most, account.currency)} {what}"
        )


def _owed(
    account: Account,
    data: Data,
    context: Context,
    amount: int,
    issued_on: date,
    due_on: date,
    *,
    other: str,
    passes_on: bool = False,
) -> Invoiced:
    document = transfer_document(data.transfer_id)
    return Invoiced(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        invoice=document,
        currency=data.currency,
        amount=amount,
        issued_on=issued_on,
        due_on=due_on,
        allocations=pay_from_hand(account, document, amount),
        transfer=other,
        passes_on=passes_on,
        reason=data.reason,
        by=data.by,
    )


def _credit(account: Account, data: Data, context: Context, amount: int, other: str) -> CreditTaken:
    return CreditTaken(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        credit=transfer_document(data.transfer_id),
        currency=data.currency,
        amount=amount,
        transfer=other,
        reason=data.reason,
        by=data.by,
    )
