"""The envelope every event travels in (attributes follow CloudEvents 1.0 in meaning, not in spelling)."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from contracts.events import EventData
from contracts.wire import Id, Instant, TraceParent

DataT_co = TypeVar("DataT_co", covariant=True)

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100


def _plausible(occurred_at: datetime) -> datetime:
    if not EARLIEST_YEAR <= occurred_at.year <= LATEST_YEAR:
        raise ValueError(f"year {occurred_at.year} is not in {EARLIEST_YEAR}..{LATEST_YEAR}")
    return occurred_at


class Envelope(BaseModel):
    """The envelope as it is spelled in JSON, with any body; :func:`envelope_of` gives the one of an event type."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: Annotated[Id, Field(description="Unique per producer; the same id again is the same event.")]
    type: Annotated[Id, Field(description="Which event this is; it names the schema of data.")]
    version: Annotated[int, Field(ge=1, le=1_000, description="Of the schema of data.")] = 1
    occurred_at: Annotated[
        Instant,
        AfterValidator(_plausible),
        Field(
            description=f"The event's own time, in {EARLIEST_YEAR}..{LATEST_YEAR}; the only one rules see."
        ),
    ]
    key: Annotated[Id, Field(description="The Kafka key of the record.")]
    producer: Annotated[Id, Field(description="Who published it.")]
    trace: Annotated[TraceParent | None, Field(description="W3C traceparent.")] = None
    data: dict[str, Any]


@cache
def envelope_of(model: type[EventData]) -> type[Envelope]:
    """Return the envelope whose ``type`` is the model's, ``data`` the model, and ``version`` one that we know."""
    name, known = model.TYPE, model.VERSION

    def known_version(version: int) -> int:
        if version > known:
            raise ValueError(f"{name} version {version} is newer than version {known} known here")
        return version

    fields: dict[str, Any] = {
        "type": (Literal[name], Field(description=Envelope.model_fields["type"].description)),
        "version": (
            Annotated[int, Field(ge=1, json_schema_extra={"maximum": known}), AfterValidator(known_version)],
            Field(default=1, description=Envelope.model_fields["version"].description),
        ),
        "data": (model, ...),
    }
    return create_model(f"{model.__name__}Event", __base__=Envelope, __doc__=model.__doc__, **fields)


class Event(msgspec.Struct, Generic[DataT_co], frozen=True, gc=False):
    """One event inside the program (a struct, because consumers make one for every record they read).

    Attributes:
        id: unique per ``producer``; a repetition of the same id is the same event.
        type: such as ``"order.placed"``.
        version: of the body's schema.
        occurred_at: the event's own time, with offset; the only time that rules ever see.
        key: the Kafka key; what it is stands in ``topics.yaml``, mostly the customer's id.
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
    data: DataT_co
    digest: bytes = b""
