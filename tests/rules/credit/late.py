"""Histories in which every document occurs once, and their delivery in any order, any number of times."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from contracts.envelope import Event
from services.credit.books import books_of_account, hash_of_books
from services.credit.rules.entries import AnyEntry, decode_entry
from services.kit.records import event_key
from tests.services.credit.events import DAY, event, partition
from tests.services.credit.memory import Memory

MINOR = st.one_of(st.sampled_from([100, 200, 300, 400]), st.integers(1, 30_000))
"""Few amounts, so that orders are invoiced in full and invoices paid to the cent; and any."""
NUMBERS = st.integers(1, 6)
ORDERS = st.integers(1, 2)
IN_PLACE = ("clock.day_started", "terms.set", "terms.risk_class_set")
"""What keeps its place: days go on one by one, and what finance sets comes from one source, in order."""

Step = tuple[str, dict[str, Any]]


def text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


@st.composite
def _order(draw: st.DrawFn, type_: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"order_id": f"O-{draw(ORDERS)}"}
    if type_ != "order.cancelled":
        fields["amount"] = text(draw(st.one_of(MINOR, st.just(0))))
    if type_ in ("order.placed", "order.amended"):
        fields["promised_on"] = draw(st.sampled_from([None, DAY, DAY + timedelta(days=9)]))
    if type_ == "order.placed":
        fields["payment_method"] = draw(st.sampled_from(["account", "account", "prepaid"]))
    if type_ == "order.amended":
        fields["revision"] = draw(st.integers(1, 3))
    if type_ == "order.shipped":
        fields["shipment_id"] = f"S-{draw(NUMBERS)}"
    return fields


@st.composite
def _invoice(draw: st.DrawFn) -> dict[str, Any]:
    due = DAY + timedelta(days=draw(st.integers(-40, 40)))
    order = draw(st.one_of(st.none(), ORDERS.map("O-{}".format)))
    closes = order is not None and draw(st.sampled_from([False, False, False, True]))
    return {
        "invoice_id": f"I-{draw(NUMBERS)}",
        "order_id": order,
        "amount": text(draw(MINOR)),
        "due_on": due,
        "closes_order": closes,
    }


@st.composite
def _payment(draw: st.DrawFn) -> dict[str, Any]:
    named = draw(st.dictionaries(NUMBERS, st.integers(1, 10_000), max_size=2))
    parts = [{"invoice_id": f"I-{n}", "amount": text(part)} for n, part in named.items()]
    amount = max(draw(MINOR), sum(named.values()))
    return {"payment_id": f"P-{draw(NUMBERS)}", "amount": text(amount), "allocations": parts}


@st.composite
def _returned(draw: st.DrawFn) -> dict[str, Any]:
    invoice = draw(st.sampled_from([None, "I-1", "I-2"]))
    return {"return_id": f"R-{draw(NUMBERS)}", "invoice_id": invoice, "amount": text(draw(MINOR))}


@st.composite
def _written_off(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "write_off_id": f"W-{draw(NUMBERS)}",
        "invoice_id": f"I-{draw(NUMBERS)}",
        "amount": text(draw(MINOR)),
    }


DOCUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    **{f"order.{what}": _order(f"order.{what}") for what in ("placed", "amended", "cancelled", "shipped")},
    "order.invoiced": _invoice(),
    "order.returned": _returned(),
    "payment.received": _payment(),
    "payment.reversed": NUMBERS.map(lambda n: {"payment_id": f"P-{n}"}),
    "receivable.written_off": _written_off(),
}
SET: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "clock.day_started": st.integers(1, 20).map(lambda days: {"days": days}),
    "terms.set": st.sampled_from([0, 5, 30]).map(lambda days: {"grace_days": days}),
    "terms.risk_class_set": st.sampled_from("AB").map(lambda name: {"risk_class": name}),
}
OF_ORDERS = [type_ for type_ in DOCUMENTS if type_.startswith("order.") and type_ != "order.returned"] + [
    "order.placed"
]
OF_MONEY = (
    [type_ for type_ in DOCUMENTS if type_ not in OF_ORDERS]
    + ["order.invoiced"] * 3
    + ["payment.received"] * 2
)


@st.composite
def step(draw: st.DrawFn, *types: str) -> Step:
    """One thing that happens."""
    type_ = draw(st.sampled_from(types))
    return type_, draw({**DOCUMENTS, **SET}[type_])


@st.composite
def steps(draw: st.DrawFn, *, days: bool = True) -> list[Step]:
    """What happens to a few orders, to money, or to both: where only one of them moves, more of it meets."""
    about = draw(st.sampled_from([OF_ORDERS, OF_MONEY, OF_ORDERS + OF_MONEY]))
    return draw(st.lists(step(*about, *(SET if days else ())), min_size=8, max_size=20))


class History:
    """What happens, in order, a minute apart: every document once, and nothing that is refused in its own time.

    Attributes:
        terms: what the account is granted, before everything else; every order on account is held if ``on_hold``.
        in_time: the rules after everything has come in its time.
    """

    def __init__(self, *, on_hold: bool = False, **terms: Any) -> None:
        self.on_hold = on_hold
        self.terms: dict[str, Any] = {"limit": None, "overdue": {}, **terms}
        self.events: list[Event[Any]] = []
        self.in_time = self.opened()
        self.day = DAY
        self._once: set[tuple[Any, ...]] = set()
        self._minute = 0

    def opened(self) -> Memory:
        """An account that has its terms, and nothing else."""
        memory = Memory()
        deliver(memory, [event("terms.set", -10, "opening", **self.terms)])
        if self.on_hold:
            deliver(memory, [event("terms.hold_placed", -9, "hold")])
        return memory

    def happens(self, type_: str, fields: dict[str, Any]) -> list[Event[Any]]:
        """Let something happen; return its event, or none if it was there already or cannot be."""
        if type_ not in SET and not self._is_new(type_, fields):
            return []
        if type_ == "receivable.written_off":
            fields = self._within_what_is_open(fields)
        self._minute += 1
        minute = (self.day - DAY).days * 1440 + self._minute
        if type_ == "clock.day_started":
            self.day += timedelta(days=fields["days"])
            fields = {"day": self.day, "partition": partition("C-1")}
        elif type_ == "terms.set":
            fields = {**self.terms, **fields}
        made = event(type_, minute, f"e-{self._minute}", **fields)
        if deliver(self.in_time, [made]):
            return []
        self.events.append(made)
        return [made]

    def _within_what_is_open(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Finance gives up what is open, or it would be refused."""
        owed = sorted((i.invoice_id, i.open) for i in self.in_time.account().items.values() if i.open)
        if not owed:
            return fields
        invoice_id, open_ = owed[int(fields["invoice_id"][2:]) % len(owed)]
        asked = int(fields["amount"].replace(".", ""))
        return {**fields, "invoice_id": invoice_id, "amount": text(min(asked, open_))}

    def _is_new(self, type_: str, fields: dict[str, Any]) -> bool:
        own: tuple[str, ...] = (
            "shipment_id",
            "invoice_id",
            "return_id",
            "payment_id",
            "write_off_id",
            "order_id",
        )
        if type_ == "order.returned":
            own = ("return_id",)
        if type_ == "receivable.written_off":
            own = ("write_off_id",)
        name = next(name for name in own if name in fields)
        key = (type_, fields[name], fields.get("revision"))
        new = key not in self._once
        self._once.add(key)
        return new


