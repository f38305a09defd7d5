"""Which money pays what: pure questions to an account, nothing is changed here."""

from services.credit.rules.entries import Allocation
from services.credit.rules.state import Account, Credit, Item


def pay_from_hand(account: Account, invoice_id: str, amount: int) -> list[Allocation]:
    """Return how money in hand pays a new invoice: first what was meant for it, then the oldest."""
    if not account.unapplied or not amount:
        return []
    in_hand = sorted((c for c in account.credits.values() if c.remaining > 0), key=lambda c: (c.at, c.seq))
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


def named_first(
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


def oldest_first(
    account: Account, credit_id: str, amount: int, first: Item | None = None
) -> list[Allocation]:
    """Return how money pays ``first``, then the oldest due invoices."""
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


def taken_back(account: Account, credit: Credit) -> list[Allocation]:
    """Return how a payment leaves its invoices, and how other money in hand pays what is open again.

    The invoices are reopened in the order of their ids: the order in which they were paid is not kept. What other
    payments were meant for stays with them; of the rest, the oldest money pays the oldest due invoice.
    """
    reopened = {invoice_id: used for invoice_id, used in sorted(credit.applied.items()) if used}
    allocations = [Allocation(credit.credit_id, invoice_id, -used) for invoice_id, used in reopened.items()]
    others = (c for c in account.credits.values() if c.remaining > 0 and c is not credit)
    free = {
        c.credit_id: c.remaining - sum(c.intents.values())
        for c in sorted(others, key=lambda c: (c.at, c.seq))
    }
    for invoice_id in sorted(reopened, key=lambda i: (account.items[i].due_on, i)):
        for credit_id, left in free.items():
            used = min(left, reopened[invoice_id])
            if used > 0:
                allocations.append(Allocation(credit_id, invoice_id, used))
                free[credit_id] -= used
                reopened[invoice_id] -= used
    return allocations
