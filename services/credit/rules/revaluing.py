"""Documents in other currencies that come late: which exchange differences there would be had all come in time.

The money entries are applied in the order of their own times to an empty account, as
:mod:`services.credit.rules.correcting` does, but with each foreign payment valued as it meets its invoices. What
differs from the books is journalled; the log is left with the amounts that are right, for the correction that follows.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from services.credit.rules.allocating import pay_from_hand, taken_back
from services.credit.rules.context import Context
from services.credit.rules.correcting import applied_now, in_order
from services.credit.rules.entries import (
    AnyEntry,
    CreditReversed,
    CreditTaken,
    Exchanged,
    Invoiced,
    MoneyEntry,
)
from services.credit.rules.evolve import evolve
from services.credit.rules.exchange import as_valued, exchanged, from_hand, valued
from services.credit.rules.state import Account


def revalue_late(account: Account, context: Context) -> Iterator[AnyEntry]:
    """Journal the differences that a late document brings about, if there is money in other currencies."""
    log = account.money_log
    if log is None or not any(isinstance(entry, CreditTaken) and entry.own is not None for entry in log):
        return
    right = _right_entries(account, context, log)
    for credit_id, entry in right.items():
        credit = account.credits.get(credit_id)
        difference = sum(entry.exchange.values()) - (credit.exchange if credit is not None else 0)
        # What was taken back is nothing any more, whatever it counted for.
        if credit is not None and difference and not credit.reversed:
            yield from exchanged(account, context, "", {credit_id: difference})
    log[:] = [right.get(entry.credit, entry) if isinstance(entry, CreditTaken) else entry for entry in log]


def _right_entries(account: Account, context: Context, log: list[MoneyEntry]) -> dict[str, CreditTaken]:
    """Return the entries of foreign money as they would be had everything come in time."""
    scratch = Account(account.customer_id, account.currency, seq=1)
    right: dict[str, CreditTaken] = {}
    for document in in_order(log):
        entry = msgspec.structs.replace(document, day=date.min)
        if isinstance(entry, Invoiced):
            if entry.own is not None:
                differences = from_hand(scratch, entry.invoice, entry.own)
                for difference in exchanged(scratch, context, entry.invoice, differences):
                    assert isinstance(difference, Exchanged)
                    evolve(scratch, msgspec.structs.replace(difference, seq=scratch.seq))
                    _add(right[difference.credit], difference)
            paid = pay_from_hand(scratch, entry.invoice, entry.amount)
            evolve(scratch, msgspec.structs.replace(entry, order=None, allocations=paid))
        elif isinstance(entry, CreditTaken):
            if entry.credit in scratch.credits:
                # It was taken back before it came, by its own times too: it pays nothing.
                continue
            if entry.own is not None:
                entry = as_valued(entry, valued(scratch, entry.own, entry.named_own, entry.prefers))
                right[entry.credit] = msgspec.structs.replace(
                    entry, day=document.day, named=dict(entry.named), exchange=dict(entry.exchange)
                )
            allocations, intents = applied_now(scratch, entry)
            evolve(scratch, msgspec.structs.replace(entry, allocations=allocations, intents=intents))
        elif isinstance(entry, CreditReversed):
            credit = scratch.credits.get(entry.credit)
            if credit is not None and credit.reversed:
                # Journalled again when the payment came after it.
                continue
            back = taken_back(scratch, credit) if credit is not None else []
            evolve(scratch, msgspec.structs.replace(entry, allocations=back))
            if credit is not None:
                credit.applied = {}
    return right


def _add(entry: CreditTaken, difference: Exchanged) -> None:
    invoice, amount = difference.invoice, difference.amount
    entry.amount += amount
    entry.exchange[invoice] = entry.exchange.get(invoice, 0) + amount
    if entry.named:
        # Nothing else may have the difference before its invoice comes; what it names keeps other invoices off as well.
        entry.named[invoice] = entry.named.get(invoice, 0) + amount
