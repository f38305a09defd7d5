"""What follows from a document: what it counts as, who its owner was, which lines count and what they cost."""

from collections.abc import Iterable, Sequence

from services.insights.rules.customers import OwnerHistory
from services.insights.rules.documents import Invoice, Order, Payment, Return, Tracked
from services.insights.rules.lines import Kind, Line, Lines, add_lines, totals


def invoices_that_count(order: Order, invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return the invoices a dropped order counts with: those in its own currency."""
    return [
        invoice
        for invoice in invoices
        if invoice.order_id == order.order_id and invoice.currency == order.currency
    ]


def evaluate_order(order: Order, owners: OwnerHistory, invoices: Sequence[Invoice]) -> None:
    """Say what an order counts as in the facts, and to whom.

    Args:
        invoices: that count, needed for dropped orders only.
    """
    order.basis = "invoiced" if order.dropped else "ordered"
    order.counted_minor = order.amount_minor
    if order.placed_day is None:
        order.counts_as, order.owner_id = "nothing", ""
        return
    order.owner_id = owners.owner_on(order.placed_day)
    if order.dropped:
        order.counts_as = "order" if invoices else "nothing"
        order.counted_minor = sum(invoice.amount_minor for invoice in invoices)
    else:
        order.counts_as = "held" if order.outcome == "held" else "order"


def evaluate_return(returned: Return, owners: OwnerHistory, order: Order | None) -> None:
    """Say what a return takes back and from whom: the cost is that of the sale, if the order is known."""
    returned.owner_id = owners.owner_on(returned.returned_day)
    returned.sold_at, returned.seller_id = returned.returned_at, ""
    if order is not None and order.placed_at is not None:
        returned.sold_at, returned.seller_id = order.placed_at, order.seller_id


def evaluate_payment(payment: Payment, owners: OwnerHistory) -> None:
    """Say who looked after the customer when it paid, and when the payment was taken back."""
    if payment.received_day is not None:
        payment.owner_id = owners.owner_on(payment.received_day)
    if payment.reversed_day is not None:
        payment.reversal_owner_id = owners.owner_on(payment.reversed_day)


def order_needs_lines(entry: Tracked[Order]) -> bool:
    """Whether a stored order changed so that its stored lines, or their share of the facts, change."""
    before, now = entry.before, entry.now
    if before is None:
        return False
    if entry.content is not None or now.basis == "invoiced" or before.basis == "invoiced":
        return True
    return (before.counts_as, before.currency, before.placed_at) != (
        now.counts_as,
        now.currency,
        now.placed_at,
    )


def return_needs_lines(entry: Tracked[Return]) -> bool:
    """Whether a stored return changed so that its stored lines, or their share of the facts, change."""
    before, now = entry.before, entry.now
    if before is None:
        return False
    return entry.content is not None or (before.sold_at, before.returned_day) != (
        now.sold_at,
        now.returned_day,
    )


def lines_of_order(entry: Tracked[Order], invoices: Sequence[Invoice]) -> list[Line]:
    """Return the lines an order is to have, without costs."""
    order = entry.now
    content = entry.content if entry.content is not None else _content(entry.stored_lines, "ordered")
    lines = _lines(content, "ordered", order)
    if order.basis == "invoiced" and order.counts_as == "order":
        lines += _lines(add_lines(invoice.lines for invoice in invoices), "invoiced", order)
    return lines


def lines_of_return(entry: Tracked[Return]) -> list[Line]:
    """Return the lines a return is to have, without costs."""
    returned = entry.now
    content = entry.content if entry.content is not None else _content(entry.stored_lines, "returned")
    return [
        Line("returned", product_id, returned.currency, returned.sold_at, quantity, amount)
        for product_id, (quantity, amount) in content.items()
    ]


def total_order(order: Order, lines: Sequence[Line]) -> None:
    """Note the sums over the lines that count."""
    sums = totals([line for line in lines if line.kind == order.basis])
    order.quantity_milli, order.cost_minor = sums.quantity_milli, sums.cost_minor
    order.costed_minor = sums.costed_minor


def total_return(returned: Return, lines: Sequence[Line]) -> None:
    """Note the sums over the lines."""
    sums = totals(lines)
    returned.quantity_milli, returned.cost_minor = sums.quantity_milli, sums.cost_minor
    returned.costed_minor = sums.costed_minor


def _lines(content: Lines, kind: Kind, order: Order) -> list[Line]:
    return [
        Line(kind, product_id, order.currency, order.placed_at, quantity, amount)
        for product_id, (quantity, amount) in content.items()
    ]


def _content(stored: Iterable[Line], kind: Kind) -> Lines:
    return {line.product_id: (line.quantity_milli, line.amount_minor) for line in stored if line.kind == kind}
