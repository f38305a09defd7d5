"""Invoices, payments and returns: what is owed, and which money pays what."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.errors import ContractError
from contracts.events.orders import OrderInvoiced, OrderReturned
from contracts.events.payments import PaymentReceived, PaymentReversed, ReceivableWrittenOff
from contracts.money import decimal_string, minor_units
from services.credit.rules.allocating import named_first, oldest_first, pay_from_hand, taken_back
from services.credit.rules.context import Context
from services.credit.rules.correcting import open_then, reversed_before
from services.credit.rules.decisions import decide_held_again
from services.credit.rules.entries import Allocation, AnyEntry, CreditReversed, CreditTaken, Invoiced
from services.credit.rules.exchange import as_valued, exchanged, from_hand, own_of, own_parts, valued
from services.credit.rules.state import PAYMENTS, WRITE_OFF, Account, Credit, Item, Order
from services.credit.rules.taking import correct, take
from services.credit.rules.worth import Own, units_of, worth


def payment_credit(payment_id: str) -> str:
    """Return the id under which a payment is kept among the account's credits."""
    return f"{PAYMENTS}{payment_id}"


def return_credit(return_id: str) -> str:
    """Return the id under which a credit note is kept among the account's credits."""
    return f"return:{return_id}"


def write_off_credit(write_off_id: str) -> str:
    """Return the id under which a write-off is kept among the account's credits."""
    return WRITE_OFF + write_off_id


def _require_currency(account: Account, currency: str) -> None:
    if account.seq and currency != account.currency:
        raise ContractError("data.currency", f"the account is kept in {account.currency}, not {currency}")


def _same(known: Item | Credit, own: Own | None, amount: int) -> bool:
    """Whether a document that is known already has this amount, and the currency and rate."""
    if own is None:
        return known.amount == amount and not known.own_currency
    return own == Own(known.own_currency, known.own_amount, known.factor)


def _of_order(order: Order | None, own: Own | None, amount: int) -> int:
    """Return how much of its order an invoice over ``amount`` uses, in the order's currency.

    One in another currency than its order uses as much of it as it is worth, all of it if nothing would be left.
    """
    if own is not None and (order is None or order.currency in ("", own.currency)):
        return own.amount
    if order is None or not order.factor:
        return amount
    units = units_of(amount, order.factor)
    return max(units, order.remaining) if amount >= order.remaining_worth else min(units, order.remaining)


def invoiced(account: Account, data: OrderInvoiced, context: Context) -> Iterator[AnyEntry]:
    """Turn a part of the order into a receivable. Goods already shipped can always be invoiced."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    known = account.items.get(data.invoice_id)
    own = own_of(account, data, amount, required=known is None)
    if known is not None:
        if not _same(known, own, amount) or known.order_id != data.order_id:
            raise ContractError(
                "data.invoice_id", f"invoice {data.invoice_id!r} was issued before with another content"
            )
        return
    if own is not None:
        amount = worth(own.amount, own.factor)
        yield from exchanged(account, context, data.invoice_id, from_hand(account, data.invoice_id, own))
    due_on = data.due_on or data.issued_on + timedelta(days=account.term_days)
    order = account.orders.get(data.order_id) if data.order_id is not None else None
    of_order = _of_order(order, own, amount)
    from_shipped = min(order.shipped, of_order) if order is not None else 0
    from_open = min(order.open, of_order - from_shipped) if order is not None else 0
    yield Invoiced(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        invoice=data.invoice_id,
        order=data.order_id,
        currency=data.currency if own is None else account.currency,
        amount=amount,
        issued_on=data.issued_on,
        due_on=due_on,
        from_shipped=from_shipped,
        from_open=from_open,
        closes=data.closes_order,
        allocations=pay_from_hand(account, data.invoice_id, amount),
        own=own,
        of_order=of_order if of_order != amount else None,
    )
    yield from correct(account, context)
    if data.closes_order:
        yield from decide_held_again(account, context, f"order {data.order_id} closed")


def payment_received(account: Account, data: PaymentReceived, context: Context) -> Iterator[AnyEntry]:
    """Apply a payment to the invoices it names, otherwise to the oldest due first; keep the rest."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    parts = own_parts(data.allocations, data.currency)
    if sum(parts.values()) > amount:
        raise ContractError("data.allocations", "the allocations add up to more than the payment")
    credit_id = payment_credit(data.payment_id)
    known = account.credits.get(credit_id)
    own = own_of(account, data, amount, required=known is None or not known.amount)
    if known is not None and not known.reversed:
        if not _same(known, own, amount):
            raise ContractError(
                "data.payment_id",
                f"payment {data.payment_id!r} was received before with another amount, currency or rate",
            )
        return
    if known is not None and (known.amount or not amount):
        # Taken back already.
        return
    entry = _credit(account, context, credit_id, data.currency, amount)
    entry.named = parts
    if known is not None:
        yield from _came_after_its_reversal(account, entry, own, known, context)
        return
    if own is not None:
        entry = _foreign(account, entry, own)
    if entry.named:
        named = list(entry.named.items())
        entry.allocations, entry.intents = named_first(account, credit_id, named)
    else:
        entry.allocations = oldest_first(account, credit_id, entry.amount)
    yield from take(account, entry, context, f"payment {data.payment_id}")


