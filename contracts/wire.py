"""Wire types: what a field may look like in JSON, checked by pattern before anything is parsed.

Strict pydantic alone still accepts full-width digits, ``"1_000"``, ``" 12 "``, ``"1e1000000"`` and numeric
datetimes, so every decimal, date and identifier is matched against an ASCII pattern first. Each alias carries
a :class:`Wire` mark from which :mod:`contracts.fast` builds the equivalent msgspec type.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Strict, StringConstraints, WithJsonSchema


@dataclass(frozen=True, slots=True)
class Wire:
    """How a type is spelled in JSON: its base Python type and the pattern its text must match."""

    base: type
    pattern: str | None = None
    max_length: int | None = None


ID_PATTERN = r"^[!-~]{1,64}$"
TEXT_PATTERN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$"
SIGNED_AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"
AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"
QUANTITY_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DATETIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
TRACEPARENT_PATTERN = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"


def _must_match(pattern: str, expectation: str) -> Callable[[Any], Any]:
    compiled = re.compile(pattern)

    def check(value: Any) -> Any:
        if isinstance(value, str) and not compiled.fullmatch(value):
            raise ValueError(f"must be {expectation}")
        if isinstance(value, (int, float)):
            raise ValueError(f"must be a string: {expectation}")
        return value

    return check


def _text(pattern: str, max_length: int) -> Any:
    return StringConstraints(strict=True, pattern=pattern, max_length=max_length)


Id = Annotated[str, _text(ID_PATTERN, 64), Wire(str, ID_PATTERN, 64)]
"""An identifier: 1 to 64 visible ASCII characters, so that no two spellings of one id look alike."""

Text = Annotated[str, _text(TEXT_PATTERN, 500), Wire(str, TEXT_PATTERN, 500)]
"""Free text without control characters, or bidirectional overrides, 500 characters at most."""

Currency = Annotated[str, _text(CURRENCY_PATTERN, 3), Wire(str, CURRENCY_PATTERN, 3)]
"""An ISO 4217 currency code."""

Amount = Annotated[str, _text(AMOUNT_PATTERN, 20), Wire(str, AMOUNT_PATTERN, 20)]
"""A non-negative amount of money: a decimal string such as "1234.50", in units of the event's currency."""

SignedAmount = Annotated[str, _text(SIGNED_AMOUNT_PATTERN, 21), Wire(str, SIGNED_AMOUNT_PATTERN, 21)]
"""An amount of money that may be negative."""

Quantity = Annotated[str, _text(QUANTITY_PATTERN, 16), Wire(str, QUANTITY_PATTERN, 16)]
"""A non-negative quantity: a decimal string with at most three decimals."""

TraceParent = Annotated[str, _text(TRACEPARENT_PATTERN, 55), Wire(str, TRACEPARENT_PATTERN, 55)]
"""A W3C trace context ``traceparent`` value."""

Day = Annotated[
    date,
    Strict(False),
    BeforeValidator(_must_match(DATE_PATTERN, 'a date such as "2026-03-31"')),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE_PATTERN}),
    Wire(date),
]
"""A business day (RFC 3339 full-date)."""

Instant = Annotated[
    datetime,
    Strict(False),
    BeforeValidator(_must_match(DATETIME_PATTERN, 'a time with offset such as "2026-03-31T09:30:00Z"')),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": DATETIME_PATTERN}),
    Wire(datetime),
]
"""A point in time with its UTC offset (RFC 3339 date-time)."""
