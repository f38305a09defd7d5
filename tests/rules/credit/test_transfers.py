"""Money and invoices that move between customers: nothing is made or lost, whatever comes when."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from services.credit.rules.entries import Decided
from tests.rules.credit import invariants as check
from tests.services.credit.events import DAY, event
from tests.services.credit.memory import Memory

LATER = DAY + timedelta(days=20)


def _memory() -> Memory:
    memory = Memory()
    for customer in ("C-1", "C-2"):
        memory.apply(
            event("terms.set", -10, f"t-{customer}", customer_id=customer, limit="500.00", overdue={})
        )
    return memory


def money(minute: float, amount: str, number: int = 1) -> tuple[Event[Any], Event[Any]]:
    """Both sides of a transfer of money from C-1 to C-2."""
    fields = {"transfer_id": f"T-{number}", "amount": amount}
    return (
        event("payment.transferred_out", minute, f"out-{number}", to_customer_id="C-2", **fields),
        event(
            "payment.transferred_in",
            minute,
            f"in-{number}",
            customer_id="C-2",
            from_customer_id="C-1",
            **fields,
        ),
    )


def receivable(
    minute: float, amount: str, invoice: str = "I-1", number: int = 1
) -> tuple[Event[Any], Event[Any]]:
    """Both sides of an invoice of C-1's that C-2 takes over."""
    fields = {"transfer_id": f"T-{number}", "amount": amount, "invoice_id": invoice}
    days = {"issued_on": DAY, "due_on": LATER}
    return (
        event("receivable.transferred_out", minute, f"out-{number}", to_customer_id="C-2", **fields),
        event(
            "receivable.transferred_in",
            minute,
            f"in-{number}",
            customer_id="C-2",
            from_customer_id="C-1",
            **fields,
            **days,
        ),
    )


def _invoice(minute: float, amount: str, customer: str = "C-1", invoice: str = "I-1") -> Event[Any]:
    fields: dict[str, Any] = {
        "customer_id": customer,
        "invoice_id": invoice,
        "order_id": None,
        "due_on": LATER,
    }
    return event("order.invoiced", minute, amount=amount, **fields)


def _figures(memory: Memory, customer: str) -> tuple[int, int]:
    account = memory.account(customer)
    return account.invoiced, account.unapplied


def test_money_in_hand_goes_to_the_other_customer_and_pays_there() -> None:
    memory = _memory()
    memory.apply(event("payment.received", 1, amount="100.00"), _invoice(2, "30.00", "C-2"))
    memory.apply(*money(3, "80.00"))
    assert memory.refused == []
    assert (_figures(memory, "C-1"), _figures(memory, "C-2")) == ((0, 20_00), (0, 50_00))
    for customer in ("C-1", "C-2"):
        account = memory.account(customer)
        check.check_account(account)
        check.check_money(account)
        # It is no invoice and no payment of theirs, so it says nothing about how they pay or trade.
        assert account.settled_items == (customer == "C-2")
    assert (memory.account("C-1").last_invoice_on, memory.account("C-2").last_payment_on) == (None, None)


def test_money_that_bounces_after_it_was_passed_on_is_owed_by_who_passed_it_on() -> None:
    memory = _memory()
    memory.apply(event("payment.received", 1, amount="100.00"), *money(2, "80.00"))
    memory.apply(event("payment.reversed", 3))
    assert (_figures(memory, "C-1"), _figures(memory, "C-2")) == ((80_00, 0), (0, 80_00))
    memory.apply(event("payment.received", 4, payment_id="P-2", amount="80.00"))
    assert _figures(memory, "C-1") == (0, 0)


def test_an_invoice_is_taken_over_and_stays_due_when_it_was() -> None:
    memory = _memory()
    memory.apply(_invoice(1, "100.00"), event("payment.received", 2, customer_id="C-2", amount="25.00"))
    memory.apply(*receivable(3, "60.00"))
    assert (_figures(memory, "C-1"), _figures(memory, "C-2")) == ((40_00, 0), (35_00, 0))
    item = memory.account("C-2").items["transfer:T-1"]
    assert (item.amount, item.open, item.due_on) == (60_00, 35_00, LATER)


