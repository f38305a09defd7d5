"""Reads workbooks as a spreadsheet does."""

import io
from typing import Any

import openpyxl


def lines_of(content: bytes) -> list[dict[str, Any]]:
    """Return the lines of a workbook, by the names in its head."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]
