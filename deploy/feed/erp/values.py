"""From the text of a cell to a checked value."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from contracts.money import CURRENCY_DECIMALS
from contracts.wire import AMOUNT_PATTERN, ID_PATTERN, QUANTITY_PATTERN, TEXT_PATTERN
from deploy.feed.erp.layout import Column
from deploy.feed.erp.rejects import Rejected

UNLIMITED = "unlimited"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_FLAGS = {
    "true": True,
    "yes": True,
    "1": True,
    "y": True,
    "false": False,
    "no": False,
    "0": False,
    "n": False,
}


def value_of(column: Column, text: str) -> Any:
    """Check one cell. Empty cells become None.

    Raises:
        Rejected: naming the column and what is expected.
    """
    text = text.strip()
    if not text:
        if column.required:
            raise Rejected(column.name, "is required")
        return None
    if column.kind == "choice":
        if text.lower() not in column.choices:
            raise Rejected(column.name, f"must be one of {', '.join(column.choices)}", text)
        return text.lower()
    try:
        return _READERS[column.kind](text)
    except ValueError as error:
        raise Rejected(column.name, str(error), text) from None


def _matching(pattern: str, expectation: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {expectation}")
        return text

    return read


_AMOUNT = _matching(AMOUNT_PATTERN, "an amount such as 1234.50, without thousands separators")


def _text(text: str) -> str:
    if len(text) > 500:
        raise ValueError("must have at most 500 characters")
    if not re.fullmatch(TEXT_PATTERN, text):
        raise ValueError("must not hold control characters")
    return text


def _limit(text: str) -> str:
    return UNLIMITED if text.lower() == UNLIMITED else _AMOUNT(text)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise ValueError("must be a whole number")
    return int(text)


def _day(text: str) -> date:
    # Exports of a day often carry a midnight.
    text = re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", text)
    if not _DAY.fullmatch(text):
        raise ValueError("must be a day such as 2026-03-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def _moment(text: str) -> date | datetime:
    if not _MOMENT.fullmatch(text):
        return _day(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is no time of the calendar") from None


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError("must be true or false")
    return _FLAGS[text.lower()]


def _currency(text: str) -> str:
    if text not in CURRENCY_DECIMALS:
        raise ValueError("must be a known currency code such as CNY")
    return text


def _parts(text: str) -> list[str]:
    return [_text(part.strip()) for part in text.split(";") if part.strip()]


_READERS: dict[str, Callable[[str], Any]] = {
    "id": _matching(ID_PATTERN, "1 to 64 visible ASCII characters"),
    "text": _text,
    "amount": _AMOUNT,
    "limit": _limit,
    "quantity": _matching(QUANTITY_PATTERN, "a quantity such as 12 or 1.5, with at most three decimals"),
    "number": _number,
    "day": _day,
    "moment": _moment,
    "flag": _flag,
    "currency": _currency,
    "parts": _parts,
}


def at(moment: date | datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Turn what a cell said into a moment: days get ``hour`` o'clock, times without offset the zone."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(hour), zone)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
