"""Reads one file of the layout, CSV or parquet, row by row."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from deploy.feed.erp.layout import FILES, KEYS
from deploy.feed.erp.rejects import LayoutError, Rejected, Rejects
from deploy.feed.erp.values import value_of

Values = dict[str, Any]
_Cells = tuple[int, list[str] | Rejected]


@dataclass(frozen=True, slots=True)
class Row:
    """One accepted row: where it is, and the values of all columns of the layout (None where empty)."""

    number: int
    values: Values


@dataclass(slots=True)
class Table:
    """One file. ``path`` None: it is not there."""

    name: str
    path: Path | None
    rows: list[Row] = field(default_factory=list)
    bad_keys: dict[str, int] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The file's name for messages."""
        return self.path.name if self.path else self.name


def read_table(name: str, folder: Path, encoding: str, rejects: Rejects, notes: Counter[str]) -> Table:
    """Read and check a file; bad rows go to ``rejects``.

    Raises:
        LayoutError: the file cannot be read, or lacks a required column.
    """
    path = _find(name, folder)
    table = Table(name, path)
    if path is None:
        return table
    rows = _parquet(path) if path.suffix == ".parquet" else _csv(path, encoding)
    _, header = next(rows, (1, Rejected("", "is empty")))
    if isinstance(header, Rejected):
        raise LayoutError(f"{path}: the header {header.reason}")
    places = _places(name, path, header, notes)
    seen: dict[str, int] = {}
    for number, cells in rows:
        try:
            if isinstance(cells, Rejected):
                raise cells
            table.rows.append(Row(number, _checked(name, places, cells, len(header), seen, number)))
        except Rejected as why:
            rejects.add(table.file, number, why)
            if not isinstance(cells, Rejected) and name in ("order_lines", *KEYS):
                place = places.get("order_id" if name == "order_lines" else KEYS[name], -1)
                if 0 <= place < len(cells):
                    table.bad_keys.setdefault(cells[place].strip(), number)
    return table


def _find(name: str, folder: Path) -> Path | None:
    found = [
        folder / f"{name}{ending}"
        for ending in (".csv", ".parquet")
        if (folder / f"{name}{ending}").is_file()
    ]
    if len(found) > 1:
        raise LayoutError(f"{folder} has both {found[0].name} and {found[1].name}; keep one")
    return found[0] if found else None


def _places(name: str, path: Path, header: list[str], notes: Counter[str]) -> dict[str, int]:
    names = [text.strip().lower() for text in header]
    known = {column.name for column in FILES[name]}
    missing = [column.name for column in FILES[name] if column.required and column.name not in names]
    if missing:
        raise LayoutError(
            f"{path} lacks the required column {', '.join(missing)}; it has: {', '.join(names)}"
        )
    twice = [text for text, number in Counter(names).items() if number > 1 and text in known]
    if twice:
        raise LayoutError(f"{path} has the column {', '.join(twice)} twice")
    for text in names:
        if text not in known:
            notes[f"{path.name}: column {text!r} is not known and was ignored"] += 1
    return {text: place for place, text in enumerate(names) if text in known}


def _checked(
    name: str, places: dict[str, int], cells: list[str], width: int, seen: dict[str, int], number: int
) -> Values:
    if len(cells) != width:
        raise Rejected("", f"the row has not as many cells as the header: {len(cells)} instead of {width}")
    values = {
        column.name: value_of(column, cells[places[column.name]]) if column.name in places else None
        for column in FILES[name]
    }
    if name in KEYS:
        key = str(values[KEYS[name]])
        if key in seen:
            raise Rejected(KEYS[name], "was in an earlier row already", f"{key} (row {seen[key]})")
        seen[key] = number
    return values


def _csv(path: Path, encoding: str) -> Iterator[_Cells]:
    try:
        opened = path.open(newline="", encoding=encoding)
    except LookupError as error:
        raise LayoutError(f"{encoding} is no known encoding") from error
    with opened as file:
        try:
            header = file.readline()
            delimiter = max(",;\t", key=header.count)
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            number = 0
            while True:
                number += 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield number, Rejected("", f"the row is not valid CSV: {error}")
                    continue
                if any(cell.strip() for cell in cells):
                    yield number, cells
        except UnicodeDecodeError as error:
            raise LayoutError(
                f"{path} is not in {encoding} (byte {error.start} of a block); name its encoding, such as gb18030"
            ) from error


def _parquet(path: Path) -> Iterator[_Cells]:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise LayoutError(f"{path} cannot be read as parquet: {error}") from error
    yield 1, frame.columns
    for number, row in enumerate(frame.iter_rows(), start=2):
        yield number, [_as_text(value) for value in row]


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
