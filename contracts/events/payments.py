"""Money in, as the bank or finance reports it, and what is given up. Topic ``payments``, key ``customer_id``."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.wire import Amount, Currency, Day, Id, Rate, Text


class Allocation(Part):
    """How much of a payment the customer wants applied to which invoice."""

    invoice_id: Id
    amount: Amount


class PaymentReceived(EventData):
    """A customer paid. What names no invoice goes to the oldest due ones; the rest stays as unapplied credit.

    Money in another currency than the account's carries ``exchange_rate``, units of the account's currency per unit of
    its own; ``exchange_to`` is the currency the rate leads to. The allocations are in the payment's currency.
    """

    TYPE: ClassVar[str] = "payment.received"
    TOPIC: ClassVar[str] = "payments"

    payment_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount
    method: Text = ""
    allocations: Annotated[list[Allocation], Field(default_factory=list, max_length=1_000)]
    exchange_rate: Rate | None = None
    exchange_to: Currency | None = None


class ReceivableWrittenOff(EventData):
    """Finance gives up a part of an invoice, or all of it: it is no longer owed, and no money came."""

    TYPE: ClassVar[str] = "receivable.written_off"
    TOPIC: ClassVar[str] = "payments"

    write_off_id: Id
    customer_id: Id
    invoice_id: Id
    currency: Currency
    amount: Amount
    reason: Text
    by: Id | None = None


class PaymentReversed(EventData):
    """A payment bounced or was taken back: every invoice it had paid is open again."""

    TYPE: ClassVar[str] = "payment.reversed"
    TOPIC: ClassVar[str] = "payments"

    payment_id: Id
    customer_id: Id
    reason: Text = ""


class _Transfer(EventData):
    """One side of something moved from one customer to another; both sides carry the same ``transfer_id``.

    ``amount`` is in the currency of both accounts. Each side is keyed by its own customer.
    """

    transfer_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount
    reason: Text
    by: Id | None = None


class PaymentTransferredOut(_Transfer):
    """Money in hand was passed on to ``to_customer_id``. If it bounces later, this customer owes it."""

    TYPE: ClassVar[str] = "payment.transferred_out"
    TOPIC: ClassVar[str] = "payments"

    to_customer_id: Id


class PaymentTransferredIn(_Transfer):
    """Money came from ``from_customer_id``: it pays the oldest due invoices, the rest stays as unapplied credit."""

    TYPE: ClassVar[str] = "payment.transferred_in"
    TOPIC: ClassVar[str] = "payments"

    from_customer_id: Id


class ReceivableTransferredOut(_Transfer):
    """``to_customer_id`` has taken over a part of an invoice, or all of it: this customer owes that no longer."""

    TYPE: ClassVar[str] = "receivable.transferred_out"
    TOPIC: ClassVar[str] = "payments"

    to_customer_id: Id
    invoice_id: Id


class ReceivableTransferredIn(_Transfer):
    """The customer has taken over what ``from_customer_id`` owed on ``invoice_id``; it stays due on the same day."""

    TYPE: ClassVar[str] = "receivable.transferred_in"
    TOPIC: ClassVar[str] = "payments"

    from_customer_id: Id
    invoice_id: Id
    issued_on: Day
    due_on: Day