def history_of(steps: Sequence[Step], *, on_hold: bool = False, **terms: Any) -> History:
    history = History(on_hold=on_hold, **terms)
    for one in steps:
        history.happens(*one)
    return history


def deliver(memory: Memory, events: Iterable[Event[Any]]) -> list[Event[Any]]:
    """Apply events whose receipts are not in the journal yet; return those that were refused."""
    refused = []
    for one in events:
        receipts = {row[4] for row in memory.working.journal}
        before = len(memory.refused)
        if one.type == "clock.day_started" or receipt(one) not in receipts:
            memory.apply(one)
        if len(memory.refused) > before:
            refused.append(one)
    return refused


def receipt(one: Event[Any]) -> bytes:
    return event_key(one.producer, one.id)


def deliver_and_retry(memory: Memory, events: Iterable[Event[Any]]) -> None:
    """Apply events, then what was refused once more, as an operator does with dead letters, until nothing is."""
    waiting = deliver(memory, events)
    while waiting:
        still = deliver(memory, sorted(waiting, key=lambda one: one.occurred_at))
        assert len(still) < len(waiting), [memory.refused[-1].error.reason]
        waiting = still


def shuffled(events: Sequence[Event[Any]], permutation: Sequence[Event[Any]]) -> list[Event[Any]]:
    """The permutation, with what keeps its place in its own order."""
    in_place = iter([one for one in events if one.type in IN_PLACE])
    return [next(in_place) if one.type in IN_PLACE else one for one in permutation]


def books(memory: Memory, *, decided: bool = True, booked: bool = True) -> str:
    return hash_of_books([books_of_account(memory.account())], decided=decided, booked=booked)


def entries_of(memory: Memory, kind: type[AnyEntry]) -> list[AnyEntry]:
    found = [decode_entry(row[6]) for row in memory.working.journal]
    return [entry for entry in found if isinstance(entry, kind)]
