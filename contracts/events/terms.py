"""What finance grants and rules. Topic ``terms``, key ``customer_id``.

Wherever a threshold can be set, ``null`` means "no limit" and ``0`` means "none allowed".
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.wire import Amount, Currency, Day, Id, Text

Days = Annotated[int, Field(ge=0, le=3_650)]
RiskClass = Literal["A", "B", "C", "D"]


class OverdueThresholds(Part):
    """How much may be overdue before an order is held."""

    max_amount: Amount | None = None
    max_days: Days | None = None
    max_items: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class TermsSet(EventData):
    """The customer's credit terms, in full. ``overdue`` left out means: the company's thresholds apply.

    ``by`` set them; ``approved_by``: a second person agreed.
    """

    TYPE: ClassVar[str] = "terms.set"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    currency: Currency
    term_days: Days
    limit: Amount | None
    grace_days: Days = 0
    single_order_max: Amount | None = None
    overdue: OverdueThresholds | None = None
    review_on: Day | None = None
    reason: Text = ""
    by: Id | None = None
    approved_by: Id | None = None


class TemporaryLimitGranted(EventData):
    """From ``from_day`` to ``until_day``, both included, this limit stands in place of the ordinary one.

    ``by`` granted it; ``approved_by``: a second person agreed.
    """

    TYPE: ClassVar[str] = "terms.temporary_limit_granted"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    currency: Currency
    limit: Amount | None
    from_day: Day
    until_day: Day
    reason: Text = ""
    by: Id | None = None
    approved_by: Id | None = None


class RiskClassSet(EventData):
    """The customer's risk class, A (best) to D, by which the policy may say other thresholds; null: none."""

    TYPE: ClassVar[str] = "terms.risk_class_set"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    risk_class: RiskClass | None
    reason: Text = ""
    by: Id | None = None


class HoldPlaced(EventData):
    """Finance holds every new order of the customer on account."""

    TYPE: ClassVar[str] = "terms.hold_placed"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    reason: Text
    by: Id | None = None


class HoldLifted(EventData):
    """The manual hold ends; held orders are decided again at once."""

    TYPE: ClassVar[str] = "terms.hold_lifted"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    reason: Text = ""
    by: Id | None = None


class OrderReleaseRuled(EventData):
    """A person releases a held order although it fails a rule, and says why; ``approved_by``: a second one agreed."""

    TYPE: ClassVar[str] = "terms.order_release_ruled"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    order_id: Id
    reason: Text
    by: Id
    approved_by: Id | None = None


class OrderRejectionRuled(EventData):
    """A person rejects a held order, and says why."""

    TYPE: ClassVar[str] = "terms.order_rejection_ruled"
    TOPIC: ClassVar[str] = "terms"

    customer_id: Id
    order_id: Id
    reason: Text
    by: Id
