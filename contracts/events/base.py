"""What all event bodies have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen piece of an event. Unknown fields are ignored, so that a producer may add one first."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, ser_json_inf_nan="null")


class EventData(Part):
    """The body of one event type; subclasses name the type, its version and the topic it travels on."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str]