def test_held_orders_of_whom_it_makes_room_for_are_decided_again() -> None:
    memory = _memory()
    memory.apply(_invoice(1, "450.00"), event("order.placed", 2, amount="200.00"))
    made = memory.apply(*receivable(3, "200.00"))
    released = [entry for entry in made if isinstance(entry, Decided)]
    assert [(e.order, e.outcome, e.trigger) for e in released] == [("O-1", "approved", "transfer T-1")]
    memory.apply(event("order.placed", 4, order_id="O-2", customer_id="C-2", amount="400.00"))
    memory.apply(event("payment.received", 5, amount="350.00", payment_id="P-9"))
    made = memory.apply(*money(6, "100.00", 2))
    assert [entry.order for entry in made if isinstance(entry, Decided)] == ["O-2"]


@pytest.mark.parametrize(
    ("sides", "field"),
    [
        (money(3, "20.01"), "data.amount"),
        (money(3, "0.00"), "data.amount"),
        (receivable(3, "50.01"), "data.amount"),
        (receivable(3, "1.00", "I-9"), "data.invoice_id"),
    ],
)
def test_more_than_there_is_is_refused(sides: tuple[Event[Any], Event[Any]], field: str) -> None:
    memory = _memory()
    memory.apply(_invoice(0, "50.00"))
    parts = [{"invoice_id": "I-7", "amount": "80.00"}]
    memory.apply(event("payment.received", 1, amount="100.00", allocations=parts))
    before = copy.deepcopy(memory.account())
    assert memory.apply(sides[0]) == []
    assert [refused.error.field for refused in memory.refused] == [field]
    assert memory.account() == before


def test_a_side_comes_once_and_means_one_thing() -> None:
    memory = _memory()
    memory.apply(event("payment.received", 1, amount="100.00"), _invoice(2, "10.00", "C-2", "I-2"))
    memory.apply(*money(3, "40.00"))
    assert memory.apply(*money(4, "40.00")) == []
    assert memory.refused == []
    assert memory.apply(*money(5, "41.00")) == []
    memory.apply(event("payment.transferred_out", 6, transfer_id="T-5", to_customer_id="C-1", amount="1.00"))
    fields = [refused.error.field for refused in memory.refused]
    assert fields == ["data.transfer_id", "data.transfer_id", "data.customer_id"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_both_customers_owe_together_is_what_came_and_went(data: st.DataObject) -> None:
    memory, expected, bounced = _memory(), 0, set[int]()
    amounts: dict[int, int] = {}
    for number in range(data.draw(st.integers(3, 12))):
        minor = data.draw(st.integers(1, 20_000))
        text = f"{minor // 100}.{minor % 100:02}"
        what = data.draw(st.sampled_from(["invoice", "paid", "bounced", "money", "money", "receivable"]))
        customer = data.draw(st.sampled_from(["C-1", "C-2"]))
        if what == "invoice":
            memory.apply(_invoice(number, text, customer, f"I-{number}"))
            expected += minor
        elif what == "paid":
            memory.apply(
                event("payment.received", number, customer_id=customer, payment_id=f"P-{number}", amount=text)
            )
            amounts[number] = minor
            expected -= minor
        elif what == "bounced" and amounts:
            bad = data.draw(st.sampled_from(sorted(amounts)))
            owner = next(c for c, a in memory.accounts.items() if f"payment:P-{bad}" in a.credits)
            memory.apply(event("payment.reversed", number, customer_id=owner, payment_id=f"P-{bad}"))
            expected += 0 if bad in bounced else amounts[bad]
            bounced.add(bad)
        elif what in ("money", "receivable"):
            # As the API does: both sides, or none.
            out, in_ = (
                money(number, text, number)
                if what == "money"
                else receivable(
                    number, text, data.draw(st.sampled_from([f"I-{n}" for n in range(6)])), number
                )
            )
            if memory.apply(out):
                memory.apply(in_)
        for account in memory.accounts.values():
            check.check_account(account)
            check.check_money(account)
        assert sum(account.exposure for account in memory.accounts.values()) == expected
    check.check_journal(memory)
