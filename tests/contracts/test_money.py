"""Money and quantities: nothing is lost or gained between the wire and the integers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.money import CURRENCY_DECIMALS, decimal_string, milli_units, minor_units, quantity_string
from contracts.wire import QUANTITY_PATTERN, SIGNED_AMOUNT_PATTERN

currencies = st.sampled_from(sorted(CURRENCY_DECIMALS))
minors = st.integers(-(10**16), 10**16)
amounts = st.from_regex(SIGNED_AMOUNT_PATTERN.replace("$", r"\Z"), fullmatch=True)


@given(minor=minors, currency=currencies)
def test_minor_units_survive_the_wire(minor: int, currency: str) -> None:
    assert minor_units(decimal_string(minor, currency), currency) == minor


@given(minor=minors, currency=currencies)
def test_decimal_string_is_the_exact_value(minor: int, currency: str) -> None:
    text = decimal_string(minor, currency)
    assert Decimal(text) == Decimal(minor).scaleb(-CURRENCY_DECIMALS[currency])
    assert len(text.partition(".")[2]) == CURRENCY_DECIMALS[currency]


@given(amount=amounts, currency=currencies)
def test_minor_units_are_exact_or_refused(amount: str, currency: str) -> None:
    exact = Decimal(amount).scaleb(CURRENCY_DECIMALS[currency])
    if exact == exact.to_integral_value():
        assert minor_units(amount, currency) == int(exact)
    else:
        with pytest.raises(ContractError) as refused:
            minor_units(amount, currency, "limit")
        assert refused.value.field == "limit"


@given(one=amounts, other=amounts)
def test_minor_units_keep_the_order(one: str, other: str) -> None:
    # KWD has three decimals; a fourth zero carries no value.
    first, second = one[:-1] + "0" if "." in one else one, other[:-1] + "0" if "." in other else other
    assert (minor_units(first, "KWD") < minor_units(second, "KWD")) == (Decimal(first) < Decimal(second))


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.5", "CNY", 1250),
        ("0", "CNY", 0),
        ("0.05", "CNY", 5),
        ("-0.05", "CNY", -5),
        ("-0", "CNY", 0),
        ("12.5000", "CNY", 1250),
        ("128000", "JPY", 128000),
        ("128000.00", "JPY", 128000),
        ("12.345", "KWD", 12345),
        ("999999999999999.99", "USD", 99999999999999999),
    ],
)
def test_known_amounts(amount: str, currency: str, minor: int) -> None:
    assert minor_units(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "field"),
    [
        ("1.005", "CNY", "amount"),
        ("0.5", "JPY", "amount"),
        ("1", "XXX", "currency"),
        ("1", "cny", "currency"),
    ],
)
def test_what_a_currency_does_not_have_is_refused(amount: str, currency: str, field: str) -> None:
    with pytest.raises(ContractError) as refused:
        minor_units(amount, currency)
    assert refused.value.field == field


@given(milli=st.integers(-(10**15), 10**15))
def test_quantities_survive_the_wire(milli: int) -> None:
    text = quantity_string(milli)
    assert Decimal(text) == Decimal(milli) / 1000
    if milli >= 0:
        assert milli_units(text) == milli


@given(quantity=st.from_regex(QUANTITY_PATTERN.replace("$", r"\Z"), fullmatch=True))
def test_milli_units_are_exact(quantity: str) -> None:
    assert milli_units(quantity) == Decimal(quantity) * 1000
