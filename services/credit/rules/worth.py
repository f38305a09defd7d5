"""What a document in another currency is worth in the account's: exact arithmetic on integers, rounded once.

A document says at which rate it is converted: units of the account's currency per unit of its own. What is kept is the
*factor*: what one minor unit of it is worth in minor units of the account's currency, as an exact decimal string. It
takes the decimals of both currencies into account (JPY has none, KWD three). The empty factor means that the document
is in the account's currency. Rounding is half to even.
"""

from decimal import Decimal
from functools import lru_cache

import msgspec

from contracts.money import CURRENCY_DECIMALS

MOST = 10**18
"""No document is worth more than this, in minor units: sums of several must fit the database's integers."""


class Own(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A document in another currency than the account's: its own amount, and the factor."""

    currency: str
    amount: int
    factor: str


def factor_of(rate: str, currency: str, account_currency: str) -> str:
    """Return the factor of a rate: ``factor_of("0.05", "JPY", "CNY") == "5"``."""
    return _spelled(Decimal(rate).scaleb(CURRENCY_DECIMALS[account_currency] - CURRENCY_DECIMALS[currency]))


def rate_of(factor: str, currency: str, account_currency: str) -> str | None:
    """Return the rate of a factor, None for a document in the account's currency."""
    if not factor:
        return None
    return _spelled(Decimal(factor).scaleb(CURRENCY_DECIMALS[currency] - CURRENCY_DECIMALS[account_currency]))


def worth(minor: int, factor: str) -> int:
    """Return what ``minor`` units of a document are worth in minor units of the account's currency."""
    if not factor:
        return minor
    numerator, denominator = _ratio(factor)
    return half_even(minor * numerator, denominator)


def units_of(value: int, factor: str) -> int:
    """Return how many minor units of a document are worth ``value``."""
    if not factor:
        return value
    numerator, denominator = _ratio(factor)
    return half_even(value * denominator, numerator)


def most_units(value: int, factor: str) -> int:
    """Return the most minor units of a document that are worth no more than ``value`` (0 or more)."""
    if not factor:
        return value
    numerator, denominator = _ratio(factor)
    units, rest = divmod((2 * value + 1) * denominator, 2 * numerator)
    # Half a unit more goes to the even number, which is the one above if this is odd.
    return units - 1 if rest == 0 and value % 2 else units


def is_finer(factor: str) -> bool:
    """Whether a document's minor unit is worth less than one of the account's currency."""
    numerator, denominator = _ratio(factor)
    return numerator < denominator


def half_even(numerator: int, denominator: int) -> int:
    """Divide whole numbers, rounding half to even."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2))


@lru_cache(maxsize=4096)
def _ratio(factor: str) -> tuple[int, int]:
    return Decimal(factor).as_integer_ratio()


def _spelled(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
