"""msgspec twins of the pydantic event models, for the hot path.

The twin of a model is generated from it, so there is one definition. It decodes about four times faster and may
only *accept*: whatever it refuses goes through pydantic, which then names the field and the reason (or accepts).
``tests/contracts/test_fast.py`` holds that a twin never accepts what its model refuses.
"""

import types
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from contracts.events import EVENT_TYPES
from contracts.wire import Wire


@cache
def twin(model: type[BaseModel]) -> type[msgspec.Struct]:
    """Return the msgspec struct with the fields, defaults and constraints of ``model``."""
    fields: list[Any] = []
    for name, info in model.model_fields.items():
        default = _default(info)
        spec = _field_type(info)
        fields.append((name, spec) if default is msgspec.NODEFAULT else (name, spec, default))
    struct: type[msgspec.Struct] = msgspec.defstruct(
        model.__name__, fields, kw_only=True, frozen=True, gc=False, module=__name__
    )
    return struct


def _default(info: FieldInfo) -> Any:
    if info.default_factory is not None:
        return msgspec.field(default_factory=list)
    return msgspec.NODEFAULT if info.default is PydanticUndefined else info.default


def _field_type(info: FieldInfo) -> Any:
    return _convert(info.annotation, tuple(info.metadata))


def _convert(annotation: Any, metadata: tuple[Any, ...]) -> Any:
    for mark in metadata:
        if isinstance(mark, Wire):
            return _wire_type(mark)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *inner_metadata = get_args(annotation)
        return _convert(inner, (*inner_metadata, *metadata))
    if origin in (Union, types.UnionType):
        return Union[tuple(_convert(arg, metadata if arg is not type(None) else ()) for arg in get_args(annotation))]
    if origin is Literal or annotation in (type(None), bool):
        return annotation
    if origin is list:
        (inner,) = get_args(annotation)
        item = _convert(inner, ())
        return Annotated[list[item], msgspec.Meta(max_length=_bound(metadata, annotated_types.MaxLen))]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return twin(annotation)
    if annotation is int:
        low, high = _bound(metadata, annotated_types.Ge), _bound(metadata, annotated_types.Le)
        return Annotated[int, msgspec.Meta(ge=low, le=high)] if low is not None or high is not None else int
    raise TypeError(f"contracts.fast has no msgspec twin for {annotation!r} with {metadata!r}")


def _wire_type(mark: Wire) -> Any:
    if mark.base is date:
        return date
    if mark.base is not str:
        return Annotated[mark.base, msgspec.Meta(tz=True)]
    # Python's "$" also matches before a trailing newline; pydantic's does not.
    pattern = mark.pattern.removesuffix("$") + r"\Z" if mark.pattern else None
    return Annotated[str, msgspec.Meta(pattern=pattern, max_length=mark.max_length)]


def _bound(metadata: tuple[Any, ...], kind: type) -> Any:
    for item in metadata:
        if isinstance(item, kind):
            return {
                annotated_types.Ge: lambda i: i.ge,
                annotated_types.Le: lambda i: i.le,
                annotated_types.MaxLen: lambda i: i.max_length,
            }[kind](item)
        if isinstance(item, FieldInfo):
            found = _bound(tuple(item.metadata), kind)
            if found is not None:
                return found
    return None


DATA_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(twin(model)) for name, model in EVENT_TYPES.items()
}
