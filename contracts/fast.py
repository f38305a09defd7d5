"""The fast road of :func:`contracts.codec.decode`, for valid events in ordinary spelling.

It has two steps, and everything in them is generated from the pydantic models, so there is one definition:

1. The *twin* of a model, a msgspec struct with the same fields, types and bounds, decodes the JSON. It refuses fields
   it does not know, so nothing in the message goes unchecked.
2. msgspec would check text patterns by calling Python once per field, which took most of the time. Instead the decoded
   event is encoded again, which spells it without spaces, with its fields in a fixed order and without those that say
   no more than their default, and one regular expression per event type checks that whole spelling at once. The
   encoded body is needed anyway, for the digest.

Whatever either step refuses (unknown fields, escapes in texts, any mistake) is not necessarily wrong: it goes to
pydantic, which accepts it or names the field and the reason. So the fast road may accept less than the models, never
more; ``tests/contracts/test_roads.py`` holds it to that.
"""

import re
import types
from abc import ABC
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from contracts.events import EVENT_TYPES, EventData
from contracts.wire import DATETIME_PATTERN, Id, TraceParent, Wire

Spelling = Callable[[bytes], re.Match[bytes] | None]


class _InstantText(ABC):  # noqa: B024 - nothing to implement: it only names datetime
    """Stands for datetime in twins, so that msgspec asks :func:`_from_text`: its own datetimes may lack the T."""


_InstantText.register(datetime)
_is_instant = re.compile(DATETIME_PATTERN).fullmatch


def _from_text(_: type, text: Any) -> datetime:
    if not isinstance(text, str) or not _is_instant(text):
        raise ValueError("not an instant")
    return datetime.fromisoformat(text)


@cache
def twin(model: type[BaseModel]) -> type[msgspec.Struct]:
    """Return the msgspec struct with the fields, defaults and bounds of ``model``; it does not check text patterns."""
    fields: list[Any] = []
    for name, info in model.model_fields.items():
        default = _default(info)
        kind = _kind(info.annotation, tuple(info.metadata))
        fields.append((name, kind) if default is msgspec.NODEFAULT else (name, kind, default))
    return _struct(model.__name__, fields)


def _struct(name: str, fields: list[Any], tag: str | None = None) -> type[msgspec.Struct]:
    struct: type[msgspec.Struct] = msgspec.defstruct(
        name,
        fields,
        kw_only=True,
        frozen=True,
        gc=False,
        omit_defaults=True,
        forbid_unknown_fields=True,
        tag_field="type" if tag else None,
        tag=tag,
        module=__name__,
    )
    return struct


def _default(info: FieldInfo) -> Any:
    if info.default_factory is not None:
        return msgspec.field(default_factory=list)
    return msgspec.NODEFAULT if info.default is PydanticUndefined else info.default


def _kind(annotation: Any, metadata: tuple[Any, ...] = ()) -> Any:
    """The msgspec type of a field."""
    wire, annotation, metadata = _unwrap(annotation, metadata)
    if wire is not None:
        if wire.base is str:
            return Annotated[str, msgspec.Meta(max_length=wire.max_length)]
        return _InstantText if wire.base is datetime else date
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _union(_kind(arg, metadata if arg is not type(None) else ()) for arg in get_args(annotation))
    if origin is Literal or annotation in (type(None), bool):
        return annotation
    if origin is list:
        list_of: Any = list
        return Annotated[
            list_of[_kind(*get_args(annotation))], msgspec.Meta(max_length=_bound(metadata, "max_length"))
        ]
    if annotation is int:
        return Annotated[int, msgspec.Meta(ge=_bound(metadata, "ge"), le=_bound(metadata, "le"))]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return twin(annotation)
    raise TypeError(f"contracts.fast has no twin for {annotation!r} with {metadata!r}")


