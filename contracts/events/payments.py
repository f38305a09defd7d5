"""Money in, as the bank or finance reports it, and what is given up. Topic ``payments``, key ``customer_id``."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.wire import Amount, Currency, Id, Rate, Text


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
