"""Orders as POS and order systems report them. Topic ``orders``, key ``customer_id``.

A document may be in another currency than the customer's account if it carries ``exchange_rate``, units of the
account's currency per unit of its own. ``exchange_to`` names the currency the rate leads to: if that is not the
account's, the document is refused.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.wire import Amount, Currency, Day, Id, Quantity, Rate, Text

PaymentMethod = Literal["account", "prepaid", "cash"]
Revision = Annotated[int, Field(ge=1, le=1_000_000)]
TermDays = Annotated[int, Field(ge=0, le=3_650)]


class OrderLine(Part):
    """One product on an order, invoice or return. ``amount`` is what the customer pays for the line."""

    product_id: Id
    quantity: Quantity
    unit_price: Amount
    amount: Amount


Lines = Annotated[list[OrderLine], Field(default_factory=list, max_length=2_000)]


class OrderPlaced(EventData):
    """A customer placed an order. ``amount`` is the whole order, taxes included: what it adds to exposure.

    ``term_days`` is the term the customer asks for, if it is not the agreed one. Asking does not change the terms.
    """

    TYPE: ClassVar[str] = "order.placed"
    TOPIC: ClassVar[str] = "orders"

    order_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount
    payment_method: PaymentMethod = "account"
    salesperson_id: Id | None = None
    promised_on: Day | None = None
    lines: Lines
    term_days: TermDays | None = None
    exchange_rate: Rate | None = None
    exchange_to: Currency | None = None


class OrderAmended(EventData):
    """An order now reads as given here, in full. A higher ``revision`` replaces a lower one."""

    TYPE: ClassVar[str] = "order.amended"
    TOPIC: ClassVar[str] = "orders"

    order_id: Id
    customer_id: Id
    revision: Revision
    currency: Currency
    amount: Amount
    promised_on: Day | None = None
    lines: Lines
    exchange_rate: Rate | None = None
    exchange_to: Currency | None = None


class OrderCancelled(EventData):
    """What is not yet invoiced of an order will not be delivered."""

    TYPE: ClassVar[str] = "order.cancelled"
    TOPIC: ClassVar[str] = "orders"

    order_id: Id
    customer_id: Id
    reason: Text = ""


class OrderDecisionOverdue(EventData):
    """Nobody decided on an order in time: it counts as held, and somebody is told, until a decision comes."""

    TYPE: ClassVar[str] = "order.decision_overdue"
    TOPIC: ClassVar[str] = "orders"

    order_id: Id
    customer_id: Id
    waited_s: Annotated[int, Field(ge=0, le=31_536_000, description="Seconds without a decision.")]


class OrderShipped(EventData):
    """Goods worth ``amount`` left for the customer; more than one shipment per order is possible."""

    TYPE: ClassVar[str] = "order.shipped"
    TOPIC: ClassVar[str] = "orders"

    order_id: Id
    customer_id: Id
    shipment_id: Id
    currency: Currency
    amount: Amount


class OrderInvoiced(EventData):
    """An invoice was issued. It turns that much of the order into a receivable.

    ``due_on`` may be left out: it is then ``issued_on`` plus the customer's term days. ``closes_order`` says that
    nothing more will be invoiced for the order, so whatever remains of it is released.
    """

    TYPE: ClassVar[str] = "order.invoiced"
    TOPIC: ClassVar[str] = "orders"

    invoice_id: Id
    customer_id: Id
    order_id: Id | None = None
    currency: Currency
    amount: Amount
    issued_on: Day
    due_on: Day | None = None
    closes_order: bool = False
    lines: Lines
    exchange_rate: Rate | None = None
    exchange_to: Currency | None = None


class OrderReturned(EventData):
    """Goods came back and a credit note over ``amount`` was issued, against ``invoice_id`` if it names one."""

    TYPE: ClassVar[str] = "order.returned"
    TOPIC: ClassVar[str] = "orders"

    return_id: Id
    customer_id: Id
    order_id: Id | None = None
    invoice_id: Id | None = None
    currency: Currency
    amount: Amount
    reason: Text = ""
    lines: Lines
    exchange_rate: Rate | None = None
    exchange_to: Currency | None = None
