"""Bytes to events and back. Every consumer decodes here, every producer encodes here."""

import struct
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from pydantic import ValidationError

from contracts.envelope import EARLIEST_YEAR, LATEST_YEAR, Envelope, Event, envelope_of
from contracts.errors import ContractError, refusal
from contracts.events import EVENT_TYPES, EventData
from contracts.fast import DECODER, SPELLINGS

MAX_EVENT_BYTES = 1_000_000

_ENCODER = msgspec.json.Encoder()
# What msgspec raises at bytes that are no JSON of the expected shape.
_NOT_READ = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_instant_bytes = struct.Struct("<d").pack


class _Peek(msgspec.Struct, gc=False):
    type: str


_PEEK = msgspec.json.Decoder(_Peek)


class _EnvelopeOut(msgspec.Struct, gc=False):
    id: str
    type: str
    version: int
    occurred_at: str
    key: str
    producer: str
    trace: str | None
    data: Any


def decode(raw: bytes | None) -> Event[Any]:
    """Decode and validate one event.

    Raises:
        ContractError: naming the field and the reason, for anything that is not a valid known event.
    """
    if not raw:
        raise ContractError("", "the message is empty")
    if len(raw) > MAX_EVENT_BYTES:
        raise ContractError("", f"the message has {len(raw)} bytes, more than {MAX_EVENT_BYTES}")
    return decode_fast(raw) or decode_slowly(raw)


def decode_fast(raw: bytes) -> Event[Any] | None:
    """Decode an event in ordinary spelling; None means no more than "ask pydantic" (see :mod:`contracts.fast`)."""
    try:
        message = DECODER.decode(raw)
    except _NOT_READ:
        return None
    type_, spelling = SPELLINGS[message.__class__]
    canonical = _ENCODER.encode(message)
    match = spelling(canonical)
    if match is None:
        return None
    try:
        occurred_at = datetime.fromisoformat(message.occurred_at)
    except ValueError:  # The 30th of February is spelled like a date.
        return None
    if not EARLIEST_YEAR <= occurred_at.year <= LATEST_YEAR:
        return None
    digest = _digest(type_, occurred_at, message.key, match["data"])
    return Event(
        message.id,
        type_,
        message.version,
        occurred_at,
        message.key,
        message.producer,
        message.trace,
        message.data,
        digest,
    )


def decode_slowly(raw: bytes) -> Event[EventData]:
    """Decode with pydantic, which says what is wrong.

    Raises:
        ContractError: naming the field and the reason.
    """
    try:
        envelope = _model_of(raw).model_validate_json(raw)
    except ValidationError as error:
        raise refusal(error) from None
    data = envelope.data
    if not isinstance(data, EventData):
        raise ContractError("type", f"unknown event type {envelope.type!r}")
    body = data.__pydantic_serializer__.to_json(data, exclude_defaults=True)
    return Event(
        envelope.id,
        envelope.type,
        envelope.version,
        envelope.occurred_at,
        envelope.key,
        envelope.producer,
        envelope.trace,
        data,
        _digest(envelope.type, envelope.occurred_at, envelope.key, body),
    )


def _model_of(raw: bytes) -> type[Envelope]:
    try:
        type_ = _PEEK.decode(raw).type
    except _NOT_READ:
        # pydantic reads a little more than JSON (NaN), so it may get further and name the field at fault.
        type_ = Envelope.model_validate_json(raw).type
    model = EVENT_TYPES.get(type_)
    return Envelope if model is None else envelope_of(model)


def _digest(type_: str, occurred_at: datetime, key: str, body: bytes) -> bytes:
    # Over the body as we encode it, so that another spelling of the same facts (spaces, key order) is the same event,
    # and without what says no more than its default, so that it stays the same when a later version adds fields.
    # The time goes in as an instant: "09:30Z" and "17:30+08:00" are the same fact.
    facts = _instant_bytes(occurred_at.timestamp()) + f"{type_} {key} ".encode() + body
    return blake2b(facts, digest_size=16).digest()


def encode(event: Event[Any]) -> bytes:
    """Encode one event as JSON. The body may be a model, its twin, or a plain dict that is already in wire form."""
    data = event.data.model_dump(mode="json") if isinstance(event.data, EventData) else event.data
    return encode_parts(
        event.id,
        event.type,
        event.occurred_at.isoformat(),
        event.key,
        event.producer,
        event.trace,
        data,
        event.version,
    )


def encode_parts(
    event_id: str,
    type_: str,
    at: str,
    key: str,
    producer: str,
    trace: str | None,
    data: Any,
    version: int = 1,
) -> bytes:
    """Encode an event from parts already in wire form (``at`` as RFC 3339), for those who make thousands a second."""
    return _ENCODER.encode(_EnvelopeOut(event_id, type_, version, at, key, producer, trace, data))


def new_event(
    data: EventData,
    *,
    id: str,  # noqa: A002 - the envelope's name for it
    occurred_at: datetime,
    key: str,
    producer: str,
    trace: str | None = None,
) -> Event[EventData]:
    """Wrap a body in an envelope, taking type and version from its model."""
    return Event(id, data.TYPE, data.VERSION, occurred_at, key, producer, trace, data)
