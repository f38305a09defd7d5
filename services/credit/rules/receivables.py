"""Invoices, payments and returns: what is owed, and which money pays what."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.errors import ContractError
from contracts.events.orders import OrderInvoiced, OrderReturned
from contracts.events.payments import PaymentReceived, PaymentReversed
from contracts.money import minor_units
from services.credit.rules.context import Context
from services.credit.rules.decisions import decide_held_again
from services.credit.rules.entries import Allocation, AnyEntry, CreditReversed, CreditTaken, Invoiced
from services.credit.rules.state import PAYMENTS, Account, Item


def payment_credit(payment_id: str) -> str:
    """Return the id under which a payment is kept among the account's credits."""
    return f"{PAYMENTS}{payment_id}"


def return_credit(return_id: str) -> str:
    """Return the id under which a credit note is kept among the account's credits."""
    return f"return:{return_id}"


def _require_currency(account: Account, currency: str) -> None:
    if account.seq and currency != account.currency:
        raise ContractError("data.currency", f"the account is kept in {account.currency}, not {currency}")


def invoiced(account: Account, data: OrderInvoiced, context: Context) -> Iterator[AnyEntry]:
    """Turn a part of the order into a receivable. Goods already shipped can always be invoiced."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    known = account.items.get(data.invoice_id)
    if known is not None:
        if (known.amount, known.order_id) != (amount, data.order_id):
            raise ContractError(
                "data.invoice_id", f"invoice {data.invoice_id!r} was issued before with another content"
            )
        return
    _require_currency(account, data.currency)
    due_on = data.due_on or data.issued_on + timedelta(days=account.term_days)
    order = account.orders.get(data.order_id) if data.order_id is not None else None
    from_shipped = min(order.shipped, amount) if order is not None else 0
    from_open = min(order.open, amount - from_shipped) if order is not None else 0
    yield Invoiced(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        invoice=data.invoice_id,
        order=data.order_id,
        currency=data.currency,
        amount=amount,
        issued_on=data.issued_on,
        due_on=due_on,
        from_shipped=from_shipped,
        from_open=from_open,
        closes=data.closes_order,
        allocations=_pay_from_hand(account, data.invoice_id, amount),
    )
    if data.closes_order:
        yield from decide_held_again(account, context, f"order {data.order_id} closed")


def _pay_from_hand(account: Account, invoice_id: str, amount: int) -> list[Allocation]:
    """Return how money in hand pays a new invoice: first what was meant for it, then the oldest."""
    if not account.unapplied or not amount:
        return []
    in_hand = sorted((c for c in account.credits.values() if c.remaining > 0), key=lambda c: c.seq)
    used: dict[str, int] = {}
    for credit in in_hand:
        if credit.intents and (meant := min(credit.intents.get(invoice_id, 0), credit.remaining, amount)) > 0:
            used[credit.credit_id] = meant
            amount -= meant
    for credit in in_hand:
        if amount == 0:
            break
        taken = used.get(credit.credit_id, 0)
        meant_for_others = sum(part for other, part in credit.intents.items() if other != invoice_id)
        free = min(credit.remaining - taken - meant_for_others, amount)
        if free > 0:
            used[credit.credit_id] = taken + free
            amount -= free
    return [Allocation(credit_id, invoice_id, part) for credit_id, part in used.items()]


def payment_received(account: Account, data: PaymentReceived, context: Context) -> Iterator[AnyEntry]:
    """Apply a payment to the invoices it names, otherwise to the oldest due first; keep the rest."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    named = [
        (a.invoice_id, minor_units(a.amount, data.currency, f"data.allocations.{i}.amount"))
        for i, a in enumerate(data.allocations)
    ]
    if sum(part for _, part in named) > amount:
        raise ContractError("data.allocations", "the allocations add up to more than the payment")
    credit_id = payment_credit(data.payment_id)
    known = account.credits.get(credit_id)
    if known is not None and not known.reversed:
        if known.amount != amount:
            raise ContractError(
                "data.payment_id", f"payment {data.payment_id!r} was received before with another amount"
            )
        return
    if known is not None:
        # The reversal came first: the two cancel each other out.
        return
    _require_currency(account, data.currency)
    allocations, intents = (
        _named(account, credit_id, named) if named else (_oldest_first(account, credit_id, amount), {})
    )
    yield CreditTaken(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        credit=credit_id,
        currency=data.currency,
        amount=amount,
        allocations=allocations,
        intents=intents,
    )
    yield from decide_held_again(account, context, f"payment {data.payment_id}")


def _named(
    account: Account, credit_id: str, named: list[tuple[str, int]]
) -> tuple[list[Allocation], dict[str, int]]:
    """Return what is applied now, and what is kept for invoices not known yet."""
    allocations: dict[str, int] = {}
    intents: dict[str, int] = {}
    for invoice_id, part in named:
        item = account.items.get(invoice_id)
        if item is None:
            intents[invoice_id] = intents.get(invoice_id, 0) + part
            continue
        used = min(part, item.open - allocations.get(invoice_id, 0))
        if used > 0:
            allocations[invoice_id] = allocations.get(invoice_id, 0) + used
    return [Allocation(credit_id, invoice_id, used) for invoice_id, used in allocations.items()], intents


def _oldest_first(
    account: Account, credit_id: str, amount: int, first: Item | None = None
) -> list[Allocation]:
    allocations: list[Allocation] = []
    if first is not None and first.open > 0 and amount > 0:
        used = min(first.open, amount)
        allocations.append(Allocation(credit_id, first.invoice_id, used))
        amount -= used
    for index in (account.overdue_index, account.current_index):
        for _, invoice_id in index:
            if amount <= 0:
                return allocations
            if first is not None and invoice_id == first.invoice_id:
                continue
            used = min(account.items[invoice_id].open, amount)
            allocations.append(Allocation(credit_id, invoice_id, used))
            amount -= used
    return allocations


def payment_reversed(account: Account, data: PaymentReversed, context: Context) -> Iterator[AnyEntry]:
    """Open again what a bounced payment had paid."""
    credit_id = payment_credit(data.payment_id)
    credit = account.credits.get(credit_id)
    if credit is not None and credit.reversed:
        return
    yield CreditReversed(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        credit=credit_id,
        amount=credit.amount if credit is not None else 0,
        allocations=(
            # In the order of the ids: the order in which they were paid is not kept.
            [
                Allocation(credit_id, invoice_id, -used)
                for invoice_id, used in sorted(credit.applied.items())
                if used
            ]
            if credit is not None
            else []
        ),
        reason=data.reason,
    )


def returned(account: Account, data: OrderReturned, context: Context) -> Iterator[AnyEntry]:
    """Take a credit note: it pays the invoice it names, then the oldest due; the rest is kept."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    credit_id = return_credit(data.return_id)
    known = account.credits.get(credit_id)
    if known is not None:
        if known.amount != amount:
            raise ContractError(
                "data.return_id", f"return {data.return_id!r} was recorded before with another amount"
            )
        return
    _require_currency(account, data.currency)
    first = account.items.get(data.invoice_id) if data.invoice_id is not None else None
    yield CreditTaken(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        credit=credit_id,
        currency=data.currency,
        amount=amount,
        allocations=_oldest_first(account, credit_id, amount, first),
        order=data.order_id,
    )
    yield from decide_held_again(account, context, f"return {data.return_id}")
