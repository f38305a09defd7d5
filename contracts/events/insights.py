"""What insights finds out about customers. Topic ``insights``, key ``customer_id``."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.events.policies import Amounts
from contracts.wire import Currency, Day, Id, Text

SegmentClass = Literal["A", "B", "C"]
Dimension = Literal["orders", "amount", "products", "profit", "margin", "quantity", "collections"]


class DimensionMoved(Part):
    """A dimension in which a customer's class changed. Classes are null where the customer has none.

    ``value`` and ``boundary`` are decimal strings: money in the event's currency, a margin in percent, else a number.
    ``boundary`` is the least value of the class above it; ``boundary_percent`` is the share of the dimension that
    customers with greater values make there, ``keep_percent`` how far past it a customer keeps its class. They are null
    where no boundary was passed.
    """

    dimension: Dimension
    previous: SegmentClass | None = None
    current: SegmentClass | None = None
    value: Text | None = None
    boundary: Text | None = None
    boundary_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    keep_percent: Annotated[int, Field(ge=0, le=100)] | None = None


class SegmentClassChanged(EventData):
    """A customer's class changed in some dimensions, overall, or both.

    ``previous`` and ``current`` are the overall classes, which may be equal; null is a customer without anything in the
    window. ``follow_up`` asks for somebody to look after a customer that fell.
    """

    TYPE: ClassVar[str] = "segment.class_changed"
    TOPIC: ClassVar[str] = "insights"

    customer_id: Id
    currency: Currency
    day: Day
    previous: SegmentClass | None = None
    current: SegmentClass | None = None
    moved: Annotated[list[DimensionMoved], Field(default_factory=list, max_length=7)]
    policy_version: Annotated[int, Field(ge=0, le=1_000_000)]
    owner_id: Id | None = None
    follow_up: bool = False
    suggested_step: Text = ""


class CustomerDormant(EventData):
    """A customer is dormant from a day on, by a fixed number of days or by a rhythm of its own; told once for each.

    ``owner_id`` is who looks after it now; null is nobody. ``at_stake`` is what it bought in the twelve months before
    this one times the chance that it comes back, per currency; empty: not known.
    """

    TYPE: ClassVar[str] = "customer.dormant"
    TOPIC: ClassVar[str] = "insights"

    customer_id: Id
    definition: Literal["days", "rhythm"]
    dormant_on: Day
    last_order_day: Day
    owner_id: Id | None = None
    at_stake: Amounts


class CustomerRevived(EventData):
    """A dormant customer ordered again.

    ``dormant_days`` is how long it had been dormant by the earlier of both definitions; ``follow_up_id`` the contact
    that came before the order within the days of the policy. An order that arrives late may say it once more, with
    another day.
    """

    TYPE: ClassVar[str] = "customer.revived"
    TOPIC: ClassVar[str] = "insights"

    customer_id: Id
    revived_on: Day
    last_order_day: Day
    dormant_days: Annotated[int, Field(ge=0, le=1_000_000)]
    by_days: bool
    by_rhythm: bool
    owner_id: Id | None = None
    follow_up_id: Id | None = None
