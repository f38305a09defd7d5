"""Money: a decimal string on the wire, an integer of minor units inside, never a float (ISO 4217 exponents)."""

from contracts.errors import ContractError

_TWO_DECIMALS = """
    AED AUD BDT BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GEL GHS HKD HUF IDR ILS INR KES KZT LKR MAD MMK MNT MOP
    MXN MYR NGN NOK NPR NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD TZS UAH USD UYU UZS ZAR ZMW
"""
_NO_DECIMALS = "CLP ISK JPY KRW PYG UGX VND XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"

CURRENCY_DECIMALS: dict[str, int] = {
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
}
"""Decimals of each accepted currency, from the ISO 4217 list of active codes (exponent column)."""

_SCALE: dict[str, int] = {currency: 10**decimals for currency, decimals in CURRENCY_DECIMALS.items()}


def minor_units(amount: str, currency: str, field: str = "amount") -> int:
    """Turn a wire amount into minor units: ``minor_units("12.5", "CNY") == 1250``.

    The text must already match :data:`contracts.wire.SignedAmount`.

    Raises:
        ContractError: naming ``field``, for an unknown currency or more decimals than the currency has.
    """
    try:
        decimals = CURRENCY_DECIMALS[currency]
    except KeyError:
        raise ContractError("currency", f"unknown currency {currency!r}") from None
    whole, point, fraction = amount.partition(".")
    if not point:
        return int(whole) * _SCALE[currency]
    if len(fraction) > decimals:
        # "12.500" has no more precision than "12.5": only decimals that carry value are refused.
        if fraction[decimals:].strip("0"):
            raise ContractError(field, f"{amount} has more than the {decimals} decimals of {currency}")
        fraction = fraction[:decimals]
    return int(whole + fraction.ljust(decimals, "0"))


def decimal_string(minor: int, currency: str) -> str:
    """Turn minor units into the wire form: ``decimal_string(1250, "CNY") == "12.50"``."""
    decimals = CURRENCY_DECIMALS[currency]
    if decimals == 2 and minor >= 0:
        return f"{minor // 100}.{minor % 100:02d}"
    if not decimals:
        return str(minor)
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def milli_units(quantity: str) -> int:
    """Turn a wire quantity into thousandths: ``milli_units("1.5") == 1500``."""
    whole, _, fraction = quantity.partition(".")
    return int(whole + fraction.ljust(3, "0"))


def quantity_string(milli: int) -> str:
    """Turn thousandths into the wire form without trailing zeros: ``quantity_string(1500) == "1.5"``."""
    whole, rest = divmod(abs(milli), 1000)
    text = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    return f"-{text}" if milli < 0 else text
