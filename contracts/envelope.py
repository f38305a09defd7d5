"""The envelope every event travels in (attributes follow CloudEvents 1.0 in meaning, not in spelling)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from contracts.wire import Id, Instant, TraceParent

DataT = TypeVar("DataT", covariant=True)

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100


class Envelope(BaseModel):
    """The envelope as it is spelled in JSON; ``data`` is checked against the model that ``type`` names."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: Id
    type: Id
    version: Annotated[int, Field(ge=1, le=1_000)] = 1
    occurred_at: Instant
    key: Id
    producer: Id
    trace: TraceParent | None = None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event(Generic[DataT]):
    """One event inside the program.

    Attributes:
        id: unique per ``producer``; a repetition of the same id is the same event.
        type: such as ``"order.placed"``.
        version: of the body's schema.
        occurred_at: the event's own time, with offset; the only time that rules ever see.
        key: the Kafka key: the customer's id, except on the broadcast topics.
        producer: who published it.
        trace: W3C ``traceparent`` or None.
        data: the body, a model of :mod:`contracts.events` or its msgspec twin with the same attributes.
        digest: 16 bytes over type, time, key and body: tells a repetition from the same id with another body.
    """

    id: str
    type: str
    version: int
    occurred_at: datetime
    key: str
    producer: str
    trace: str | None
    data: DataT
    digest: bytes = b""
