"""Documents in several currencies: the books are those of an exact computation in decimals and fractions."""

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Event
from services.credit.rules.entries import Decided, Exchanged
from services.credit.rules.worth import factor_of, half_even, rate_of, units_of, worth
from tests.services.credit.events import DAY, event
from tests.services.credit.memory import Memory

DECIMALS = {"CNY": 2, "USD": 2, "JPY": 0, "KWD": 3}
CENT = Decimal("0.01")


def _text(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-DECIMALS[currency]):f}"


def _fen(amount: str, rate: str) -> int:
    """What an amount is worth in the account's minor units, by the decimal module."""
    return int((Decimal(amount) * Decimal(rate)).quantize(CENT, ROUND_HALF_EVEN).scaleb(2))


def _memory(limit: str | None = None) -> Memory:
    memory = Memory()
    memory.apply(event("terms.set", -10, "terms", limit=limit, overdue={}))
    return memory


def _order(memory: Memory) -> Any:
    return memory.account().orders["O-1"]


def _usd(type_: str, minute: float, amount: str, rate: str | None = "7.1234", **fields: Any) -> Event[Any]:
    return event(type_, minute, currency="USD", amount=amount, exchange_rate=rate, **fields)


def _invoice(
    minute: float, amount: str, rate: str | None = "7.1", number: int = 1, **fields: Any
) -> Event[Any]:
    fields = {"order_id": None, "due_on": DAY + timedelta(days=number), **fields}
    return _usd("order.invoiced", minute, amount, rate, invoice_id=f"I-{number}", **fields)


def _open(memory: Memory) -> dict[str, int]:
    return {invoice_id: item.open for invoice_id, item in memory.account().items.items()}


@given(
    amount=st.integers(0, 10**15),
    rate=st.from_regex(r"\A(0|[1-9][0-9]{0,4})\.[0-9]{1,9}\Z").filter(lambda text: Decimal(text) > 0),
    own=st.sampled_from(sorted(DECIMALS)),
    account=st.sampled_from(sorted(DECIMALS)),
)
def test_what_a_document_is_worth_is_exact_and_rounded_half_to_even(
    amount: int, rate: str, own: str, account: str
) -> None:
    factor = factor_of(rate, own, account)
    exact = Fraction(amount) * Fraction(rate) * Fraction(10 ** DECIMALS[account], 10 ** DECIMALS[own])
    assert worth(amount, factor) == round(exact)
    assert abs(units_of(worth(amount, factor), factor) - amount) <= 1 + 1 / (2 * Fraction(factor))
    assert Fraction(str(rate_of(factor, own, account))) == Fraction(rate)


@given(st.integers(0, 10**20), st.integers(1, 10**9))
def test_halves_go_to_the_even_number(numerator: int, denominator: int) -> None:
    assert half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("currency", "amount", "rate", "expected"),
    [("JPY", "1000", "0.04825", 4825), ("KWD", "1.234", "23.5", 2900), ("USD", "0.05", "7.1", 36)],
)
def test_the_decimals_of_both_currencies_count(currency: str, amount: str, rate: str, expected: int) -> None:
    memory = _memory()
    memory.apply(event("order.placed", 1, currency=currency, amount=amount, exchange_rate=rate))
    assert memory.refused == []
    assert memory.account().open_orders == expected


def test_an_order_in_another_currency_is_checked_for_what_it_is_worth() -> None:
    memory = _memory("700.00")
    (decided,) = memory.apply(_usd("order.placed", 1, "98.26", "7.1234"))
    assert isinstance(decided, Decided)
    assert (decided.outcome, decided.amount, decided.currency, decided.exposure) == (
        "approved",
        9826,
        "USD",
        699_95,
    )
    (held,) = memory.apply(_usd("order.placed", 2, "0.01", "7.1234", order_id="O-2"))
    assert isinstance(held, Decided)
    assert [(r.rule, r.value, r.threshold) for r in held.reasons] == [("limit", 700_02, 700_00)]
    assert memory.account().held_amount == 7


