"""Applying a journal entry to an account: the fold. No rule is asked here, and nothing can be refused."""

from bisect import bisect_left, insort
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from services.credit.rules import entries as e
from services.credit.rules.evolve_cases import escalated, keep_case
from services.credit.rules.evolve_orders import (
    amended,
    cancelled,
    decided,
    later,
    order_of,
    reserve,
    settle,
    shipped,
)
from services.credit.rules.state import (
    PAYMENTS,
    Account,
    Credit,
    Item,
    TemporaryLimit,
    Thresholds,
)

_OF_ORDERS = (e.Decided, e.Amended, e.Cancelled, e.Shipped, e.Invoiced)


def evolve(account: Account, entry: e.AnyEntry) -> None:
    """Change ``account`` as ``entry`` says."""
    if account.seq == 0 and isinstance(entry, (e.Decided, e.Invoiced, e.CreditTaken)):
        # An account nobody gave terms to takes the currency of its first document, unless that has a rate to its own.
        has_rate = isinstance(entry, e.Decided) and entry.factor
        account.currency = account.currency if has_rate else entry.currency
    _EVOLVERS[type(entry)](account, entry)
    if isinstance(entry, _OF_ORDERS) and entry.order is not None:
        keep_case(account, account.orders[entry.order], entry)
    account.seq = entry.seq


def _invoiced(account: Account, entry: e.Invoiced) -> None:
    if entry.order is not None:
        order = order_of(account, entry.order)
        reserve(account, order, -1)
        order.invoiced += entry.amount if entry.of_order is None else entry.of_order
        order.closed = order.closed or entry.closes
        settle(order)
        reserve(account, order, +1)
    if not entry.transfer:
        account.last_invoice_on = later(account.last_invoice_on, min(entry.issued_on, entry.day))
    item = Item(entry.invoice, entry.order, entry.amount, 0, entry.issued_on, entry.due_on)
    item.passes_on = entry.passes_on
    if entry.own is not None:
        item.own_currency, item.own_amount, item.factor = (
            entry.own.currency,
            entry.own.amount,
            entry.own.factor,
        )
    account.items[entry.invoice] = item
    account.invoice_at = max(account.invoice_at, entry.at)
    _change_open(account, item, entry.amount, entry.day)
    _allocate(account, entry.allocations, entry.day)


def _credit_taken(account: Account, entry: e.CreditTaken) -> None:
    known = account.credits.get(entry.credit)
    credit = account.credits[entry.credit] = Credit(
        entry.credit,
        entry.seq,
        entry.amount,
        entry.amount,
        at=entry.at,
        intents=dict(entry.intents),
        # Its reversal came before it, and is journalled again as the next entry.
        stored=known is not None and known.stored,
    )
    if entry.own is not None:
        credit.own_currency, credit.own_amount = entry.own.currency, entry.own.amount
        credit.factor, credit.exchange = entry.own.factor, sum(entry.exchange.values())
    account.credit_at = max(account.credit_at, entry.at)
    if entry.credit.startswith(PAYMENTS):
        account.last_payment_on = later(account.last_payment_on, entry.day)
    account.unapplied += entry.amount
    _allocate(account, entry.allocations, entry.day)


def _credit_reversed(account: Account, entry: e.CreditReversed) -> None:
    account.credit_at = max(account.credit_at, entry.at)
    credit = account.credits.get(entry.credit)
    if credit is None:
        account.credits[entry.credit] = Credit(entry.credit, entry.seq, 0, 0, reversed=True, at=entry.at)
        return
    _allocate(account, entry.allocations, entry.day)
    account.unapplied -= credit.remaining
    credit.remaining = 0
    credit.intents = {}
    credit.reversed = True


def _exchanged(account: Account, entry: e.Exchanged) -> None:
    credit = account.credits[entry.credit]
    credit.amount += entry.amount
    credit.remaining += entry.amount
    credit.exchange += entry.amount
    account.unapplied += entry.amount
    if entry.invoice in credit.intents:
        credit.intents[entry.invoice] += entry.amount


def _reallocated(account: Account, entry: e.Reallocated) -> None:
    _allocate(account, entry.allocations, entry.day)
    for credit_id, intents in entry.intents.items():
        account.credits[credit_id].intents = dict(intents)


def _allocate(account: Account, allocations: list[e.Allocation], day: date) -> None:
    for allocation in allocations:
        credit = account.credits[allocation.credit]
        item = account.items[allocation.invoice]
        credit.remaining -= allocation.amount
        account.unapplied -= allocation.amount
        applied = credit.applied.get(item.invoice_id, 0) + allocation.amount
        credit.applied[item.invoice_id] = applied
        credit.intents.pop(item.invoice_id, None)
        _change_open(account, item, -allocation.amount, day)


