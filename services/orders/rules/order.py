"""One order: what is known of it, and the status that follows from that. Money is in minor units."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from contracts.errors import Conflict

Status = Literal[
    "announced",
    "placed",
    "approved",
    "held",
    "rejected",
    "released",
    "part_shipped",
    "shipped",
    "part_invoiced",
    "invoiced",
    "cancelled",
]
"""``announced``: a decision or document of the order came before the order itself."""

DecisionKind = Literal["approved", "held", "rejected", "released"]

NOT_PLACED = -1
"""The revision of an order of which no body is known yet; the placed body is revision 0."""


@dataclass(slots=True)
class Order:
    """What is known of one order.

    Attributes:
        currency: of its body or its first document; None while only a cancellation is known.
        dated_at: when it was placed; until that is known, the earliest event about it.
        revision: of the body in force.
        amount_minor: of that body, 0 while none is known.
        decision_overdue_at: when it was found that nobody had decided in time.
        decision_version: of the effective decision, 0 before the first.
        closed: an invoice said that it is the last.
        stored: whether the database has it.
        changed: whether it differs from what the database has.
    """

    order_id: str
    customer_id: str
    dated_at: datetime
    currency: str | None = None
    status: Status = "announced"
    placed_at: datetime | None = None
    placed_event_id: str | None = None
    placed_by: str | None = None
    payment_method: str | None = None
    salesperson_id: str | None = None
    revision: int = NOT_PLACED
    amount_minor: int = 0
    promised_on: date | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    decision_overdue_at: datetime | None = None
    decision_version: int = 0
    decision_kind: DecisionKind | None = None
    outcome: str | None = None
    shipments: int = 0
    shipped_minor: int = 0
    invoices: int = 0
    invoiced_minor: int = 0
    closed: bool = False
    stored: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Placing:
    """How an order came to us, apart from its body."""

    at: datetime
    event_id: str
    producer: str
    payment_method: str
    salesperson_id: str | None


def status_of(order: Order) -> Status:
    """Return the status that follows from everything known, whatever came first.

    Goods that left outweigh a decision, since goods already shipped can always be invoiced; a cancellation gives up
    only what was not invoiced.
    """
    if order.placed_at is None:
        return "announced"
    if order.invoices:
        over = order.closed or order.cancelled_at is not None or order.invoiced_minor >= order.amount_minor
        return "invoiced" if over else "part_invoiced"
    if order.cancelled_at is not None:
        return "cancelled"
    if order.shipments:
        return "shipped" if order.shipped_minor >= order.amount_minor else "part_shipped"
    if order.decision_kind is None:
        return "placed" if order.decision_overdue_at is None else "held"
    return order.decision_kind


def check_same_customer(order: Order, customer_id: str) -> None:
    """Refuse an event that gives an order to another customer.

    Raises:
        Conflict: on ``data.customer_id``.
    """
    if order.customer_id != customer_id:
        raise Conflict(
            "data.customer_id",
            f"order {order.order_id!r} belongs to customer {order.customer_id!r}, not {customer_id!r}",
        )


def check_same_currency(order: Order, currency: str) -> None:
    """Refuse an event in another currency than the order's: its amounts could not be added.

    Raises:
        Conflict: on ``data.currency``.
    """
    if order.currency is not None and order.currency != currency:
        raise Conflict("data.currency", f"order {order.order_id!r} is in {order.currency}, not {currency}")


def note(order: Order, at: datetime, currency: str | None = None) -> None:
    """Note that something about the order happened; every transition begins with this."""
    order.changed = True
    if order.currency is None:
        order.currency = currency
    if order.placed_at is None and at < order.dated_at:
        order.dated_at = at


def place(order: Order, placing: Placing) -> None:
    """The order was placed; its body comes through :func:`revise` as revision 0."""
    order.placed_at = order.dated_at = placing.at
    order.placed_event_id = placing.event_id
    order.placed_by = placing.producer
    order.payment_method = placing.payment_method
    order.salesperson_id = placing.salesperson_id
    order.status = status_of(order)


def revise(order: Order, revision: int, amount_minor: int, promised_on: date | None) -> None:
    """The order's body reads so in ``revision``; only a higher revision replaces what is in force."""
    if revision > order.revision:
        order.revision = revision
        order.amount_minor = amount_minor
        order.promised_on = promised_on
    order.status = status_of(order)


def cancel(order: Order, at: datetime, reason: str) -> None:
    """The order was cancelled. Of several cancellations the earliest counts."""
    if order.cancelled_at is None or (at, reason) < (order.cancelled_at, order.cancel_reason or ""):
        order.cancelled_at = at
        order.cancel_reason = reason
    order.status = status_of(order)


def decide(order: Order, version: int, kind: DecisionKind, outcome: str) -> None:
    """Credit decided. An older version than the effective one changes nothing."""
    if version > order.decision_version:
        order.decision_version = version
        order.decision_kind = kind
        order.outcome = outcome
    order.status = status_of(order)


def miss_decision(order: Order, at: datetime) -> None:
    """Nobody decided in time. Of several findings the earliest counts; a decision outweighs all of them."""
    if order.decision_overdue_at is None or at < order.decision_overdue_at:
        order.decision_overdue_at = at
    order.status = status_of(order)


def ship(order: Order, amount_minor: int) -> None:
    """Goods of that worth left."""
    order.shipments += 1
    order.shipped_minor += amount_minor
    order.status = status_of(order)


def invoice(order: Order, amount_minor: int, closes: bool) -> None:
    """An invoice over that amount was issued; ``closes``: nothing more will be invoiced."""
    order.invoices += 1
    order.invoiced_minor += amount_minor
    order.closed = order.closed or closes
    order.status = status_of(order)
