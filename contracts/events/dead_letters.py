"""What could not be applied. Topic ``dead-letters``, key: the service."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData
from contracts.wire import Id, Text


class DeadLetterRecorded(EventData):
    """A service set a record aside: where it lies and why. The bytes stay in the service's database."""

    TYPE: ClassVar[str] = "dead_letter.recorded"
    TOPIC: ClassVar[str] = "dead-letters"

    service: Id
    topic: Id
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    field: Text
    reason: Text
