"""Applying journal entries to what people work on: cases of held orders, and releases by hand."""

from bisect import bisect_left, insort

from services.credit.rules import entries as e
from services.credit.rules.state import Account, Case, Order, Override

MANUAL_RELEASE = "manual release"
TOLERATED = "within the tolerance of a manual release"
"""Triggers of decisions: a person's word, and growth that this word still covers."""


def keep_case(account: Account, order: Order, entry: e.AnyEntry) -> None:
    """Open the case of an order that is held now, close that of one no longer held, and end a person's approval."""
    case = order.case
    if order.status == "held" and case is None:
        due_on = entry.due_on if isinstance(entry, e.Decided) else None
        order.case = Case(entry.seq, entry.day, due_on)
        _list_case(account, order)
    elif order.status != "held" and case is not None:
        _unlist_case(account, order)
        order.case = None
    if order.status != "approved":
        order.override = None
    elif isinstance(entry, e.Decided) and entry.trigger != TOLERATED:
        order.override = None
        if entry.trigger == MANUAL_RELEASE and entry.by is not None:
            order.override = Override(entry.amount, entry.day, entry.by)


def escalated(account: Account, entry: e.Escalated) -> None:
    """Raise the level of a case and give it its next deadline."""
    order = account.orders[entry.order]
    if order.case is not None:
        _unlist_case(account, order)
        order.case.level = entry.level
        order.case.due_on = entry.due_on
        _list_case(account, order)


def _list_case(account: Account, order: Order) -> None:
    if order.case is not None and order.case.due_on is not None:
        insort(account.case_index, (order.case.due_on, order.order_id))


def _unlist_case(account: Account, order: Order) -> None:
    if order.case is not None and order.case.due_on is not None:
        del account.case_index[bisect_left(account.case_index, (order.case.due_on, order.order_id))]


def index_cases(account: Account) -> None:
    """Build the index of deadlines of an account whose held orders were just read from the database."""
    account.case_index = sorted(
        (order.case.due_on, order.order_id)
        for order in account.orders.values()
        if order.case is not None and order.case.due_on is not None
    )
