"""Every event type there is, in one table."""

from contracts.events import (
    alerts,
    clock,
    credit,
    customers,
    dead_letters,
    follow_ups,
    insights,
    orders,
    payments,
    policies,
    products,
    prospects,
    risk,
    staff,
    terms,
)
from contracts.events.base import EventData, Part

_MODULES = (
    orders,
    payments,
    customers,
    follow_ups,
    prospects,
    staff,
    terms,
    products,
    credit,
    risk,
    clock,
    policies,
    insights,
    alerts,
    dead_letters,
)

EVENT_TYPES: dict[str, type[EventData]] = {
    cls.TYPE: cls
    for module in _MODULES
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, EventData) and "TYPE" in vars(cls)
}
"""Event type name to the model of its body."""

__all__ = ["EVENT_TYPES", "EventData", "Part"]
