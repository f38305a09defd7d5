"""Histories of one customer for hypothesis: events of every kind over a handful of documents."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from contracts.envelope import Event
from tests.services.credit.events import DAY, PARTITIONS, event

MONEY = st.integers(0, 40_000).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
LIMITS = st.one_of(st.none(), st.just("0.00"), MONEY)
NUMBERS = st.integers(1, 4)
SOON = st.integers(-20, 40).map(lambda days: DAY + timedelta(days=days))
METHODS = st.sampled_from(["account", "account", "account", "prepaid"])
MAYBE = st.booleans()


def _order(number: int) -> str:
    return f"O-{number}"


@st.composite
def _placed(draw: st.DrawFn) -> dict[str, Any]:
    return {"order_id": _order(draw(NUMBERS)), "amount": draw(MONEY), "payment_method": draw(METHODS)}


@st.composite
def _amended(draw: st.DrawFn) -> dict[str, Any]:
    return {"order_id": _order(draw(NUMBERS)), "amount": draw(MONEY), "revision": draw(st.integers(1, 4))}


@st.composite
def _of_order(draw: st.DrawFn) -> dict[str, Any]:
    return {"order_id": _order(draw(NUMBERS))}


@st.composite
def _shipped(draw: st.DrawFn) -> dict[str, Any]:
    return {"order_id": _order(draw(NUMBERS)), "amount": draw(MONEY)}


@st.composite
def _invoiced(draw: st.DrawFn) -> dict[str, Any]:
    order = draw(st.one_of(st.none(), NUMBERS.map(_order)))
    fields = {"invoice_id": f"I-{draw(st.integers(1, 6))}", "order_id": order, "amount": draw(MONEY)}
    return {**fields, "due_on": draw(st.one_of(st.none(), SOON)), "closes_order": draw(MAYBE)}


@st.composite
def _returned(draw: st.DrawFn) -> dict[str, Any]:
    invoice = draw(st.one_of(st.none(), NUMBERS.map("I-{}".format)))
    return {"return_id": f"R-{draw(NUMBERS)}", "invoice_id": invoice, "amount": draw(MONEY)}


@st.composite
def _paid(draw: st.DrawFn) -> dict[str, Any]:
    amount = draw(st.integers(0, 40_000))
    fields: dict[str, Any] = {"payment_id": f"P-{draw(NUMBERS)}", "amount": _text(amount)}
    if draw(MAYBE):
        parts = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 20_000)), max_size=3))
        fields["allocations"] = [{"invoice_id": f"I-{n}", "amount": _text(part)} for n, part in parts]
    return fields


@st.composite
def _of_payment(draw: st.DrawFn) -> dict[str, Any]:
    return {"payment_id": f"P-{draw(NUMBERS)}"}


@st.composite
def _terms(draw: st.DrawFn) -> dict[str, Any]:
    overdue = draw(st.sampled_from([None, {"max_items": 0}, {"max_amount": "50.00", "max_days": 5}]))
    grace, largest = draw(st.sampled_from([0, 0, 5])), draw(st.sampled_from([None, "150.00"]))
    return {"limit": draw(LIMITS), "grace_days": grace, "overdue": overdue, "single_order_max": largest}


@st.composite
def _temporary(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(SOON)
    return {
        "limit": draw(LIMITS),
        "from_day": first,
        "until_day": first + timedelta(days=draw(st.integers(0, 9))),
    }


@st.composite
def _written_off(draw: st.DrawFn) -> dict[str, Any]:
    amount = draw(st.one_of(st.just("10.00"), MONEY))
    return {
        "write_off_id": f"W-{draw(NUMBERS)}",
        "invoice_id": f"I-{draw(st.integers(1, 6))}",
        "amount": amount,
        "reason": "uncollectable",
    }


_NOTHING = st.just(dict[str, Any]())
_DAYS = st.integers(1, 12).map(lambda days: {"days": days})

STEPS: dict[str, Callable[[], st.SearchStrategy[dict[str, Any]]]] = {
    "order.placed": _placed,
    "order.amended": _amended,
    "order.cancelled": _of_order,
    "order.shipped": _shipped,
    "order.invoiced": _invoiced,
    "order.returned": _returned,
    "payment.received": _paid,
    "payment.reversed": _of_payment,
    "receivable.written_off": _written_off,
    "terms.set": _terms,
    "terms.temporary_limit_granted": _temporary,
    "terms.risk_class_set": lambda: st.sampled_from("ABCD").map(lambda name: {"risk_class": name}),
    "terms.hold_placed": lambda: _NOTHING,
    "terms.hold_lifted": lambda: _NOTHING,
    "terms.order_release_ruled": _of_order,
    "terms.order_rejection_ruled": _of_order,
    "customer.blacklisted": lambda: _NOTHING,
    "customer.blacklist_lifted": lambda: _NOTHING,
    "clock.day_started": lambda: _DAYS,
}


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


@st.composite
def step(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """One thing that happens: an event type and the fields that matter."""
    # Orders, invoices and payments are what most of life is about.
    type_ = draw(
        st.sampled_from([*STEPS, "order.placed", "order.placed", "order.invoiced", "payment.received"])
    )
    return type_, draw(STEPS[type_]())


HISTORIES = st.lists(step(), min_size=1, max_size=25)


class Calendar:
    """Turns steps into events, one minute after another, with days that go on."""

    def __init__(self) -> None:
        self.day = DAY
        self._number = 0

    def events(self, type_: str, fields: dict[str, Any]) -> list[Event[Any]]:
        self._number += 1
        minute = (self.day - DAY).days * 1440 + self._number
        if type_ != "clock.day_started":
            return [event(type_, minute, f"e-{self._number}", **fields)]
        self.day += timedelta(days=fields["days"])
        minute = (self.day - DAY).days * 1440 + self._number
        return [
            event(type_, minute, f"day-{self.day}-{place}", day=self.day, partition=place)
            for place in range(PARTITIONS)
        ]