def _change_open(account: Account, item: Item, delta: int, day: date) -> None:
    """Change what is owed on an invoice, and keep the figures of what is overdue and how invoices were paid right."""
    account.invoiced += delta
    was_open = item.open > 0
    item.open += delta
    if item.overdue:
        account.overdue_amount += delta
    if was_open and item.open == 0:
        _unlist(account, item)
        _settle(account, item, day)
    elif item.open > 0 and not was_open:
        _take_back(account, item)
        _list(account, item, day)


def _settle(account: Account, item: Item, day: date) -> None:
    """Count an invoice on which nothing is owed any more in how the customer pays."""
    item.settled_on = day
    if not item.passes_on:
        account.settled_items += 1
        account.settled_days_late += max(0, (day - item.due_on).days)


def _take_back(account: Account, item: Item) -> None:
    """Uncount a settled invoice that is owed again, exactly as it was counted."""
    if item.settled_on is not None:
        if not item.passes_on:
            account.settled_items -= 1
            account.settled_days_late -= max(0, (item.settled_on - item.due_on).days)
        item.settled_on = None


def is_overdue(due_on: date, grace_days: int, day: date) -> bool:
    """Whether an invoice counts as overdue on a day: after its due day and the grace days."""
    return day > due_on + timedelta(days=grace_days)


def _list(account: Account, item: Item, day: date) -> None:
    """Enter an item that has become open into the index it belongs to."""
    if is_overdue(item.due_on, account.grace_days, day):
        item.overdue = True
        account.overdue_amount += item.open
        account.overdue_items += 1
        insort(account.overdue_index, (item.due_on, item.invoice_id))
        account.oldest_overdue = account.overdue_index[0][0]
    else:
        insort(account.current_index, (item.due_on, item.invoice_id))
        account.next_due = account.current_index[0][0]


def _unlist(account: Account, item: Item) -> None:
    """Take an item that is paid out of its index."""
    place = (item.due_on, item.invoice_id)
    if item.overdue:
        item.overdue = False
        account.overdue_items -= 1
        del account.overdue_index[bisect_left(account.overdue_index, place)]
        account.oldest_overdue = account.overdue_index[0][0] if account.overdue_index else None
    else:
        del account.current_index[bisect_left(account.current_index, place)]
        account.next_due = account.current_index[0][0] if account.current_index else None


def index_items(account: Account) -> None:
    """Build the due-day indexes of an account whose items were just read from the database."""
    account.overdue_index = sorted((i.due_on, i.invoice_id) for i in account.items.values() if i.overdue)
    account.current_index = sorted(
        (i.due_on, i.invoice_id) for i in account.items.values() if i.open > 0 and not i.overdue
    )


def _day_passed(account: Account, entry: e.DayPassed) -> None:
    index = account.current_index
    passed = 0
    while passed < len(index) and is_overdue(index[passed][0], account.grace_days, entry.day):
        passed += 1
    fallen = [account.items[invoice_id] for _, invoice_id in index[:passed]]
    del index[:passed]
    for item in fallen:
        _list(account, item, entry.day)
    account.next_due = index[0][0] if index else None
    if entry.temporary_ended:
        account.temporary = None


def _terms_changed(account: Account, entry: e.TermsChanged) -> None:
    account.currency = entry.currency
    account.term_days = entry.term_days
    account.limit = entry.limit
    account.single_order_max = entry.single_order_max
    account.thresholds = Thresholds(*entry.thresholds) if entry.thresholds is not None else None
    account.review_on = entry.review_on
    if entry.grace_days != account.grace_days:
        account.grace_days = entry.grace_days
        _judge_items_again(account, entry.day)


def _judge_items_again(account: Account, day: date) -> None:
    """List every open item anew, after the grace days have changed."""
    account.overdue_amount = account.overdue_items = 0
    account.oldest_overdue = account.next_due = None
    account.overdue_index, account.current_index = [], []
    for item in account.items.values():
        item.overdue = False
        if item.open > 0:
            _list(account, item, day)


def _temporary_limit_set(account: Account, entry: e.TemporaryLimitSet) -> None:
    account.temporary = TemporaryLimit(entry.limit, entry.from_day, entry.until_day)


def _flagged(account: Account, entry: e.Flagged) -> None:
    if entry.flag == "blacklist":
        account.blacklist = entry.reason
    else:
        account.hold = entry.reason


def _risk_class_set(account: Account, entry: e.RiskClassSet) -> None:
    account.risk_class = entry.risk_class


_EVOLVERS: dict[type, Callable[[Account, Any], None]] = {
    e.Decided: decided,
    e.Escalated: escalated,
    e.Amended: amended,
    e.Cancelled: cancelled,
    e.Shipped: shipped,
    e.Invoiced: _invoiced,
    e.CreditTaken: _credit_taken,
    e.CreditReversed: _credit_reversed,
    e.Exchanged: _exchanged,
    e.Reallocated: _reallocated,
    e.TermsChanged: _terms_changed,
    e.TemporaryLimitSet: _temporary_limit_set,
    e.Flagged: _flagged,
    e.RiskClassSet: _risk_class_set,
    e.DayPassed: _day_passed,
}
