"""The body of an event as plain JSON values, in full, whichever road it came by (see :mod:`contracts.fast`)."""

from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from contracts.events import EventData


def plain_body(data: Any) -> Any:
    """Return what a model, a twin, or a dataclass of such says, also where it says no more than its default."""
    return data.model_dump(mode="json") if isinstance(data, EventData) else _plain(data)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return msgspec.to_builtins(value)
