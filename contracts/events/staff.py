"""Who sells. Topic ``staff``, once to every partition: each replica knows every salesperson."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData
from contracts.wire import Day, Id, Text


class _Entry(EventData):
    """The whole entry; a higher ``revision`` replaces a lower one."""

    salesperson_id: Id
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    name: Text
    active_from: Day
    active_to: Day | None = None
    team: Text = ""
    region: Text = ""
    email: Text = ""
    chat: Text = ""
    by: Id | None = None


class StaffEntered(_Entry):
    """A salesperson was entered. ``email`` and ``chat`` are where alerts are delivered to them."""

    TYPE: ClassVar[str] = "staff.entered"
    TOPIC: ClassVar[str] = "staff"


class StaffChanged(_Entry):
    """A salesperson's entry now reads as given here, in full; ``active_to`` is the last day, null: none is known."""

    TYPE: ClassVar[str] = "staff.changed"
    TOPIC: ClassVar[str] = "staff"