def test_without_a_rate_it_is_held_or_refused_and_the_missing_field_is_named() -> None:
    memory = _memory()
    (held,) = memory.apply(_usd("order.placed", 1, "1.00", None))
    assert isinstance(held, Decided)
    assert [reason.rule for reason in held.reasons] == ["currency"]
    memory.apply(_invoice(2, "1.00", None), _usd("payment.received", 3, "1.00", None))
    memory.apply(_usd("order.returned", 4, "1.00", None), event("terms.order_release_ruled", 5))
    assert [r.error.field for r in memory.refused] == ["data.currency"] * 3 + ["data.order_id"]
    assert all("exchange_rate" in r.error.reason for r in memory.refused)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"currency": "USD", "exchange_rate": "0"}, "data.exchange_rate"),
        ({"currency": "USD", "exchange_rate": "7.1", "exchange_to": "EUR"}, "data.exchange_to"),
        ({"currency": "CNY", "exchange_rate": "7.1"}, "data.exchange_rate"),
        (
            {"currency": "KWD", "amount": "999999999999999", "exchange_rate": "999999999"},
            "data.exchange_rate",
        ),
    ],
)
@pytest.mark.parametrize("type_", ["order.placed", "order.amended", "order.invoiced", "payment.received"])
def test_a_rate_that_cannot_be_is_refused(type_: str, fields: dict[str, str], field: str) -> None:
    memory = _memory()
    assert memory.apply(event(type_, 1, **fields)) == []
    assert [refused.error.field for refused in memory.refused] == [field]


@given(
    parts=st.lists(st.integers(1, 50_000), min_size=1, max_size=6),
    rates=st.lists(st.sampled_from(["7.1234", "6.99999", "0.13", "1"]), min_size=7, max_size=7),
    shipped=st.integers(0, 60_000),
)
def test_part_invoices_release_their_order_to_the_last_cent(
    parts: list[int], rates: list[str], shipped: int
) -> None:
    memory, left = _memory(), sum(parts)
    memory.apply(_usd("order.placed", 1, _text(left, "USD"), rates[0]))
    memory.apply(event("order.shipped", 2, shipment_id="S-1", currency="USD", amount=_text(shipped, "USD")))
    invoiced = 0
    for number, part in enumerate(parts, 1):
        memory.apply(_invoice(2 + number, _text(part, "USD"), rates[number], number, order_id="O-1"))
        left -= part
        invoiced += _fen(_text(part, "USD"), rates[number])
        account = memory.account()
        assert account.open_orders + account.shipped == _fen(_text(left, "USD"), rates[0])
        assert account.invoiced == invoiced
    assert _order(memory).status == "invoiced"
    assert memory.account().exposure == invoiced


def test_an_amendment_brings_its_own_rate_and_what_it_adds_is_checked() -> None:
    memory = _memory("720.00")
    memory.apply(_usd("order.placed", 1, "100.00", "7.1"))
    # The amount is the same, the rate is not: it is worth more than the limit allows.
    (held,) = memory.apply(_usd("order.amended", 2, "100.00", "7.3", revision=1))
    assert isinstance(held, Decided)
    assert [(r.rule, r.value) for r in held.reasons] == [("limit", 730_00)]
    memory.apply(_usd("order.amended", 3, "98.00", "7.2", revision=2))
    assert (memory.account().open_orders, _order(memory).status) == (705_60, "approved")
    memory.apply(_usd("order.amended", 4, "50.00", None, revision=3))
    assert memory.account().open_orders == 360_00
    memory.apply(event("order.cancelled", 5))
    assert memory.account().exposure == 0


def test_an_order_is_released_by_an_invoice_in_the_accounts_currency_and_the_other_way_round() -> None:
    memory = _memory()
    memory.apply(_usd("order.placed", 1, "100.00", "7.1"))
    memory.apply(event("order.invoiced", 2, currency="CNY", amount="355.00", invoice_id="I-1"))
    assert (_order(memory).open, memory.account().open_orders) == (50_00, 355_00)
    memory.apply(event("order.invoiced", 3, currency="CNY", amount="355.00", invoice_id="I-2"))
    assert (_order(memory).status, memory.account().exposure) == ("invoiced", 710_00)
    memory.apply(event("order.placed", 4, order_id="O-2", amount="710.00"))
    memory.apply(_invoice(5, "100.00", "7.1", 3, order_id="O-2"))
    assert (memory.account().orders["O-2"].status, memory.account().open_orders) == ("invoiced", 0)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("rate", "difference"), [("7.2", -10_00), ("7.0", 10_00), ("7.1", 0)])
def test_what_is_paid_in_full_in_its_currency_is_paid_whatever_the_rates(
    rate: str, difference: int, named: bool
) -> None:
    memory = _memory()
    parts = [{"invoice_id": "I-1", "amount": "100.00"}] if named else []
    memory.apply(_invoice(1, "100.00", "7.1"), _invoice(2, "5.00", "7.3", 2))
    memory.apply(_usd("payment.received", 3, "100.00", rate, allocations=parts))
    account = memory.account()
    assert (_open(memory), account.unapplied) == ({"I-1": 0, "I-2": 36_50}, 0)
    credit = account.credits["payment:P-1"]
    assert (credit.exchange, credit.amount, credit.own_amount) == (difference, 710_00, 100_00)
    memory.apply(event("payment.reversed", 4))
    assert (_open(memory), account.unapplied, account.exposure) == ({"I-1": 710_00, "I-2": 36_50}, 0, 746_50)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("rate", "difference"), [("7.2", -10_00), ("7.0", 10_00)])
