"""Fields that a contract's model would pass over: a consumer must, a form for people must not."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel


def unknown_fields(model: type[BaseModel], given: Any, path: str = "") -> Iterator[str]:
    """Return the dotted path of each field in ``given`` that ``model`` does not know, at any depth."""
    if not isinstance(given, dict):
        return
    for name, value in given.items():
        inside = f"{path}.{name}" if path else name
        field = model.model_fields.get(name)
        if field is None:
            yield inside
            continue
        part = _part_of(field.annotation)
        if part is None:
            continue
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from unknown_fields(part, item, f"{inside}.{number}")
        else:
            yield from unknown_fields(part, value, inside)


def _part_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as ``Part``, ``Part | None`` or ``list[Part]``."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    found = (_part_of(argument) for argument in get_args(annotation))
    return next((part for part in found if part is not None), None)
