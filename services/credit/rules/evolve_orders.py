"""The fold of orders: what entries about an order change of it, and of what the account has reserved for it."""

from datetime import date

from services.credit.rules import entries as e
from services.credit.rules.state import Account, Order


def order_of(account: Account, order_id: str) -> Order:
    """Return the order, announcing it if nothing is known of it yet."""
    order = account.orders.get(order_id)
    if order is None:
        order = account.orders[order_id] = Order(order_id)
    return order


def later(known: date | None, day: date) -> date:
    """Return the later of two days, the first of which may not be known."""
    return day if known is None else max(known, day)


def reserve(account: Account, order: Order, sign: int) -> None:
    """Add (+1) or take away (-1) the order's remaining amount where its status counts it."""
    if order.status == "approved" and order.counts:
        shipped_worth = order.shipped_worth
        account.open_orders += sign * (order.remaining_worth - shipped_worth)
        account.shipped += sign * shipped_worth
    elif order.status == "held":
        account.held_orders += sign
        account.held_amount += sign * order.remaining_worth


def settle(order: Order, outcome: str | None = None) -> None:
    """Let what remains of an order and its status follow from what is known of it, in whatever order that came.

    An order that is invoiced in full stays so when a cancellation comes too, before or after: nothing was given up.

    Args:
        outcome: of the decision just taken; None: there was none.
    """
    remaining = order.remaining_of(order.amount)
    order.shipped = order.shipped_of(remaining, order.delivered)
    order.open = remaining - order.shipped
    if order.version == 0:
        order.status = "cancelled" if order.cancelled else "announced"
        return
    if outcome is not None:
        order.status = outcome  # type: ignore[assignment]
    if order.status == "rejected" and not order.cancelled:
        return
    if order.closed or 0 < order.invoiced >= order.amount:
        order.status = "invoiced"
    elif order.cancelled:
        order.status = "cancelled"


def decided(account: Account, entry: e.Decided) -> None:
    """A decision was taken: it names everything that is known of the order."""
    order = order_of(account, entry.order)
    reserve(account, order, -1)
    if order.version == 0:
        account.last_order_on = later(account.last_order_on, entry.day)
    order.method = entry.method
    order.currency = entry.currency
    order.factor = entry.factor
    order.placed_at = entry.placed_at
    order.placed_amount = entry.placed_amount
    order.promised_on = entry.promised_on
    order.revision = entry.revision
    order.term_days = entry.term_days
    order.version = entry.version
    order.decision_seq = entry.seq
    order.amount = entry.amount
    settle(order, entry.outcome)
    reserve(account, order, +1)


def amended(account: Account, entry: e.Amended) -> None:
    """The order reads differently, without a new decision."""
    order = order_of(account, entry.order)
    reserve(account, order, -1)
    order.revision = entry.revision
    order.promised_on = entry.promised_on
    if entry.factor is not None:
        order.factor = entry.factor
    order.amount = entry.amount
    settle(order)
    reserve(account, order, +1)


def cancelled(account: Account, entry: e.Cancelled) -> None:
    """What was not invoiced of the order is given up."""
    order = order_of(account, entry.order)
    reserve(account, order, -1)
    order.cancelled = True
    settle(order)
    reserve(account, order, +1)


def shipped(account: Account, entry: e.Shipped) -> None:
    """Goods left."""
    order = order_of(account, entry.order)
    reserve(account, order, -1)
    order.delivered += entry.amount
    settle(order)
    reserve(account, order, +1)
