"""Documents of a customer, merged from everything said about them.

Merging gives the same document in whatever order events arrive: of two placings (amendments with the same revision,
invoices, returns, payments) under one id that differ, the earlier one holds, and the other is refused.
"""

from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from contracts.errors import ContractError
from services.insights.rules.lines import Line, Lines

CountsAs = Literal["order", "held", "nothing"]
Basis = Literal["ordered", "invoiced"]
RowT = TypeVar("RowT")


@dataclass(slots=True)
class Order:
    """An order: what was said about it, and (from ``counts_as`` on) what follows for the facts.

    Attributes:
        amount_minor: as the order reads now.
        placed_at: None while only later events of the order have arrived.
        revision: of the amendment that holds, 0 for the order as placed.
        outcome: of the decision with the highest version: approved, held, rejected or released; "" before any.
        counts_as: in the facts of the month of placing.
        basis: which lines count: those of a cancelled or rejected order are what was invoiced of it.
        owner_id: who looked after the customer on the day of placing; ``seller_id`` took the order.
        counted_minor: the amount that counts.
        quantity_milli, cost_minor, costed_minor: of the lines that count.
    """

    customer_id: str
    order_id: str
    currency: str = ""
    amount_minor: int = 0
    placed_at: datetime | None = None
    placed_day: date | None = None
    placed_print: int = 0
    seller_id: str = ""
    payment_method: str = ""
    promised_on: date | None = None
    revision: int = 0
    amended_at: datetime | None = None
    amended_print: int = 0
    cancelled_at: datetime | None = None
    outcome: str = ""
    decision_version: int = 0
    decided_at: datetime | None = None
    counts_as: CountsAs = "nothing"
    basis: Basis = "ordered"
    owner_id: str = ""
    counted_minor: int = 0
    quantity_milli: int = 0
    cost_minor: int = 0
    costed_minor: int = 0

    @property
    def dropped(self) -> bool:
        """Whether only what was invoiced of the order counts."""
        return self.cancelled_at is not None or self.outcome == "rejected"


@dataclass(slots=True)
class Return:
    """Goods that came back. ``sold_at`` and ``seller_id`` are those of the order it names, once that is known."""

    customer_id: str
    return_id: str
    order_id: str
    currency: str
    amount_minor: int
    returned_at: datetime
    returned_day: date
    print: int
    sold_at: datetime | None = None
    seller_id: str = ""
    owner_id: str = ""
    quantity_milli: int = 0
    cost_minor: int = 0
    costed_minor: int = 0


@dataclass(slots=True)
class Invoice:
    """An invoice. Its lines count only if its order was cancelled or rejected."""

    customer_id: str
    invoice_id: str
    order_id: str
    currency: str
    amount_minor: int
    invoiced_at: datetime
    issued_on: date
    due_on: date | None
    print: int
    lines: Lines


@dataclass(slots=True)
class Payment:
    """A payment, possibly reversed; ``received_at`` is None while only its reversal has arrived.

    ``named`` is what it is meant for: minor units by invoice.
    """

    customer_id: str
    payment_id: str
    currency: str = ""
    amount_minor: int = 0
    received_at: datetime | None = None
    received_day: date | None = None
    print: int = 0
    owner_id: str = ""
    reversed_at: datetime | None = None
    reversed_day: date | None = None
    reversal_owner_id: str = ""
    named: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Tracked(Generic[RowT]):
    """A document in hand.

    Attributes:
        now: as it is after the events applied so far.
        before: as it is stored; None if it is not.
        content: its lines, where an event of this batch gave them; None: as stored.
        stored_lines: as they are stored, where they matter for the change.
        lines: as they will be stored.
    """

    now: RowT
    before: RowT | None = None
    content: Lines | None = None
    stored_lines: list[Line] = field(default_factory=list)
    lines: list[Line] | None = None


def stored(row: RowT) -> Tracked[RowT]:
    """Track a document that was read from the database."""
    return Tracked(row, copy(row))


@dataclass(frozen=True, slots=True)
class Content:
    """What an order reads, as placed or as amended. ``print`` is over the whole body."""

    at: datetime
    print: int
    currency: str
    amount_minor: int
    promised_on: date | None
    lines: Lines


