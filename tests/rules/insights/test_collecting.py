"""Money is collected of the invoices that credit applies it to."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.insights.rules.collecting import commission
from services.insights.rules.commission import Bill, Group, Money, Part
from services.insights.rules.documents import Payment, receive
from tests.services.credit.events import DAY, event
from tests.services.credit.memory import Memory

ALL = Group("S-1", "all", 1_000_000)
"""Earns everything that is collected, so that entries say what that is."""

AMOUNT = st.integers(1, 20_000)
NAMED = st.dictionaries(st.integers(0, 4), st.fractions(Fraction(1, 100), Fraction(1, 3)), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bill"), AMOUNT, st.integers(0, 40)),
        st.tuples(st.just("pay"), AMOUNT, NAMED),
        st.tuples(st.just("back"), st.integers(0, 5), st.none()),
    ),
    max_size=14,
)


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


class _Both:
    """The same documents for both services; numbers of bills and payments count from 0."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.bills: list[Bill] = []
        self.moneys: list[Money] = []

    def bill(self, minute: int, minor: int, due: int) -> None:
        number, due_on = len(self.bills), DAY + timedelta(days=due)
        of: dict[str, Any] = {"invoice_id": f"I-{number}", "amount": _text(minor), "order_id": None}
        self.events.append(event("order.invoiced", minute, due_on=due_on, **of))
        parts = (Part("TEA", minor, ((ALL, Fraction(1)),)),)
        self.bills.append(Bill(f"I-{number}", f"O-{number}", minor, _at(minute), DAY, due_on, parts))

    def pay(self, minute: int, minor: int, named: dict[int, Fraction]) -> None:
        payment, meant = f"P-{len(self.moneys)}", {f"I-{n}": int(minor * part) for n, part in named.items()}
        meant = {invoice_id: part for invoice_id, part in meant.items() if part}
        allocations = [{"invoice_id": i, "amount": _text(part)} for i, part in meant.items()]
        of: dict[str, Any] = {"payment_id": payment, "amount": _text(minor), "allocations": allocations}
        self.events.append(event("payment.received", minute, **of))
        self.moneys.append(Money(payment, minor, _at(minute), DAY, named=meant))

    def back(self, minute: int, number: int) -> None:
        if number >= len(self.moneys) or self.moneys[number].reversed_at is not None:
            return
        known = self.moneys[number]
        self.events.append(event("payment.reversed", minute, payment_id=known.payment_id))
        self.moneys[number] = Money(
            known.payment_id, known.amount_minor, known.at, DAY, _at(minute), DAY, known.named
        )


def _at(minute: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


@given(STEPS)
def test_it_is_collected_of_the_invoices_that_credit_applies_it_to(steps: list[tuple[str, Any, Any]]) -> None:
    both = _Both()
    for minute, (kind, first, second) in enumerate(steps):
        match kind:
            case "bill":
                both.bill(minute, first, second)
            case "pay":
                both.pay(minute, first, second)
            case _:
                both.back(minute, first)
    memory = Memory()
    memory.apply(*both.events)
    items = memory.account().items if both.bills else {}
    paid = {bill.invoice_id: bill.amount_minor - items[bill.invoice_id].open for bill in both.bills}
    collected = dict.fromkeys(paid, 0)
    for key, figures in commission(both.bills, both.moneys, [], []).items():
        collected[key.invoice_id] += figures.amount_minor
    assert collected == paid


@given(st.permutations([(1, {"I-1": 5}), (0, {"I-2": 5}), (2, {"I-1": 5})]))
def test_of_deliveries_that_name_different_invoices_the_earliest_holds(
    deliveries: list[tuple[int, dict[str, int]]],
) -> None:
    known = Payment("C-1", "P-1")
    for minute, named in deliveries:
        receive(known, Payment("C-1", "P-1", "CNY", 10, _at(minute), DAY, named=named))
    assert (known.named, known.received_at) == ({"I-2": 5}, _at(0))
