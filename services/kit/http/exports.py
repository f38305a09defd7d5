"""Lists as files: CSV (RFC 4180) and workbooks (Office Open XML), which a spreadsheet reads as data, never as formulas.

A list route that uses ``PageQuery`` and ``read_page`` (``pages.py``) answers ``format=csv`` and ``format=xlsx`` by
itself. Others make a file of what they have::

    if query.format != "json":
        return await file_answer(query.format, "growth", Growth, items, runtime.settings.zone)
"""

import asyncio
import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, Literal, get_args, get_type_hints

import orjson
from fastapi import Request, Response
from pydantic import BaseModel

from services.kit.http.workbooks import workbook

FileForm = Literal["csv", "xlsx"]
Format = Literal["json", "csv", "xlsx"]

LONGEST_EXPORT_ROWS = 100_000
"""Rows of a file at most: a spreadsheet holds a million, and takes minutes to open them."""

MEDIA_TYPES: dict[FileForm, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""What the OpenAPI document says of a route that answers with files, too."""

# What spreadsheet programs take for the beginning of a formula, full-width forms included.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%")


class Exported(Exception):
    """Not an error: a list was asked for as a file, which is answered instead of a page."""

    def __init__(self, response: Response) -> None:
        super().__init__("a list as a file")
        self.response = response


async def exported(_: Request, error: Exception) -> Response:
    """Answer with the file: the handler of :class:`Exported`."""
    assert isinstance(error, Exported)
    return error.response


def cell(value: object) -> str:
    """Return a value as text; one that a spreadsheet would calculate gets an apostrophe in front.

    A number may begin with a minus: it is data already.
    """
    if value is None:
        return ""
    text = str(value)
    if text[:1] not in _FORMULA_STARTS or _is_number(text):
        return text
    return f"'{text}"


async def file_answer(
    form: FileForm, name: str, kind: type[Any], items: Iterable[Any], zone: tzinfo
) -> Response:
    """Return items as a file to download; what takes long is done beside the event loop.

    Args:
        name: of the file, without its ending.
        kind: the model or dataclass of the items; its fields are the columns, those of models in it with a dot.
        zone: in which a workbook, which knows no zones, says times. CSV has them with their offset.
    """
    content = await asyncio.to_thread(_content, form, kind, items, zone)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def _content(form: FileForm, kind: type[Any], items: Iterable[Any], zone: tzinfo) -> bytes:
    paths = list(_paths(kind))
    head = [".".join(path) for path in paths]
    rows = ([_plain(_value(item, path)) for path in paths] for item in items)
    if form == "xlsx":
        return workbook(head, rows, zone)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(map(cell, row) for row in rows)
    return text.getvalue().encode()


def _paths(kind: type[Any], above: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    """Yield the columns: what models of one value have in them are columns of their own."""
    if dataclasses.is_dataclass(kind):
        annotations: dict[str, Any] = get_type_hints(kind)
        names: Sequence[str] = [field.name for field in dataclasses.fields(kind)]
    else:
        annotations = {name: field.annotation for name, field in kind.model_fields.items()}
        names = list(annotations)
    for name in names:
        of = annotations[name]
        inner = next((a for a in (of, *get_args(of)) if isinstance(a, type) and _is_record(a)), None)
        if inner is None or getattr(of, "__origin__", None) in (list, tuple, dict):
            yield (*above, name)
        else:
            yield from _paths(inner, (*above, name))


def _is_record(kind: type[Any]) -> bool:
    return dataclasses.is_dataclass(kind) or (
        hasattr(kind, "__origin__") is False and issubclass(kind, BaseModel)
    )


def _value(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if item is None:
            return None
        item = getattr(item, name)
    return item


def _plain(value: Any) -> Any:
    """Return what has no column of its own as text: words one after another, anything else as JSON."""
    if isinstance(value, (list, tuple)) and all(isinstance(each, (str, int, float)) for each in value):
        return "; ".join(map(str, value))
    if isinstance(value, (list, tuple, dict, BaseModel)):
        return orjson.dumps(value, default=_dumped).decode()
    return value


def _dumped(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


def _is_number(text: str) -> bool:
    whole, point, fraction = text.removeprefix("-").partition(".")
    return (
        whole.isascii() and whole.isdecimal() and (not point or (fraction.isascii() and fraction.isdecimal()))
    )