def _came_after_its_reversal(
    account: Account, entry: CreditTaken, own: Own | None, reversal: Credit, context: Context
) -> Iterator[AnyEntry]:
    """Journal a payment that was taken back before it came: it pays nothing, so it also realises no difference."""
    if own is not None:
        entry.currency, entry.own, entry.named_own = account.currency, own, entry.named
        entry.amount, entry.named = worth(own.amount, own.factor), {}
    yield entry
    yield reversed_before(account, reversal, entry.amount, context)
    yield from correct(account, context)
    yield from decide_held_again(account, context, f"payment {entry.credit.removeprefix(PAYMENTS)}")


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
        allocations=taken_back(account, credit) if credit is not None else [],
        reason=data.reason,
        exchange=credit.exchange if credit is not None else 0,
    )
    yield from correct(account, context)


def written_off(account: Account, data: ReceivableWrittenOff, context: Context) -> Iterator[AnyEntry]:
    """Give up what is open of an invoice, or a part of it.

    Raises:
        ContractError: when the invoice is not known, or less is open on it.
    """
    amount = minor_units(data.amount, data.currency, "data.amount")
    credit_id = write_off_credit(data.write_off_id)
    known = account.credits.get(credit_id)
    if known is not None:
        # Where a payment that came late has taken its place, it is applied to nothing any more.
        elsewhere = bool(known.applied) and data.invoice_id not in known.applied
        if known.amount != amount or elsewhere:
            raise ContractError(
                "data.write_off_id",
                f"write-off {data.write_off_id!r} was recorded before with another content",
            )
        return
    item = account.items.get(data.invoice_id)
    if item is None:
        raise ContractError("data.invoice_id", f"invoice {data.invoice_id!r} is not known")
    _require_currency(account, data.currency)
    room = open_then(account, item, context)
    if not 0 < amount <= room:
        open_ = decimal_string(room, account.currency)
        raise ContractError(
            "data.amount", f"{data.amount} is not within the {open_} open on {data.invoice_id!r}"
        )
    entry = _credit(account, context, credit_id, data.currency, amount)
    now = min(amount, item.open)
    entry.allocations = [Allocation(credit_id, data.invoice_id, now)] if now else []
    entry.named = {data.invoice_id: amount}
    yield from take(account, entry, context, f"write-off {data.write_off_id}")


def returned(account: Account, data: OrderReturned, context: Context) -> Iterator[AnyEntry]:
    """Take a credit note: it pays the invoice it names, then the oldest due; the rest is kept."""
    amount = minor_units(data.amount, data.currency, "data.amount")
    credit_id = return_credit(data.return_id)
    known = account.credits.get(credit_id)
    own = own_of(account, data, amount, required=known is None)
    if known is not None:
        if not _same(known, own, amount):
            raise ContractError(
                "data.return_id",
                f"return {data.return_id!r} was recorded before with another amount, currency or rate",
            )
        return
    entry = _credit(account, context, credit_id, data.currency, amount)
    entry.order, entry.prefers = data.order_id, data.invoice_id
    if own is not None:
        entry = _foreign(account, entry, own)
    first = account.items.get(data.invoice_id) if data.invoice_id is not None else None
    entry.allocations = oldest_first(account, credit_id, entry.amount, first)
    yield from take(account, entry, context, f"return {data.return_id}")


def _credit(account: Account, context: Context, credit_id: str, currency: str, amount: int) -> CreditTaken:
    return CreditTaken(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        credit=credit_id,
        currency=currency,
        amount=amount,
    )


def _foreign(account: Account, entry: CreditTaken, own: Own) -> CreditTaken:
    """Let money in another currency count for what it is worth in the account's."""
    entry.currency, entry.own, entry.named_own = account.currency, own, entry.named
    return as_valued(entry, valued(account, own, entry.named_own, entry.prefers))
