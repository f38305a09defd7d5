"""Documents that come late: money is applied as if everything had come in the order in which it happened.

A payment pays the oldest due invoice of those there are, so what it pays depends on what was there when it came. When
an invoice or a payment comes after others that happened later, all money of the account is applied again in the right
order, and the difference is journalled as one correction. Decisions that were taken are not taken back; held orders
are decided again.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from services.credit.rules.allocating import named_first, oldest_first, pay_from_hand, taken_back
from services.credit.rules.context import Context
from services.credit.rules.decisions import decide_held_again
from services.credit.rules.entries import (
    Allocation,
    AnyEntry,
    CreditReversed,
    CreditTaken,
    Invoiced,
    MoneyEntry,
    Reallocated,
)
from services.credit.rules.evolve import evolve
from services.credit.rules.state import WRITE_OFF, Account, Credit, Item

Pair = tuple[str, str]
"""A credit and an invoice."""


def correct_order(account: Account, context: Context) -> Iterator[AnyEntry]:
    """Apply the account's money anew if a document came late, that is if its money entries were loaded.

    The caller has applied the late document before it asks for the next entry.
    """
    log = account.money_log
    if log is None:
        return
    right = replayed(account, log)
    wanted = {
        (credit.credit_id, invoice): amount
        for credit in right.credits.values()
        for invoice, amount in credit.applied.items()
    }
    applied = applied_by(log)
    pairs = sorted(applied.keys() | wanted.keys())
    deltas = [Allocation(c, i, wanted.get((c, i), 0) - applied.get((c, i), 0)) for c, i in pairs]
    # Money is taken back before it is given elsewhere, so that no credit and no invoice is ever below zero.
    allocations = [d for d in deltas if d.amount < 0] + [d for d in deltas if d.amount > 0]
    intents = {
        credit_id: credit.intents
        for credit_id, credit in right.credits.items()
        if credit.intents != account.credits[credit_id].intents
    }
    if not allocations and not intents:
        return
    yield Reallocated(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=context.at,
        day=context.day,
        allocations=allocations,
        intents=intents,
    )
    yield from decide_held_again(account, context, "documents that came late")


def reversed_before(account: Account, reversal: Credit, amount: int, context: Context) -> CreditReversed:
    """Return the entry that takes back a payment of which the reversal had come first, with that one's time."""
    return CreditReversed(
        customer=account.customer_id,
        seq=account.seq + 1,
        event=context.event,
        at=max(reversal.at, context.at),
        day=context.day,
        credit=reversal.credit_id,
        amount=amount,
        reason="taken back before it came",
    )


def open_then(account: Account, item: Item, context: Context) -> int:
    """Return what was open on an invoice at the time of the event: for one that comes late, not what is open now."""
    log = account.money_log
    if log is None:
        return item.open
    then = replayed(account, [entry for entry in log if entry.at <= context.at]).items.get(item.invoice_id)
    return then.open if then is not None else 0


def applied_by(log: Iterable[MoneyEntry]) -> dict[Pair, int]:
    """Return what each credit pays of each invoice, by what was journalled."""
    applied: dict[Pair, int] = {}
    for entry in log:
        for allocation in entry.allocations:
            pair = allocation.credit, allocation.invoice
            applied[pair] = applied.get(pair, 0) + allocation.amount
    return applied


def replayed(account: Account, log: Iterable[MoneyEntry]) -> Account:
    """Return an account with the money of ``log`` applied in the order in which it happened."""
    scratch = Account(account.customer_id, account.currency, seq=1)
    for document in in_order(log):
        # On a day before all others nothing counts as overdue, so that the invoices are in one list by due day.
        entry = msgspec.structs.replace(document, day=date.min)
        if isinstance(entry, Invoiced):
            paid = pay_from_hand(scratch, entry.invoice, entry.amount)
            evolve(scratch, msgspec.structs.replace(entry, order=None, allocations=paid))
        elif isinstance(entry, CreditTaken):
            if entry.credit in scratch.credits:
                # It was taken back before it came, by its own times too: it pays nothing.
                continue
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
    return scratch


def applied_now(scratch: Account, entry: CreditTaken) -> tuple[list[Allocation], dict[str, int]]:
    """Return what money pays of what is there, and what is kept for invoices it names."""
    if entry.named:
        allocations, intents = named_first(scratch, entry.credit, list(entry.named.items()))
        if entry.credit.startswith(WRITE_OFF):
            # What a payment has taken its place on is no money, so it must not pay anything else.
            given_up = sum(allocation.amount for allocation in allocations)
            intents = {i: part - given_up for i, part in entry.named.items() if part > given_up}
        return allocations, intents
    first = scratch.items.get(entry.prefers) if entry.prefers is not None else None
    return oldest_first(scratch, entry.credit, entry.amount, first), {}


def in_order(log: Iterable[MoneyEntry]) -> list[MoneyEntry]:
    """Return the documents in the order in which they happened."""
    return sorted(
        (entry for entry in log if not isinstance(entry, Reallocated)),
        key=lambda entry: (entry.at, entry.seq),
    )
