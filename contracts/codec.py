"""Bytes to events and back. Every consumer decodes here, every producer encodes here."""

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from pydantic import ValidationError

from contracts.envelope import EARLIEST_YEAR, LATEST_YEAR, DataT, Envelope, Event
from contracts.errors import ContractError
from contracts.events import EVENT_TYPES, EventData
from contracts.fast import DATA_DECODERS
from contracts.wire import DATETIME_PATTERN, ID_PATTERN, TRACEPARENT_PATTERN

MAX_EVENT_BYTES = 1_000_000

_IdText = Annotated[str, msgspec.Meta(pattern=ID_PATTERN.removesuffix("$") + r"\Z", max_length=64)]


class _EnvelopeTwin(msgspec.Struct, frozen=True, gc=False):
    id: _IdText
    type: str
    occurred_at: Annotated[str, msgspec.Meta(pattern=DATETIME_PATTERN.removesuffix("$") + r"\Z")]
    key: _IdText
    producer: _IdText
    data: msgspec.Raw
    version: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1
    trace: Annotated[str, msgspec.Meta(pattern=TRACEPARENT_PATTERN.removesuffix("$") + r"\Z")] | None = None


class _EnvelopeOut(msgspec.Struct, gc=False):
    id: str
    type: str
    version: int
    occurred_at: str
    key: str
    producer: str
    trace: str | None
    data: Any


_ENVELOPE = msgspec.json.Decoder(_EnvelopeTwin)
_ENCODER = msgspec.json.Encoder()


def decode(raw: bytes | None) -> Event[Any]:
    """Decode and validate one event.

    Raises:
        ContractError: naming the field and the reason, for anything that is not a valid known event.
    """
    if not raw:
        raise ContractError("", "the message is empty")
    if len(raw) > MAX_EVENT_BYTES:
        raise ContractError("", f"the message has {len(raw)} bytes, more than {MAX_EVENT_BYTES}")
    try:
        envelope = _ENVELOPE.decode(raw)
        data = DATA_DECODERS[envelope.type].decode(envelope.data)
        occurred_at = datetime.fromisoformat(envelope.occurred_at)
    except (msgspec.MsgspecError, KeyError, ValueError, RecursionError):
        # The twin refused: pydantic decides, and says which field and why.
        return _decode_slowly(raw)
    _check(envelope.type, envelope.version, occurred_at)
    return _event(envelope, occurred_at, data, _ENCODER.encode(data))


def _decode_slowly(raw: bytes) -> Event[EventData]:
    try:
        envelope = Envelope.model_validate_json(raw)
        model = EVENT_TYPES.get(envelope.type)
        if model is None:
            raise ContractError("type", f"unknown event type {envelope.type!r}")
        _check(envelope.type, envelope.version, envelope.occurred_at)
        data = model.model_validate_json(_ENCODER.encode(envelope.data))
    except ValidationError as error:
        raise _contract_error(error) from None
    except RecursionError:
        raise ContractError("", "the JSON is nested too deeply") from None
    return _event(envelope, envelope.occurred_at, data, _ENCODER.encode(data.model_dump(mode="json")))


def _event(
    envelope: _EnvelopeTwin | Envelope, occurred_at: datetime, data: DataT, canonical_body: bytes
) -> Event[DataT]:
    # Over the decoded body, so that another spelling of the same facts (spaces, key order) is the same event.
    digest = blake2b(canonical_body, digest_size=16)
    digest.update(f"{envelope.type}\0{occurred_at.timestamp()}\0{envelope.key}".encode())
    return Event(
        envelope.id,
        envelope.type,
        envelope.version,
        occurred_at,
        envelope.key,
        envelope.producer,
        envelope.trace,
        data,
        digest.digest(),
    )


def _check(type_: str, version: int, occurred_at: datetime) -> None:
    known = EVENT_TYPES[type_].VERSION
    if version > known:
        raise ContractError("version", f"{type_} version {version} is newer than version {known} known here")
    if not EARLIEST_YEAR <= occurred_at.year <= LATEST_YEAR:
        raise ContractError("occurred_at", f"year {occurred_at.year} is not in {EARLIEST_YEAR}..{LATEST_YEAR}")


def _contract_error(error: ValidationError) -> ContractError:
    first = error.errors(include_url=False, include_context=False, include_input=True)[0]
    path = ".".join(str(part) for part in first["loc"])
    if error.title in {model.__name__ for model in EVENT_TYPES.values()}:
        path = f"data.{path}" if path else "data"
    given = repr(first.get("input"))
    shown = given if len(given) <= 80 else given[:77] + "..."
    return ContractError(path, f"{first['msg']} (given: {shown})")


def encode(event: Event[Any]) -> bytes:
    """Encode one event as JSON. The body may be a model, its twin, or a plain dict that is already in wire form."""
    data = event.data.model_dump(mode="json") if isinstance(event.data, EventData) else event.data
    return _ENCODER.encode(
        _EnvelopeOut(
            event.id,
            event.type,
            event.version,
            event.occurred_at.isoformat(),
            event.key,
            event.producer,
            event.trace,
            data,
        )
    )


def new_event(
    data: EventData, *, id: str, occurred_at: datetime, key: str, producer: str, trace: str | None = None
) -> Event[EventData]:
    """Wrap a body in an envelope, taking type and version from its model."""
    return Event(id, data.TYPE, data.VERSION, occurred_at, key, producer, trace, data)
