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
ApprovalKind = Literal["release", "temporary_limit", "terms"]
ApprovalOutcome = Literal["approved", "refused", "withdrawn", "expired"]
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
    ``due_on`` is the last day for a person's ruling on a held order, ``approved_by`` the second person of two.
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
    approved_by: Id | None = None
    due_on: Day | None = None


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


class _OfHeldOrder(EventData):
    """Something that people do about a held order, or that happens because they did not."""

    order_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount


class OrderEscalated(_OfHeldOrder):
    """Nobody ruled on a held order until ``missed``. ``due_on`` is the next deadline (null: it escalates no more).

    ``level`` says how often it escalated, ``reasons`` what it fails now.
    """

    TYPE: ClassVar[str] = "credit.order_escalated"
    TOPIC: ClassVar[str] = "credit"

    level: Annotated[int, Field(ge=1)]
    missed: Day
    due_on: Day | None = None
    reasons: Annotated[list[Reason], Field(default_factory=list, max_length=20)]
    journal_seq: Annotated[int, Field(ge=1)]


class CaseAssigned(_OfHeldOrder):
    """A held order has another owner (null: nobody's). ``by`` is who took, gave or gave up the case."""

    TYPE: ClassVar[str] = "credit.case_assigned"
    TOPIC: ClassVar[str] = "credit"

    owner: Id | None
    previous_owner: Id | None = None
    by: Id
    due_on: Day | None = None


class CaseNoted(_OfHeldOrder):
    """Somebody wrote a note on a held order."""

    TYPE: ClassVar[str] = "credit.case_noted"
    TOPIC: ClassVar[str] = "credit"

    by: Id
    text: Text


class _Approval(EventData):
    """A request for a second person's approval.

    ``order_id`` and ``amount`` are those of the order to release. A limit, for a time or with new ``terms``, has no
    ``order_id``; there ``amount`` is the limit asked for (null: unlimited).
    """

    approval_id: Id
    kind: ApprovalKind
    customer_id: Id
    order_id: Id | None = None
    currency: Currency
    amount: Amount | None
    requested_by: Id
    reason: Text


class ApprovalRequested(_Approval):
    """What somebody wants to grant is above what they may grant alone: a second person must agree."""

    TYPE: ClassVar[str] = "credit.approval_requested"
    TOPIC: ClassVar[str] = "credit"

    due_on: Day | None = None


class ApprovalClosed(_Approval):
    """A request is settled: ``expired`` when the order was decided otherwise, the limit's last day is over, or the
    terms were changed in between and somebody asked anew."""

    TYPE: ClassVar[str] = "credit.approval_closed"
    TOPIC: ClassVar[str] = "credit"

    outcome: ApprovalOutcome
    by: Id | None = None
    comment: Text = ""


DECISIONS = frozenset(kind.TYPE for kind in (OrderApproved, OrderHeld, OrderRejected, OrderReleased))
"""The event types that are a version of a decision on an order."""


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
