"""What the credit service decided. Topic ``credit``, key ``customer_id``."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.wire import Amount, Currency, Day, Id, Instant, SignedAmount, Text

Outcome = Literal["approved", "held", "rejected"]
Rule = Literal[
    "limit",
    "overdue_amount",
    "overdue_days",
    "overdue_items",
    "single_order_maximum",
    "manual_hold",
    "blacklist",
    "currency",
    "manual_rejection",
    "cancelled",
    "overdue_share",
    "expired_review",
    "payment_behaviour",
    "term_change",
]
Count = Annotated[int, Field(ge=0)]


class Reason(Part):
    """One failing rule: what was measured, what is allowed, and the documents that make up the value."""

    rule: Rule
    value: Text
    threshold: Text
    documents: Annotated[list[Id], Field(default_factory=list, max_length=20)]


class _Decision(EventData):
    """One version of the decision on one order; the highest ``decision_version`` is the effective one.

    ``exposure`` is the customer's exposure after this decision and ``limit`` the limit in force then (null: none).
    ``journal_seq`` numbers the customer's journal; ``order_occurred_at`` is the time of the order event itself.
    """

    order_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount
    outcome: Outcome
    decision_version: Annotated[int, Field(ge=1)]
    reasons: Annotated[list[Reason], Field(default_factory=list, max_length=20)]
    policy_version: Annotated[int, Field(ge=1)]
    exposure: SignedAmount
    limit: Amount | None
    journal_seq: Annotated[int, Field(ge=1)]
    order_occurred_at: Instant
    trigger: Text = ""
    by: Id | None = None
    comment: Text = ""


class OrderApproved(_Decision):
    """The order may be delivered."""

    TYPE: ClassVar[str] = "credit.order_approved"
    TOPIC: ClassVar[str] = "credit"


class OrderHeld(_Decision):
    """The order waits in the queue of finance; every failing rule is in ``reasons``."""

    TYPE: ClassVar[str] = "credit.order_held"
    TOPIC: ClassVar[str] = "credit"


class OrderRejected(_Decision):
    """The order will not be delivered."""

    TYPE: ClassVar[str] = "credit.order_rejected"
    TOPIC: ClassVar[str] = "credit"


class OrderReleased(_Decision):
    """An order that was held may now be delivered: ``trigger`` says what released it, ``by`` who, if a person."""

    TYPE: ClassVar[str] = "credit.order_released"
    TOPIC: ClassVar[str] = "credit"


class ExposureChanged(EventData):
    """Snapshot of a customer's credit standing; a higher ``journal_seq`` replaces a lower one."""

    TYPE: ClassVar[str] = "credit.exposure_changed"
    TOPIC: ClassVar[str] = "credit"

    customer_id: Id
    currency: Currency
    journal_seq: Annotated[int, Field(ge=1)]
    day: Day
    limit: Amount | None
    term_days: Count
    open_orders: SignedAmount
    shipped: SignedAmount
    invoiced: SignedAmount
    unapplied: SignedAmount
    exposure: SignedAmount
    overdue_amount: Amount
    overdue_items: Count
    overdue_days: Count
    held_orders: Count
    blacklisted: bool
    on_hold: bool