def _spelling(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """The regular expression for a field's value as msgspec encodes it."""
    wire, annotation, metadata = _unwrap(annotation, metadata)
    if wire is not None:
        return f'"{wire.plain or _possessive(wire.pattern)}"'
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return "(?:" + "|".join(_spelling(arg, metadata) for arg in get_args(annotation)) + ")"
    if origin is Literal:
        return '"(?:' + "|".join(re.escape(value) for value in get_args(annotation)) + ')"'
    if origin is list:
        item = _spelling(*get_args(annotation))
        return rf"\[(?:{item}(?:,{item})*+)?\]"
    if annotation is type(None):
        return "null"
    if annotation is bool:
        return "(?:true|false)"
    if annotation is int:
        return "-?[0-9]++"
    fields: dict[str, FieldInfo] = annotation.model_fields
    spelled = {name: _spelling(info.annotation, tuple(info.metadata)) for name, info in fields.items()}
    return _object(spelled, {name for name, info in fields.items() if not info.is_required()})


def _possessive(pattern: str | None) -> str:
    """The pattern without anchors and captures, and with repetitions that never give back what they matched.

    None of our patterns needs that giving back, and without it the check is one pass, even over a hostile message.
    """
    assert pattern, "every wire type has a pattern"
    return re.sub("[}?]", r"\g<0>+", pattern.strip("^$")).replace("(", "(?:")


def _object(fields: dict[str, str], optional: Collection[str]) -> str:
    """An object as the encoder writes it. It writes the commas, so there is no need to check that there are enough."""
    members = (
        f'(?:"{name}":{value},?+)?+' if name in optional else f'"{name}":{value},?+'
        for name, value in fields.items()
    )
    return r"\{" + "".join(members) + r"\}"


def _unwrap(annotation: Any, metadata: tuple[Any, ...]) -> tuple[Wire | None, Any, tuple[Any, ...]]:
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata = (*inner, *metadata)
    return next((mark for mark in metadata if isinstance(mark, Wire)), None), annotation, metadata


def _union(kinds: Iterable[Any]) -> Any:
    return reduce(or_, kinds)


def _bound(metadata: tuple[Any, ...], name: Literal["ge", "le", "max_length"]) -> Any:
    kind = {"ge": annotated_types.Ge, "le": annotated_types.Le, "max_length": annotated_types.MaxLen}[name]
    for item in metadata:
        if isinstance(item, kind):
            return getattr(item, name)
        found = _bound(tuple(item.metadata), name) if isinstance(item, FieldInfo) else None
        if found is not None:
            return found
    return None


def _message(model: type[EventData]) -> type[msgspec.Struct]:
    """The twin of a whole event. The fields that the digest covers come last."""
    version = Annotated[int, msgspec.Meta(ge=1, le=model.VERSION)]
    text = _kind(Id)
    fields = [
        ("id", text),
        ("version", version, 1),
        ("producer", text),
        ("trace", _kind(TraceParent | None), None),
        ("occurred_at", str),
        ("key", text),
        ("data", twin(model)),
    ]
    return _struct(f"{model.__name__}Event", fields, tag=model.TYPE)


def _message_spelling(model: type[EventData]) -> Spelling:
    identifier = _spelling(Id)
    fields = {
        "type": re.escape(f'"{model.TYPE}"'),
        "id": identifier,
        "version": "[0-9]++",
        "producer": identifier,
        "trace": _spelling(TraceParent | None),
        "occurred_at": f'"{_possessive(DATETIME_PATTERN)}"',
        "key": identifier,
        "data": f"(?P<data>{_spelling(model)})",
    }
    return re.compile(_object(fields, ("version", "trace")).encode("latin-1")).fullmatch


_MESSAGES = {_message(model): model for model in EVENT_TYPES.values()}

DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_union(_MESSAGES), dec_hook=_from_text)
"""Step 1: decodes any known event into the twin of its message."""

SPELLINGS: dict[type[msgspec.Struct], tuple[str, Spelling]] = {
    struct: (model.TYPE, _message_spelling(model)) for struct, model in _MESSAGES.items()
}
"""Step 2: for each of those twins, the event type and the check of the encoded message; group ``data`` is the body."""
