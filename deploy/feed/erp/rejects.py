"""Rows that could not be taken: file, row, column and reason, so that somebody can mend them and import again."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError


class LayoutError(ValueError):
    """A file as a whole cannot be used: not readable, or a required column is missing."""


class Rejected(ValueError):
    """One row cannot be used because of one column."""

    def __init__(self, column: str, reason: str, value: str = "") -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason
        self.value = value


@contextmanager
def contract_kept() -> Iterator[None]:
    """Turn what the event models refuse into a rejected row: the layout allows a little more than they do."""
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise Rejected(".".join(map(str, first["loc"])), first["msg"], str(first["input"])) from None


@dataclass(frozen=True, slots=True)
class Reject:
    """One entry of the rejects file. ``row`` counts as a spreadsheet does: the header is row 1."""

    file: str
    row: int
    column: str
    reason: str
    value: str


@dataclass(slots=True)
class Rejects:
    """All rejected rows of one import, and the same counted by reason."""

    entries: list[Reject] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, row: int, why: Rejected) -> None:
        """Note a rejected row."""
        self.entries.append(Reject(file, row, why.column, why.reason, why.value))
        self.counts[f"{file}: {why.column}: {why.reason}"] += 1

    def write(self, path: Path) -> None:
        """Write the rejects as CSV; without rejects an old file is removed."""
        if not self.entries:
            path.unlink(missing_ok=True)
            return
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(("file", "row", "column", "reason", "value"))
            for entry in self.entries:
                writer.writerow((entry.file, entry.row, entry.column, entry.reason, _harmless(entry.value)))


def _harmless(value: str) -> str:
    """Keep spreadsheets from running a value as a formula."""
    shown = value[:200]
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@", "\t", "\r")) else shown
