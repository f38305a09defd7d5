"""Workbooks (ECMA-376) of one sheet, written row by row: texts stay texts, numbers, money and days have formats.

A workbook has no decimal numbers, only binary ones of 15 digits (IEEE 754, as ECMA-376 has it): a longer amount or id
is written as text, so that no digit is lost.
"""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MOST_DIGITS = 15
LONGEST_TEXT = 32_767
NARROWEST, WIDEST = 11, 40

_DECIMAL = re.compile(r"-?[0-9]+(?:\.([0-9]+))?", re.ASCII)

_FIGURES = """
amount amounts amount_30 amount_90 applied assets at_stake available balance base big_from charged clawed_back
collected collections commission cost counted credited current days_1_30 days_31_60 days_61_90 earned
exchange_difference exchange_rate expected_recovery exposure invoiced limit limit_in_force list_price net open
open_orders ordered over_90 overdue overdue_avoided potential_need profit quantity receivables received returned
reversed sales sales_blocked sales_passed sales_volume score shipped temporary_limit unapplied unit_cost
"""
FIGURES = frozenset(_FIGURES.split())
"""Fields that are decimal strings on the wire, beside those with ``amount`` in their name."""
_ENDINGS = (
    "_percent",
    "_profit",
    "_quantity",
    "_cost",
    "_price",
    "_limit",
    "_balance",
    "_exposure",
)


def is_figure(name: str) -> bool:
    """Say whether a text in a field is a decimal number: an id or a name that looks like one is none."""
    last = name.rpartition(".")[2]
    words = last.split("_")
    return last in FIGURES or last.endswith(_ENDINGS) or ("amount" in words and words[-1] != "class")


def workbook(head: Sequence[str], rows: Iterable[Sequence[Any]], zone: tzinfo) -> bytes:
    """Return a workbook. Rows are on disk as they are written, so a long list needs little memory.

    Args:
        zone: times are said in it, without an offset: a workbook knows none.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "bottom": 1})
        for column, name in enumerate(head):
            sheet.set_column(column, column, min(max(len(name) + 2, NARROWEST), WIDEST))
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(head):
            sheet.write_string(0, column, name, bold)
        writer = _Writer(book, sheet, zone, [is_figure(name) for name in head])
        for number, row in enumerate(rows, start=1):
            writer.write(number, row)
    return file.getvalue()


class _Writer:
    """Writes rows, each value as what it is."""

    def __init__(
        self, book: xlsxwriter.Workbook, sheet: Worksheet, zone: tzinfo, figures: Sequence[bool]
    ) -> None:
        self._book, self._sheet, self._zone, self._figures = book, sheet, zone, figures
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._whole = book.add_format({"num_format": "0"})
        self._by_decimals: dict[int, Format] = {}

    def write(self, number: int, row: Sequence[Any]) -> None:
        sheet = self._sheet
        for column, value in enumerate(row):
            match value:
                case None | "":
                    continue
                case bool():
                    sheet.write_boolean(number, column, value)
                case int() if len(str(abs(value))) <= MOST_DIGITS:
                    sheet.write_number(number, column, value, self._whole)
                case float():
                    sheet.write_number(number, column, value)
                case Decimal():
                    self._text(number, column, f"{value:f}", figure=True)
                case datetime():
                    moment = value.astimezone(self._zone).replace(tzinfo=None) if value.tzinfo else value
                    sheet.write_datetime(number, column, moment, self._moment)
                case date():
                    sheet.write_datetime(number, column, value, self._day)
                case _:
                    self._text(number, column, str(value), figure=self._figures[column])

    def _text(self, number: int, column: int, text: str, *, figure: bool) -> None:
        found = _DECIMAL.fullmatch(text) if figure else None
        if found and sum(map(str.isdigit, text)) <= MOST_DIGITS:
            decimals = len(found[1] or "")
            self._sheet.write_number(number, column, float(text), self._format(decimals))
        else:
            # Not write(), which makes a formula, a link or a number of a text that looks like one.
            self._sheet.write_string(number, column, text[:LONGEST_TEXT])

    def _format(self, decimals: int) -> Format:
        """Return the format of a number as the wire spells it: with the decimals of its currency, say."""
        if decimals not in self._by_decimals:
            spelled = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            self._by_decimals[decimals] = self._book.add_format({"num_format": spelled})
        return self._by_decimals[decimals]
