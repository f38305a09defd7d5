"""Wire types: what a field may look like in JSON, checked by pattern before anything is parsed.

Strict pydantic alone still accepts full-width digits, ``"1_000"``, ``" 12 "``, ``"1e1000000"`` and numeric
datetimes, so every decimal, date and identifier is matched against an ASCII pattern first. Each alias carries
a :class:`Wire` mark from which :mod:`contracts.fast` builds the fast road.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Strict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError


@dataclass(frozen=True, slots=True)
class Wire:
    """How a type is spelled in JSON.

    Attributes:
        base: the Python type the text becomes.
        pattern: what the text must match, for pydantic and for the JSON Schema.
        max_length: of the text, in characters.
        plain: what the text looks like between the quotes of encoded JSON, as UTF-8 bytes; it may match less than
            ``pattern``, never more (see :mod:`contracts.fast`). Empty: ``pattern`` itself.
        expectation: the pattern in words, for the person whose text was refused.
    """

    base: type
    pattern: str | None = None
    max_length: int | None = None
    plain: str = ""
    expectation: str = ""


ID_PATTERN = r"^[!-~]{1,64}$"
TEXT_PATTERN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$"
SIGNED_AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"
AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"
QUANTITY_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?$"
RATE_PATTERN = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,12})?$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DATETIME_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
TRACEPARENT_PATTERN = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"

# Visible ASCII without the quote and the backslash, which JSON escapes. Lengths are checked apart from this.
_PLAIN_ID = r"[!#-\[\]-~]++"
# Also spaces and every character beyond ASCII but those whose UTF-8 begins with 0xE2 (U+2000 to U+2FFF), which is
# where the bidirectional overrides are.
_PLAIN_TEXT = r"[ !#-\[\]-~\x80-\xe1\xe3-\xff]*+"


def _must_match(pattern: str, expectation: str) -> Callable[[Any], Any]:
    compiled = re.compile(pattern)

    def refuse(problem: str) -> PydanticCustomError:
        return PydanticCustomError("wire_text", f"{problem}{{expectation}}", {"expectation": expectation})

    def check(value: Any) -> Any:
        if isinstance(value, str) and not compiled.fullmatch(value):
            raise refuse("must be ")
        if isinstance(value, (int, float)):
            raise refuse("must be a string: ")
        return value

    return check


def _text(pattern: str, max_length: int) -> Any:
    return StringConstraints(strict=True, pattern=pattern, max_length=max_length)


def _wire(pattern: str, max_length: int, expectation: str, plain: str = "") -> Wire:
    return Wire(str, pattern, max_length, plain, expectation)


Id = Annotated[
    str,
    _text(ID_PATTERN, 64),
    _wire(ID_PATTERN, 64, "1 to 64 visible ASCII characters, no spaces", _PLAIN_ID),
]
"""An identifier: 1 to 64 visible ASCII characters, so that no two spellings of one id look alike."""

Text = Annotated[
    str,
    _text(TEXT_PATTERN, 500),
    _wire(TEXT_PATTERN, 500, "text without control characters or bidirectional overrides", _PLAIN_TEXT),
]
"""Free text without control characters, or bidirectional overrides, 500 characters at most."""

Currency = Annotated[
    str, _text(CURRENCY_PATTERN, 3), _wire(CURRENCY_PATTERN, 3, 'an ISO 4217 currency code such as "CNY"')
]
"""An ISO 4217 currency code."""

Amount = Annotated[
    str,
    _text(AMOUNT_PATTERN, 20),
    _wire(
        AMOUNT_PATTERN,
        20,
        'a decimal string such as "1234.50", not negative, at most 15 digits and 4 decimals',
    ),
]
"""A non-negative amount of money: a decimal string such as "1234.50", in units of the event's currency."""

SignedAmount = Annotated[
    str,
    _text(SIGNED_AMOUNT_PATTERN, 21),
    _wire(SIGNED_AMOUNT_PATTERN, 21, 'a decimal string such as "-1234.50", at most 15 digits and 4 decimals'),
]
"""An amount of money that may be negative."""

Rate = Annotated[
    str,
    _text(RATE_PATTERN, 22),
    _wire(RATE_PATTERN, 22, 'a decimal string such as "7.1234", at most 9 digits and 12 decimals'),
]
"""An exchange rate: exact, in units of the account's currency per unit of the document's."""

Quantity = Annotated[
    str,
    _text(QUANTITY_PATTERN, 16),
    _wire(
        QUANTITY_PATTERN, 16, 'a decimal string such as "1.5", not negative, at most 12 digits and 3 decimals'
    ),
]
"""A non-negative quantity: a decimal string with at most three decimals."""

TraceParent = Annotated[
    str, _text(TRACEPARENT_PATTERN, 55), _wire(TRACEPARENT_PATTERN, 55, "a W3C traceparent value")
]
"""A W3C trace context ``traceparent`` value."""

Day = Annotated[
    date,
    Strict(False),
    BeforeValidator(_must_match(DATE_PATTERN, 'a date such as "2026-03-31"')),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE_PATTERN}),
    Wire(date, DATE_PATTERN, plain=r"[0-9-]++"),
]
"""A business day (RFC 3339 full-date)."""

Instant = Annotated[
    datetime,
    Strict(False),
    BeforeValidator(_must_match(DATETIME_PATTERN, 'a time with offset such as "2026-03-31T09:30:00Z"')),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": DATETIME_PATTERN}),
    Wire(datetime, DATETIME_PATTERN, plain=r"[0-9T:.Z+-]++"),
]
"""A point in time with its UTC offset (RFC 3339 date-time)."""

EXPECTATIONS: dict[str, str] = {
    mark.pattern: mark.expectation
    for alias in (Id, Text, Currency, Amount, SignedAmount, Rate, Quantity, TraceParent)
    for mark in get_args(alias)
    if isinstance(mark, Wire) and mark.pattern
}
"""What each pattern asks for, in words."""
