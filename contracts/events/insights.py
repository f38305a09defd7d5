"""What insights finds out about customers. Topic ``insights``, key ``customer_id``."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
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
