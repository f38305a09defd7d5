"""The body of an event as plain JSON, in full, whichever road it came by."""

from typing import Any

import msgspec

from contracts.events import EventData


def plain_body(data: Any) -> Any:
    """Return the body of a model or a twin with every field, also those that say no more than their default."""
    return data.model_dump(mode="json") if isinstance(data, EventData) else _plain(data)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return [_plain(item) for item in value] if isinstance(value, list) else msgspec.to_builtins(value)
