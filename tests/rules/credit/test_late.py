"""In whatever order and however often documents come: the books end as if each had come once, in its time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from services.credit.rules.entries import Reallocated
from services.credit.rules.state import Account
from tests.services.credit.events import DAY, event
from tests.services.credit.memory import Memory

MINOR = st.integers(1, 30_000)
NUMBERS = st.integers(1, 5)


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


@st.composite
def _invoice(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    number = draw(NUMBERS)
    due = DAY + timedelta(days=draw(st.integers(-40, 40)))
    fields = {"invoice_id": f"I-{number}", "order_id": None, "amount": _text(draw(MINOR)), "due_on": due}
    return "order.invoiced", fields


@st.composite
def _payment(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    minor = draw(MINOR)
    named = draw(st.dictionaries(NUMBERS, st.integers(1, 10_000), max_size=2))
    parts = [{"invoice_id": f"I-{n}", "amount": _text(part)} for n, part in named.items()]
    amount = max(minor, sum(named.values()))
    number = draw(NUMBERS)
    return "payment.received", {"payment_id": f"P-{number}", "amount": _text(amount), "allocations": parts}


@st.composite
def _returned(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    number = draw(NUMBERS)
    invoice = draw(st.sampled_from([None, "I-1", "I-2"]))
    return "order.returned", {"return_id": f"R-{number}", "invoice_id": invoice, "amount": _text(draw(MINOR))}


@st.composite
def _order(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    type_ = draw(st.sampled_from(["order.placed", "order.cancelled", "order.amended"]))
    fields: dict[str, Any] = {"order_id": f"O-{draw(NUMBERS)}"}
    if type_ != "order.cancelled":
        fields["amount"] = _text(draw(MINOR))
    if type_ == "order.amended":
        fields["revision"] = draw(st.integers(1, 3))
    return type_, fields


def _history(steps: Sequence[tuple[str, dict[str, Any]]]) -> list[Event[Any]]:
    """Events a minute apart, each document once, as a source that never repeats an id would send them."""
    once: dict[tuple[Any, ...], tuple[str, dict[str, Any]]] = {}
    for type_, fields in steps:
        ids = tuple(value for name, value in fields.items() if name.endswith("_id") and name != "invoice_id")
        once.setdefault((type_, fields.get("revision"), *ids, fields.get("invoice_id")), (type_, fields))
    # A return names an invoice besides its own id, a payment is one payment whatever it names.
    seen: set[tuple[str, Any]] = set()
    events = []
    for minute, (type_, fields) in enumerate(once.values()):
        own = next(iter(fields.values()))
        if type_ != "order.amended" and (type_, own) in seen:
            continue
        seen.add((type_, own))
        events.append(event(type_, minute, f"e-{minute}", **fields))
    return events


def _books(account: Account) -> dict[str, Any]:
    """What is owed and ordered, without the numbers of entries and versions, which tell in what order it came."""
    return {
        "exposure": (account.open_orders, account.shipped, account.invoiced, account.unapplied),
        "overdue": (account.overdue_amount, account.overdue_items, account.oldest_overdue, account.next_due),
        "orders": {
            o.order_id: (o.status, o.amount, o.remaining, o.invoiced) for o in account.orders.values()
        },
        "invoices": {i.invoice_id: (i.amount, i.open, i.due_on, i.overdue) for i in account.items.values()},
        "credits": {c.credit_id: (c.amount, c.remaining, c.intents) for c in account.credits.values()},
    }


def _after(events: Sequence[Event[Any]]) -> Memory:
    memory = Memory()
    memory.apply(event("terms.set", -10, "terms", limit=None, overdue={}))
    for one in events:
        memory.apply(one)
    assert memory.refused == []
    return memory


HISTORIES = st.lists(st.one_of(_invoice(), _payment(), _returned(), _order()), min_size=2, max_size=14).map(
    _history
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_order_and_any_number_of_deliveries_end_alike(data: st.DataObject) -> None:
    history = data.draw(HISTORIES)
    delivered = data.draw(
        st.permutations([one for one in history for _ in range(data.draw(st.integers(1, 5)))])
    )
    assert _books(_after(delivered).account()) == _books(_after(history).account())


def test_an_older_invoice_that_comes_late_gets_the_money_it_would_have_got() -> None:
    memory = _after(
        [
            event("order.invoiced", 2, invoice_id="I-2", order_id=None, amount="80.00", due_on=DAY),
            event("payment.received", 3, payment_id="P-1", amount="100.00"),
        ]
    )
    late = event(
        "order.invoiced", 1, invoice_id="I-1", order_id=None, amount="90.00", due_on=DAY - timedelta(days=9)
    )
    _, correction = memory.apply(late)
    assert isinstance(correction, Reallocated)
    assert [(a.invoice, a.amount) for a in correction.allocations] == [("I-2", -70_00), ("I-1", 70_00)]
    account = memory.account()
    assert {i.invoice_id: i.open for i in account.items.values()} == {"I-1": 0, "I-2": 70_00}
    assert account.unapplied == 0


def test_what_comes_in_its_time_is_never_corrected() -> None:
    memory = _after(
        [
            event("order.invoiced", 1, invoice_id="I-2", order_id=None, amount="80.00", due_on=DAY),
            event("payment.received", 2, payment_id="P-1", amount="100.00"),
            event(
                "order.invoiced",
                3,
                invoice_id="I-1",
                order_id=None,
                amount="90.00",
                due_on=DAY - timedelta(9),
            ),
        ]
    )
    assert not any(isinstance(entry, Reallocated) for entry in memory.account().money_log or ())


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
    return _after([*others[:place], written_off, *others[place:]])


def test_a_write_off_that_comes_late_is_followed_by_a_correction() -> None:
    in_time, late = _with_write_off(place=2), _with_write_off(place=5)
    assert {i: item.open for i, item in in_time.account().items.items()} == {"I-1": 70_00, "I-2": 20_00}
    assert _books(late.account()) == _books(in_time.account())


@st.composite
def _bounced(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    return "payment.reversed", {"payment_id": f"P-{draw(NUMBERS)}"}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    amounts=st.lists(st.integers(10_000, 30_000), min_size=2, max_size=4),
    steps=st.lists(st.one_of(_payment(), _bounced()), min_size=1, max_size=10),
    minor=st.integers(1, 2_000),
    place=st.integers(0, 10),
)
def test_a_write_off_may_come_at_any_time(
    amounts: list[int], steps: list[tuple[str, dict[str, Any]]], minor: int, place: int
) -> None:
    invoices: list[tuple[str, dict[str, Any]]] = [
        (
            "order.invoiced",
            {
                "invoice_id": f"I-{n}",
                "order_id": None,
                "amount": _text(amount),
                "due_on": DAY + timedelta(days=n),
            },
        )
        for n, amount in enumerate(amounts, 1)
    ]
    given_up = {"write_off_id": "W-1", "invoice_id": "I-1", "amount": _text(minor), "reason": "gone"}
    history = _history(
        [*invoices, *steps[:place], ("receivable.written_off", given_up), *steps[place:]],
    )
    late = [one for one in history if one.type != "receivable.written_off"]
    late += [one for one in history if one.type == "receivable.written_off"]
    in_time, afterwards = Memory(), Memory()
    in_time.apply(*history)
    afterwards.apply(*late)
    # Whether that much is still open to give up depends on what was paid when it is reported.
    assume(in_time.refused == afterwards.refused == [])
    assert _books(afterwards.account()) == _books(in_time.account())