def place(entry: Tracked[Order], content: Content, day: date, seller_id: str, payment_method: str) -> None:
    """Note that an order was placed; later revisions of its content stay.

    Raises:
        ContractError: when it was placed earlier with another body.
    """
    order = entry.now
    if order.placed_at is not None:
        if order.placed_print == content.print:
            order.placed_at = min(order.placed_at, content.at)
            order.placed_day = min(order.placed_day or day, day)
            return
        known = order.placed_at, order.placed_print
        _refuse_later("data.order_id", f"order {order.order_id!r}", known, (content.at, content.print))
    order.placed_at, order.placed_day, order.placed_print = content.at, day, content.print
    order.seller_id, order.payment_method = seller_id, payment_method
    if order.revision == 0:
        _read(entry, content)


def amend(entry: Tracked[Order], revision: int, content: Content) -> None:
    """Note how an order reads as of a revision; a lower one than known changes nothing.

    Raises:
        ContractError: when another body came earlier under the same revision.
    """
    order = entry.now
    if revision < order.revision:
        return
    if revision == order.revision and order.amended_at is not None:
        if order.amended_print == content.print:
            order.amended_at = min(order.amended_at, content.at)
            return
        what = f"revision {revision} of order {order.order_id!r}"
        known = order.amended_at, order.amended_print
        _refuse_later("data.revision", what, known, (content.at, content.print))
    order.revision, order.amended_at, order.amended_print = revision, content.at, content.print
    _read(entry, content)


def _read(entry: Tracked[Order], content: Content) -> None:
    order = entry.now
    order.currency, order.amount_minor = content.currency, content.amount_minor
    order.promised_on, entry.content = content.promised_on, content.lines


def cancel(order: Order, at: datetime) -> None:
    """Note that what is not invoiced of an order will not be delivered: that is final."""
    order.cancelled_at = min(order.cancelled_at or at, at)


def decide(order: Order, version: int, outcome: str, at: datetime) -> None:
    """Note a decision; the highest version holds."""
    if order.decided_at is not None and (
        (-order.decision_version, order.decided_at, order.outcome) <= (-version, at, outcome)
    ):
        return
    order.decision_version, order.outcome, order.decided_at = version, outcome, at


def receive(payment: Payment, new: Payment) -> None:
    """Note that a payment was received.

    Raises:
        ContractError: when another body came earlier under its id.
    """
    assert new.received_at is not None
    assert new.received_day is not None
    at, day = new.received_at, new.received_day
    if payment.received_at is not None:
        if payment.print == new.print:
            if (at, sorted(new.named.items())) < (payment.received_at, sorted(payment.named.items())):
                payment.named = new.named
            payment.received_at = min(payment.received_at, at)
            payment.received_day = min(payment.received_day or day, day)
            return
        known = payment.received_at, payment.print
        _refuse_later("data.payment_id", f"payment {payment.payment_id!r}", known, (at, new.print))
    payment.currency, payment.amount_minor, payment.print = new.currency, new.amount_minor, new.print
    payment.named, payment.received_at, payment.received_day = new.named, at, day


def reverse(payment: Payment, at: datetime, day: date) -> None:
    """Note that a payment was taken back, whether or not it has arrived yet."""
    if payment.reversed_at is None or at < payment.reversed_at:
        payment.reversed_at, payment.reversed_day = at, day


def merge_return(entry: Tracked[Return], new: Return) -> bool:
    """Merge a return reported again. Tells whether the new one holds.

    Raises:
        ContractError: when another body came earlier under its id.
    """
    known = entry.now
    if known.print == new.print:
        known.returned_at = min(known.returned_at, new.returned_at)
        known.returned_day = min(known.returned_day, new.returned_day)
        return False
    ranks = (known.returned_at, known.print), (new.returned_at, new.print)
    _refuse_later("data.return_id", f"return {new.return_id!r}", *ranks)
    entry.now = new
    return True


def merge_invoice(entry: Tracked[Invoice], new: Invoice) -> None:
    """Merge an invoice reported again.

    Raises:
        ContractError: when another body came earlier under its id.
    """
    known = entry.now
    if known.print == new.print:
        known.invoiced_at = min(known.invoiced_at, new.invoiced_at)
        return
    ranks = (known.invoiced_at, known.print), (new.invoiced_at, new.print)
    _refuse_later("data.invoice_id", f"invoice {new.invoice_id!r}", *ranks)
    entry.now = new


def _refuse_later(field_: str, what: str, known: tuple[datetime, int], new: tuple[datetime, int]) -> None:
    if known <= new:
        raise ContractError(field_, f"{what} was reported before with another body, which stays")
