"""What must hold of an account at any time, whatever has happened."""

from datetime import date, timedelta

from services.credit.rules.entries import (
    AnyEntry,
    Decided,
    chain_hash,
    decode_entry,
    encode_entry,
)
from services.credit.rules.evolve import evolve
from services.credit.rules.state import Account
from tests.services.credit.memory import Memory

CUSTOMER = "C-1"


def check_account(account: Account) -> None:
    """Balances are sums over documents, and no figure is out of its range."""
    counted = [o for o in account.orders.values() if o.status == "approved" and o.counts]
    held = [o for o in account.orders.values() if o.status == "held"]
    overdue = [item for item in account.items.values() if item.overdue]
    assert account.open_orders + account.shipped == sum(o.remaining_worth for o in counted)
    assert account.shipped == sum(o.shipped_worth for o in counted)
    assert (account.held_orders, account.held_amount) == (len(held), sum(o.remaining_worth for o in held))
    assert account.invoiced == sum(item.open for item in account.items.values())
    assert account.unapplied == sum(credit.remaining for credit in account.credits.values())
    assert account.exposure == account.open_orders + account.shipped + account.invoiced - account.unapplied
    assert (account.overdue_items, account.overdue_amount) == (
        len(overdue),
        sum(item.open for item in overdue),
    )
    assert account.oldest_overdue == min((item.due_on for item in overdue), default=None)
    current = [item.due_on for item in account.items.values() if item.open and not item.overdue]
    assert account.next_due == min(current, default=None)
    settled = [item for item in account.items.values() if item.amount and not item.open]
    invoices = [item for item in settled if not item.passes_on]
    assert {item.invoice_id for item in account.items.values() if item.settled_on} == {
        i.invoice_id for i in settled
    }
    late = [(item.settled_on - item.due_on).days for item in invoices if item.settled_on is not None]
    assert (account.settled_items, account.settled_days_late) == (
        len(invoices),
        sum(max(0, days) for days in late),
    )
    assert all(order.open >= 0 and order.shipped >= 0 for order in account.orders.values())


def check_money(account: Account) -> None:
    """Money is neither made nor lost: what came in is on invoices, left over, or was taken back."""
    for item in account.items.values():
        applied = sum(credit.applied.get(item.invoice_id, 0) for credit in account.credits.values())
        assert item.open == item.amount - applied
        assert 0 <= item.open <= item.amount
    for credit in account.credits.values():
        applied = sum(credit.applied.values())
        assert credit.remaining >= 0
        assert all(part >= 0 for part in credit.applied.values())
        assert applied + credit.remaining == (0 if credit.reversed else credit.amount)


def check_settled(account: Account, entries: list[AnyEntry]) -> None:
    """An invoice was settled on the day of the last entry that gave it money, if nothing is owed on it now."""
    paid_on: dict[str, date] = {}
    for entry in entries:
        for allocation in getattr(entry, "allocations", ()):
            paid_on[allocation.invoice] = entry.day
    for item in account.items.values():
        if item.settled_on is not None:
            assert item.settled_on == paid_on[item.invoice_id]


def check_overdue(account: Account, memory: Memory) -> None:
    """An item is overdue from the first day after its due day and the grace days, not before."""
    today = memory.days.get(memory.working.partitions[account.customer_id])
    if today is not None:
        late = {
            i.invoice_id
            for i in account.items.values()
            if i.open and today > i.due_on + timedelta(account.grace_days)
        }
        assert {i.invoice_id for i in account.items.values() if i.overdue} == late


def check_decision(account: Account, entry: Decided) -> None:
    """The decision just applied says what is: exposure after it, limit in force, and not above it without a name."""
    assert entry.exposure == account.exposure
    assert entry.limit == account.limit_on(entry.day)
    assert (entry.outcome == "approved") <= (not entry.reasons)
    if (
        entry.outcome == "approved"
        and entry.method == "account"
        and entry.by is None
        and entry.limit is not None
    ):
        assert entry.exposure <= entry.limit
    if entry.by is not None:
        assert entry.comment


def check_journal(memory: Memory) -> None:
    """Encoding loses nothing, numbers have no gap, and the fold from zero is the live account, hash and all."""
    for customer, live in memory.accounts.items():
        rows = [row for row in memory.working.journal if row[0] == customer]
        assert [row[1] for row in rows] == list(range(1, len(rows) + 1))
        check_settled(live, [decode_entry(row[6]) for row in rows])
        folded, hash_ = Account(customer, "CNY"), bytes(32)
        for row in rows:
            entry = decode_entry(row[6])
            assert encode_entry(entry).decode() == row[6]
            evolve(folded, entry)
            folded.hash = hash_ = chain_hash(hash_, row[6].encode())
        assert folded == live or not rows
