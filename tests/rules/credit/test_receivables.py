"""Which money pays what, and what an invoice does to its order."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.credit.rules.receivables import payment_credit
from services.credit.rules.state import Account
from tests.rules.credit.histories import HISTORIES, MONEY, Calendar
from tests.services.credit.events import DAY, event
from tests.services.credit.memory import Memory

DUE = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20_000)), min_size=1, max_size=8)


def _invoice(number: int, minor: int, due: int = 0, minute: int | None = None, **fields: Any) -> Any:
    text = f"{minor // 100}.{minor % 100:02}"
    fields = {"order_id": None, "due_on": DAY + timedelta(days=due), **fields}
    return event("order.invoiced", minute or number, invoice_id=f"I-{number}", amount=text, **fields)


def _pay(number: int, minor: int, **named: int) -> Any:
    allocations = [
        {"invoice_id": name.replace("_", "-"), "amount": f"{part // 100}.{part % 100:02}"}
        for name, part in named.items()
    ]
    text = f"{minor // 100}.{minor % 100:02}"
    return event(
        "payment.received", 50 + number, payment_id=f"P-{number}", amount=text, allocations=allocations
    )


def _open(memory: Memory) -> dict[str, int]:
    return {invoice_id: item.open for invoice_id, item in memory.account().items.items()}


@given(items=DUE, minor=st.integers(0, 80_000))
def test_money_goes_to_the_oldest_due_and_the_rest_is_kept(items: list[tuple[int, int]], minor: int) -> None:
    memory = Memory()
    memory.apply(*(_invoice(number, amount, due) for number, (due, amount) in enumerate(items)))
    memory.apply(_pay(1, minor))
    left = minor
    for due, number in sorted((due, number) for number, (due, _) in enumerate(items)):
        used = min(left, items[number][1])
        assert memory.account().items[f"I-{number}"].open == items[number][1] - used, due
        left -= used
    assert memory.account().unapplied == left


def test_money_goes_to_the_invoice_it_names_first() -> None:
    memory = Memory()
    memory.apply(_invoice(1, 100), _invoice(2, 100, 9), _pay(1, 130, I_2=120))
    # What it names beyond what is owed stays in hand: it was meant for something else than the oldest.
    assert _open(memory) == {"I-1": 100, "I-2": 0}
    assert memory.account().unapplied == 30


def test_money_in_hand_pays_the_next_invoice_oldest_money_first() -> None:
    memory = Memory()
    memory.apply(_pay(1, 60), _pay(2, 60), _invoice(1, 100))
    left = [memory.account().credits[payment_credit(f"P-{number}")].remaining for number in (1, 2)]
    assert left == [0, 20]
    assert _open(memory) == {"I-1": 0}


def test_money_that_names_an_invoice_to_come_waits_for_it() -> None:
    memory = Memory()
    memory.apply(_pay(1, 100, I_2=80), _invoice(1, 100, minute=61))
    assert _open(memory) == {"I-1": 80}
    memory.apply(_invoice(2, 50, minute=62))
    assert _open(memory) == {"I-1": 80, "I-2": 0}
    assert memory.account().unapplied == 30
    # What was meant for it and not needed is free again.
    memory.apply(_invoice(3, 100, minute=63))
    assert (_open(memory)["I-3"], memory.account().unapplied) == (70, 0)


@given(history=HISTORIES, minor=st.integers(1, 90_000), named=st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_reversal_restores_exactly_what_was_before(
    history: list[tuple[str, dict[str, Any]]], minor: int, named: bool
) -> None:
    memory, calendar = Memory(), Calendar()
    for step in history:
        memory.apply(*calendar.events(*step))
    # Orders released by the payment stay released; without held orders nothing but the money moves.
    assume(not memory.account().held_orders and "C-1" in memory.accounts)
    before = copy.deepcopy(memory.account())
    # After all that has happened: one that came late would be another story.
    paid = _pay(99, minor, **({"I_1": minor // 2, "I_99": 1} if named else {})).data.model_dump()
    memory.apply(*calendar.events("payment.received", paid))
    assert memory.account().exposure == before.exposure - minor
    memory.apply(*calendar.events("payment.reversed", {"payment_id": "P-99"}))
    after = memory.account()
    assert after.exposure == before.exposure
    # Money that stayed in hand beside open invoices, since its payment named others, is at work from here on.
    assume(not (_free(before) and any(item.open for item in before.items.values())))
    for name in (
        "invoiced",
        "unapplied",
        "overdue_amount",
        "overdue_items",
        "oldest_overdue",
        "next_due",
    ):
        assert getattr(after, name) == getattr(before, name), name
    assert after.items == before.items
    assert (after.overdue_index, after.current_index) == (before.overdue_index, before.current_index)
    assert {i: c for i, c in after.credits.items() if i != "payment:P-99"} == before.credits


def _free(account: Account) -> int:
    return sum(credit.remaining - sum(credit.intents.values()) for credit in account.credits.values())


def test_what_is_open_again_is_paid_by_money_that_stayed_in_hand() -> None:
    memory = Memory()
    memory.apply(_invoice(1, 100), _invoice(2, 50), _pay(1, 130, I_1=100))
    assert (_open(memory), memory.account().unapplied) == ({"I-1": 0, "I-2": 50}, 30)
    memory.apply(_pay(2, 50), event("payment.reversed", 120, payment_id="P-2"))
    assert (_open(memory), memory.account().unapplied) == ({"I-1": 0, "I-2": 20}, 0)
    assert (memory.account().exposure, memory.refused) == (20, [])


def test_a_reversal_that_comes_first_and_its_payment_cancel_out() -> None:
    memory = Memory()
    memory.apply(_invoice(1, 100), event("payment.reversed", 2, payment_id="P-1"), _pay(1, 100))
    assert (memory.account().exposure, memory.refused) == (100, [])


def test_a_return_pays_the_invoice_it_names_then_the_oldest() -> None:
    memory = Memory()
    memory.apply(
        _invoice(1, 100), _invoice(2, 100, 9), event("order.returned", 3, invoice_id="I-2", amount="1.50")
    )
    assert _open(memory) == {"I-1": 50, "I-2": 0}


@pytest.mark.parametrize("status", ["unknown", "held", "rejected", "cancelled", "approved"])
def test_goods_already_shipped_can_always_be_invoiced(status: str) -> None:
    memory = Memory()
    memory.apply(event("terms.set", 0, limit="500.00" if status in ("approved", "cancelled") else "0.00"))
    if status != "unknown":
        memory.apply(event("order.placed", 1))
    if status == "rejected":
        memory.apply(event("terms.order_rejection_ruled", 2))
    if status == "cancelled":
        memory.apply(event("order.cancelled", 2))
    memory.apply(event("order.invoiced", 3, amount="40.00"))
    account = memory.account()
    assert memory.refused == []
    assert account.invoiced == 4_000
    assert account.exposure == (10_000 if status == "approved" else 4_000)
    assert account.held_amount == (6_000 if status == "held" else 0)


@given(parts=st.lists(MONEY, max_size=6), closes=st.booleans())
def test_invoices_turn_an_order_into_receivables_and_never_below_zero(parts: list[str], closes: bool) -> None:
    memory = Memory()
    memory.apply(event("terms.set", 0, limit=None), event("order.placed", 1, amount="300.00"))
    invoiced = 0
    for number, part in enumerate(parts):
        last = closes and number == len(parts) - 1
        memory.apply(
            event("order.invoiced", 2 + number, invoice_id=f"I-{number}", amount=part, closes_order=last)
        )
        invoiced += int(part.replace(".", ""))
        left = 0 if last else max(0, 30_000 - invoiced)
        assert memory.account().exposure == invoiced + left


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (_invoice(1, 100), _invoice(1, 101), "data.invoice_id"),
        (_pay(1, 100), _pay(1, 101), "data.payment_id"),
        (event("order.placed", 1), event("order.placed", 2, amount="1.00"), "data.order_id"),
        (event("order.returned", 1), event("order.returned", 2, amount="1.00"), "data.return_id"),
    ],
)
def test_the_same_id_with_another_content_is_refused_and_with_the_same_is_nothing(
    first: Any, second: Any, field: str
) -> None:
    memory = Memory()
    memory.apply(first)
    before = copy.deepcopy(memory.account())
    assert memory.apply(first) == []
    assert memory.apply(second) == []
    assert [refused.error.field for refused in memory.refused] == [field]
    assert memory.account() == before


def test_another_currency_is_refused_once_there_is_one() -> None:
    memory = Memory()
    memory.apply(
        _invoice(1, 100), _invoice(2, 100, currency="USD"), event("payment.received", 3, currency="USD")
    )
    assert [refused.error.field for refused in memory.refused] == ["data.currency", "data.currency"]
