"""Documents in several currencies in any mixture and any order: sums of what each is worth, and the same in the end."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from services.credit.rules.state import Account
from tests.rules.credit import invariants as check
from tests.services.credit.events import DAY, event
from tests.services.credit.memory import Memory

DECIMALS = {"CNY": 2, "USD": 2, "JPY": 0, "KWD": 3}


def _text(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-DECIMALS[currency]):f}"


def _fen(amount: str, rate: str) -> int:
    """What an amount is worth in the account's minor units, by the decimal module."""
    return int((Decimal(amount) * Decimal(rate)).quantize(Decimal("0.01"), ROUND_HALF_EVEN).scaleb(2))


def _memory() -> Memory:
    memory = Memory()
    memory.apply(event("terms.set", -10, "terms", limit=None, overdue={}))
    return memory


CURRENCIES = st.sampled_from(["CNY", "USD", "USD", "JPY", "KWD"])
RATES = {
    "CNY": st.none(),
    "USD": st.sampled_from(["7.1234", "7.0", "7.25"]),
    "JPY": st.sampled_from(["0.0485", "0.05"]),
    "KWD": st.sampled_from(["23.4567", "23"]),
}


@st.composite
def _document(draw: st.DrawFn, number: int, types: Sequence[str]) -> tuple[str, dict[str, Any]]:
    type_, currency = draw(st.sampled_from(types)), draw(CURRENCIES)
    minor = draw(st.one_of(st.integers(1, 9), st.integers(1, 20_000)))
    fields: dict[str, Any] = {"currency": currency, "amount": _text(minor, currency)}
    fields["exchange_rate"] = draw(RATES[currency])
    if type_ == "order.invoiced":
        due = DAY + timedelta(days=draw(st.integers(-30, 30)))
        return type_, fields | {"invoice_id": f"I-{number}", "order_id": None, "due_on": due}
    if type_ == "order.placed":
        return type_, fields | {"order_id": f"O-{number}"}
    if type_ == "order.returned":
        invoice = draw(st.one_of(st.none(), st.integers(0, 9).map("I-{}".format)))
        return type_, fields | {"return_id": f"R-{number}", "invoice_id": invoice}
    if type_ == "payment.reversed":
        return type_, {"payment_id": f"P-{draw(st.integers(0, 9))}"}
    parts = draw(st.dictionaries(st.integers(0, 9), st.integers(1, minor), max_size=2))
    if sum(parts.values()) > minor:
        parts = {}
    named = [{"invoice_id": f"I-{n}", "amount": _text(part, currency)} for n, part in parts.items()]
    return type_, fields | {"payment_id": f"P-{number}", "allocations": named}


IN_ORDER = ("order.invoiced", "order.invoiced", "payment.received", "order.returned", "order.placed")


def _histories(types: Sequence[str]) -> st.SearchStrategy[list[Event[Any]]]:
    def events(documents: list[tuple[str, dict[str, Any]]]) -> list[Event[Any]]:
        return [event(type_, n, f"e-{n}", **fields) for n, (type_, fields) in enumerate(documents)]

    return st.integers(2, 10).flatmap(
        lambda length: st.tuples(*(_document(n, types) for n in range(length))).map(list).map(events)
    )


@settings(max_examples=300, deadline=None)
@given(_histories((*IN_ORDER, "payment.reversed")))
def test_the_account_owes_what_its_documents_are_worth(history: list[Event[Any]]) -> None:
    memory = _memory()
    for one in history:
        memory.apply(one)
        check.check_account(memory.account())
        check.check_money(memory.account())
    assert memory.refused == []
    account, expected, bounced = memory.account(), 0, set()
    bounced = {one.data.payment_id for one in history if one.type == "payment.reversed"}
    for one in history:
        if one.type == "payment.reversed":
            continue
        value = _fen(one.data.amount, one.data.exchange_rate or "1")
        if one.type in ("order.invoiced", "order.placed"):
            expected += value
        elif getattr(one.data, "payment_id", None) not in bounced:
            expected -= value
    realised = sum(credit.exchange for credit in account.credits.values() if not credit.reversed)
    assert account.exposure == expected - realised
    check.check_journal(memory)


def _books(account: Account) -> dict[str, Any]:
    return {
        "exposure": (account.open_orders, account.shipped, account.invoiced, account.unapplied),
        "overdue": (account.overdue_amount, account.overdue_items, account.oldest_overdue, account.next_due),
        "invoices": {i.invoice_id: (i.amount, i.open, i.overdue) for i in account.items.values()},
        "credits": {
            c.credit_id: (c.amount, c.remaining, c.exchange, c.intents) for c in account.credits.values()
        },
    }


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_order_and_any_number_of_deliveries_end_alike(data: st.DataObject) -> None:
    history = data.draw(_histories(IN_ORDER))
    delivered = data.draw(
        st.permutations([one for one in history for _ in range(data.draw(st.integers(1, 3)))])
    )
    in_time, shuffled = _memory(), _memory()
    in_time.apply(*history)
    shuffled.apply(*delivered)
    assert in_time.refused == shuffled.refused == []
    assert _books(shuffled.account()) == _books(in_time.account())
    assert not any(row[2] == "reallocated" for row in in_time.working.journal)
    check.check_journal(shuffled)
