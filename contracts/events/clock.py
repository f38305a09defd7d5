"""Time as an event. Topic ``clock``; one event per partition and day."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData
from contracts.wire import Day


class DayStarted(EventData):
    """A business day began. Everything that happens because time passed happens on this event.

    ``occurred_at`` is when it was announced, ``day`` says which day began: a moment before, or longer ago if nobody was
    there to announce it. What happened in between counts to the day before.
    """

    TYPE: ClassVar[str] = "clock.day_started"
    TOPIC: ClassVar[str] = "clock"

    day: Day
    partition: Annotated[int, Field(ge=0, le=100_000)]
