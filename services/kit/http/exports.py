"""Answers as CSV (RFC 4180) that a spreadsheet reads as data, never as formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import Response
from pydantic import BaseModel

MEDIA_TYPE = "text/csv; charset=utf-8"

# What spreadsheet programs take for the beginning of a formula, full-width forms included.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%")


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


def csv_answer(filename: str, fields: Sequence[str], items: Iterable[BaseModel]) -> Response:
    """Return items as a file to download."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(fields)
    for item in items:
        values = item.model_dump()
        writer.writerow(cell(values[field]) for field in fields)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(text.getvalue(), media_type=MEDIA_TYPE, headers=headers)


def _is_number(text: str) -> bool:
    whole, point, fraction = text.removeprefix("-").partition(".")
    return (
        whole.isascii() and whole.isdecimal() and (not point or (fraction.isascii() and fraction.isdecimal()))
    )