def test_money_that_comes_before_its_invoice_pays_it_in_full_too(
    rate: str, difference: int, named: bool
) -> None:
    memory = _memory()
    parts = [{"invoice_id": "I-1", "amount": "100.00"}] if named else []
    memory.apply(_usd("payment.received", 1, "120.00", rate, allocations=parts))
    exchanged, _ = memory.apply(_invoice(2, "100.00", "7.1"))
    assert isinstance(exchanged, Exchanged)
    assert (exchanged.amount, _open(memory)) == (difference, {"I-1": 0})
    assert memory.account().unapplied == _fen("20.00", rate)


@given(
    parts=st.lists(st.integers(1, 40_000), min_size=1, max_size=6),
    rates=st.lists(st.sampled_from(["7.1234", "6.99999", "7", "8.015"]), min_size=7, max_size=7),
)
def test_part_payments_pay_an_invoice_to_the_last_cent(parts: list[int], rates: list[str]) -> None:
    memory, left = _memory(), sum(parts)
    memory.apply(_invoice(1, _text(left, "USD"), rates[0]))
    received = 0
    for number, part in enumerate(parts, 1):
        text = _text(part, "USD")
        memory.apply(_usd("payment.received", 1 + number, text, rates[number], payment_id=f"P-{number}"))
        left -= part
        received += _fen(text, rates[number])
        assert _open(memory) == {"I-1": _fen(_text(left, "USD"), rates[0])}
        assert memory.account().unapplied == 0
    realised = sum(credit.exchange for credit in memory.account().credits.values())
    assert realised == _fen(_text(sum(parts), "USD"), rates[0]) - received


def test_money_of_another_currency_counts_at_its_own_rate() -> None:
    memory = _memory()
    memory.apply(_invoice(1, "100.00", "7.1"), event("payment.received", 2, amount="300.00"))
    assert _open(memory) == {"I-1": 410_00}
    memory.apply(event("payment.received", 3, payment_id="P-2", amount="410.00"))
    assert (_open(memory), memory.account().exposure) == ({"I-1": 0}, 0)
    memory.apply(event("order.invoiced", 4, order_id=None, invoice_id="I-2", amount="100.00"))
    memory.apply(_usd("payment.received", 5, "10.00", "7.2", payment_id="P-3"))
    assert _open(memory) == {"I-1": 0, "I-2": 28_00}
    memory.apply(event("payment.reversed", 6, payment_id="P-3"))
    assert _open(memory) == {"I-1": 0, "I-2": 100_00}


def test_a_return_against_an_invoice_takes_off_what_it_was_worth_there() -> None:
    memory = _memory()
    memory.apply(_invoice(1, "100.00", "7.1"), _invoice(2, "100.00", "7.0", 2))
    memory.apply(_usd("order.returned", 3, "100.00", "7.4", invoice_id="I-2", return_id="R-1"))
    assert (_open(memory), memory.account().unapplied) == ({"I-1": 710_00, "I-2": 0}, 0)


def test_the_same_document_again_is_nothing_and_at_another_rate_is_refused() -> None:
    memory = _memory()
    documents = [
        ("order.placed", {}),
        ("order.invoiced", {"invoice_id": "I-1"}),
        ("payment.received", {"payment_id": "P-1"}),
        ("order.returned", {"return_id": "R-1"}),
    ]
    memory.apply(*(_usd(type_, n, "10.00", "7.10", **fields) for n, (type_, fields) in enumerate(documents)))
    assert (
        memory.apply(*(_usd(type_, n, "10.00", "7.1", **f) for n, (type_, f) in enumerate(documents))) == []
    )
    assert memory.refused == []
    memory.apply(
        *(_usd(type_, n, "10.00", "7.2", **fields) for n, (type_, fields) in enumerate(documents[1:]))
    )
    assert [r.error.field for r in memory.refused] == ["data.invoice_id", "data.payment_id", "data.return_id"]


def test_a_difference_realised_later_is_nobody_elses_before() -> None:
    """What was kept for one invoice, is not needed there and pays another one at a better rate."""
    memory = _memory()
    memory.apply(
        _usd("payment.received", 1, "0.01", allocations=[{"invoice_id": "I-3", "amount": "0.01"}]),
        event("order.invoiced", 2, order_id=None, invoice_id="I-2", amount="0.01"),
        event("order.invoiced", 3, order_id=None, invoice_id="I-3", amount="0.01"),
        _invoice(4, "0.01", "7.1234", 4),
    )
    assert _open(memory) == {"I-2": 1, "I-3": 0, "I-4": 0}
    assert not any(row[2] == "reallocated" for row in memory.working.journal)
