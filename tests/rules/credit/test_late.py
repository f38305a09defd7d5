"""In whatever order and however often documents come: the books end as if each had come once, in its time."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from services.credit.rules.context import Context
from services.credit.rules.decisions import decide_held_again
from services.credit.rules.entries import Reallocated
from services.credit.rules.policy import Policy
from tests.rules.credit import invariants as check
from tests.rules.credit import late
from tests.rules.credit.late import Step, deliver_and_retry, entries_of, history_of
from tests.services.credit.events import DAY, event, partition
from tests.services.credit.memory import Memory

ALL_HELD = st.booleans()
"""Every order on account is held, or none is, whatever else is known."""


def _delivered(data: st.DataObject, events: Sequence[Event[Any]]) -> list[Event[Any]]:
    repeated = [one for one in events for _ in range(data.draw(st.integers(1, 5)))]
    return late.shuffled(repeated, data.draw(st.permutations(repeated)))


def _checked(memory: Memory) -> Memory:
    check.check_account(memory.account())
    check.check_money(memory.account())
    check.check_journal(memory)
    return memory


@settings(max_examples=400, deadline=None)
@given(
    late.steps(days=False),
    ALL_HELD,
    st.data(),
)
def test_any_order_and_any_number_of_deliveries_end_alike(
    steps: list[Step], all_held: bool, data: st.DataObject
) -> None:
    history = history_of(steps, on_hold=all_held)
    memory = history.opened()
    deliver_and_retry(memory, _delivered(data, history.events))
    assert late.books(_checked(memory)) == late.books(history.in_time)
    assert entries_of(history.in_time, Reallocated) == []


@settings(max_examples=400, deadline=None)
@given(late.steps(), ALL_HELD, st.data())
def test_days_that_pass_in_between_change_only_when_something_was_booked(
    steps: list[Step], all_held: bool, data: st.DataObject
) -> None:
    history = history_of(steps, on_hold=all_held)
    memory = history.opened()
    deliver_and_retry(memory, _delivered(data, history.events))
    assert late.books(_checked(memory), booked=False) == late.books(history.in_time, booked=False)


@settings(max_examples=400, deadline=None)
@given(late.steps(), st.integers(0, 40_000), st.data())
def test_where_decisions_depend_on_what_is_known_all_else_ends_alike(
    steps: list[Step], limit: int, data: st.DataObject
) -> None:
    history = history_of(steps, limit=late.text(limit), overdue={"max_items": 0})
    memory = history.opened()
    deliver_and_retry(memory, _delivered(data, history.events))
    compared = {"decided": False, "booked": False}
    assert late.books(_checked(memory), **compared) == late.books(history.in_time, **compared)
    # An approval stands, but no order is held that would pass now.
    context = Context("test/now", "", memory.days.get(partition("C-1"), DAY), Policy())
    assert list(decide_held_again(memory.account(), context, "")) == []


def test_an_older_invoice_that_comes_late_gets_the_money_it_would_have_got() -> None:
    memory = Memory()
    memory.apply(
        event("order.invoiced", 2, invoice_id="I-2", order_id=None, amount="80.00", due_on=DAY),
        event("payment.received", 3, payment_id="P-1", amount="100.00"),
    )
    before = DAY - timedelta(days=9)
    _, correction = memory.apply(
        event("order.invoiced", 1, invoice_id="I-1", order_id=None, amount="90.00", due_on=before)
    )
    assert isinstance(correction, Reallocated)
    assert [(a.invoice, a.amount) for a in correction.allocations] == [("I-2", -70_00), ("I-1", 70_00)]
    account = memory.account()
    assert {i.invoice_id: i.open for i in account.items.values()} == {"I-1": 0, "I-2": 70_00}
    assert account.unapplied == 0


def _with_write_off(*, place: int) -> Memory:
    """Two invoices, a bounced payment between others, and a write-off that happened before any money came."""
    written_off = event(
        "receivable.written_off", 3, write_off_id="W-1", invoice_id="I-1", amount="20.00", reason="damaged"
    )
    others = [
        event("order.invoiced", 1, invoice_id="I-1", order_id=None, amount="100.00", due_on=DAY),
        event(
            "order.invoiced", 2, invoice_id="I-2", order_id=None, amount="60.00", due_on=DAY + timedelta(9)
        ),
        event("payment.received", 4, payment_id="P-1", amount="100.00"),
        event("payment.received", 5, payment_id="P-2", amount="50.00"),
        event("payment.reversed", 6, payment_id="P-1"),
    ]
    memory = Memory()
    memory.apply(*others[:place], written_off, *others[place:])
    return memory


def test_a_write_off_that_comes_late_is_followed_by_a_correction() -> None:
    in_time, afterwards = _with_write_off(place=2), _with_write_off(place=5)
    assert {i: item.open for i, item in in_time.account().items.items()} == {"I-1": 70_00, "I-2": 20_00}
    assert late.books(afterwards) == late.books(in_time)


OF = {"order_id": "O-1"}
PLACED = ("order.placed", {**OF, "amount": "3.00", "promised_on": DAY})
INVOICED = ("order.invoiced", {**OF, "invoice_id": "I-1", "amount": "3.00", "due_on": DAY})
PART = ("order.invoiced", {**OF, "invoice_id": "I-2", "amount": "1.00", "due_on": DAY})
SHIPPED = ("order.shipped", {**OF, "shipment_id": "S-1", "amount": "1.00"})
CANCELLED = ("order.cancelled", OF)
GROWN = ("order.amended", {**OF, "amount": "5.00", "revision": 2})
SHRUNK = ("order.amended", {**OF, "amount": "1.00", "revision": 1, "promised_on": DAY + timedelta(days=1)})
PAID = ("payment.received", {"payment_id": "P-1", "amount": "3.00"})
BOUNCED = ("payment.reversed", {"payment_id": "P-1"})
PAID_AGAIN = ("payment.received", {"payment_id": "P-2", "amount": "2.00"})


@pytest.mark.parametrize("all_held", [False, True])
@pytest.mark.parametrize(
    "steps",
    [
        [PLACED, INVOICED, GROWN, SHRUNK],
        [PLACED, INVOICED, CANCELLED, GROWN],
        [PLACED, SHIPPED, PART, CANCELLED, INVOICED],
        [PLACED, SHRUNK, SHIPPED, PART, GROWN],
        [PLACED, INVOICED, PAID, PART, PAID_AGAIN, BOUNCED],
    ],
)
def test_every_order_of_a_few_documents_ends_alike(steps: list[Step], all_held: bool) -> None:
    history = history_of(steps, on_hold=all_held)
    assert len(history.events) == len(steps)
    for delivered in permutations(history.events):
        memory = history.opened()
        deliver_and_retry(memory, delivered)
        assert late.books(memory) == late.books(history.in_time), [one.type for one in delivered]
