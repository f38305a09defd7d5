"""The dry run against brute force: every set of invoices is really paid and the order really placed."""

import copy
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events.orders import OrderInvoiced, OrderPlaced
from contracts.events.payments import Allocation, PaymentReceived
from contracts.events.terms import OverdueThresholds, TermsSet
from contracts.money import decimal_string
from services.credit.rules import orders, receivables, terms
from services.credit.rules.context import Context
from services.credit.rules.dry_run import DryRun, dry_run
from services.credit.rules.evolve import evolve
from services.credit.rules.fewest import Group, Search, least_of
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account

TODAY = date(2026, 3, 31)
START = datetime(2026, 3, 31, 9, tzinfo=UTC)
POLICY = Policy()


def money(minor: int) -> str:
    return decimal_string(minor, "CNY")


def account_with(
    *,
    limit: int | None,
    invoices: list[tuple[int, int]],
    held: list[int] = (),  # type: ignore[assignment]
    overdue: OverdueThresholds | None = None,
    single: int | None = None,
    grace_days: int = 0,
) -> Account:
    """Make an account by events: ``invoices`` are (amount, days past due)."""
    account = Account("C-1", "CNY")
    given_terms: dict[str, Any] = {
        "customer_id": "C-1",
        "currency": "CNY",
        "term_days": 30,
        "limit": None if limit is None else money(limit),
        "single_order_max": None if single is None else money(single),
        "overdue": overdue,
        "grace_days": grace_days,
    }
    apply(account, terms.terms_set(account, TermsSet(**given_terms), context()))
    for number, (amount, days) in enumerate(invoices):
        invoice = OrderInvoiced(
            invoice_id=f"I-{number:02}",
            customer_id="C-1",
            currency="CNY",
            amount=money(amount),
            issued_on=TODAY - timedelta(days=days + 30),
            due_on=TODAY - timedelta(days=days),
            lines=[],
        )
        apply(account, receivables.invoiced(account, invoice, context()))
    for number, amount in enumerate(held):
        apply(account, orders.placed(account, order(f"H-{number}", amount), context(number)))
    return account


def context(second: int = 0) -> Context:
    at = (START + timedelta(seconds=second)).isoformat(timespec="microseconds")
    return Context(f"test/{second}", at, TODAY, POLICY)


def apply(account: Account, entries: Iterator[Any]) -> list[Any]:
    applied = []
    for entry in entries:
        evolve(account, entry)
        applied.append(entry)
    return applied


def order(order_id: str, amount: int, method: Any = "account") -> OrderPlaced:
    return OrderPlaced(
        order_id=order_id,
        customer_id="C-1",
        currency="CNY",
        amount=money(amount),
        payment_method=method,
        lines=[],
    )


def ask(account: Account, amount: int, *, on_account: bool = True) -> DryRun:
    return dry_run(account, amount=amount, currency="CNY", on_account=on_account, policy=POLICY, day=TODAY)


def passes(account: Account, amount: int) -> bool:
    trial = copy.deepcopy(account)
    [decided] = apply(trial, orders.placed(trial, order("ASKED", amount), context(100)))
    return bool(decided.outcome == "approved")


def passes_after_paying(account: Account, amount: int, invoice_ids: tuple[str, ...]) -> bool:
    trial = copy.deepcopy(account)
    paid = [trial.items[invoice_id] for invoice_id in invoice_ids]
    payment = PaymentReceived(
        payment_id="P",
        customer_id="C-1",
        currency="CNY",
        amount=money(sum(item.open for item in paid)),
        allocations=[Allocation(invoice_id=item.invoice_id, amount=money(item.open)) for item in paid],
    )
    apply(trial, receivables.payment_received(trial, payment, context(90)))
    return passes(trial, amount)


def by_brute_force(account: Account, amount: int) -> tuple[int, int] | None:
    """Return the fewest invoices and the least money in so many."""
    if passes(account, amount):
        return 0, 0
    items = [item for item in account.items.values() if item.open > 0]
    for count in range(1, len(items) + 1):
        sums = [
            sum(item.open for item in chosen)
            for chosen in combinations(items, count)
            if passes_after_paying(account, amount, tuple(item.invoice_id for item in chosen))
        ]
        if sums:
            return count, min(sums)
    return None


small = st.integers(1, 60)
thresholds = st.none() | st.builds(
    OverdueThresholds,
    max_amount=st.none() | st.integers(0, 150).map(money),
    max_days=st.none() | st.integers(0, 20),
    max_items=st.none() | st.integers(0, 4),
)


@settings(max_examples=150, deadline=None)
@given(
    limit=st.none() | st.integers(0, 300),
    invoices=st.lists(st.tuples(small, st.integers(-10, 40)), max_size=7),
    held=st.lists(st.integers(1, 150), max_size=4),
    overdue=thresholds,
    single=st.none() | st.integers(1, 200),
    grace_days=st.integers(0, 5),
    amount=st.integers(0, 150),
)
def test_the_answer_is_what_really_happens(
    limit: int | None,
    invoices: list[tuple[int, int]],
    held: list[int],
    overdue: OverdueThresholds | None,
    single: int | None,
    grace_days: int,
    amount: int,
) -> None:
    account = account_with(
        limit=limit, invoices=invoices, held=held, overdue=overdue, single=single, grace_days=grace_days
    )
    before = copy.deepcopy(account)
    answer = ask(account, amount)
    assert account == before
    assert (not answer.reasons) == passes(account, amount)
    if answer.largest is None:
        assert passes(account, 10**12)
    else:
        assert answer.largest == 0 or passes(account, answer.largest)
        assert not passes(account, answer.largest + 1)
    found = None
    if answer.to_pay is not None:
        assert answer.to_pay.proven
        found = (len(answer.to_pay.invoices), answer.to_pay.amount)
        if answer.to_pay.invoices:
            chosen = tuple(item.invoice_id for item in answer.to_pay.invoices)
            assert passes_after_paying(account, amount, chosen)
    assert found == by_brute_force(account, amount)


@settings(max_examples=300, deadline=None)
@given(
    amounts=st.lists(st.integers(1, 40) | st.integers(1_000, 5_000), max_size=11),
    count=st.integers(0, 11),
    low=st.integers(-5, 15_000),
    window=st.integers(0, 20_000),
)
def test_the_least_sum_is_the_least(amounts: list[int], count: int, low: int, window: int) -> None:
    found = least_of(Group(amounts), count, low, low + window, Search())
    sums = [sum(c) for c in combinations(amounts, count) if low <= sum(c) < low + window]
    assert (None if found is None else sum(found)) == min(sums, default=None)
    assert found is None or len(found) == count


def test_prepaid_orders_pass_whatever_is_owed() -> None:
    account = account_with(limit=0, invoices=[(1_000, 90)])
    answer = ask(account, 500_000, on_account=False)
    assert answer.reasons == []
    assert answer.largest is None
    account.blacklist = "fraud"
    answer = ask(account, 500_000, on_account=False)
    assert [reason.rule for reason in answer.reasons] == ["blacklist"]
    assert (answer.largest, answer.to_pay) == (0, None)


@pytest.mark.parametrize("open_items", [100, 10_000])
@pytest.mark.parametrize("overdue_share", [0, 3])
def test_many_open_items_take_a_moment(open_items: int, overdue_share: int) -> None:
    invoices = [
        (10_000 + (number * 7_919) % 90_001, 10 if overdue_share and number % overdue_share == 0 else -10)
        for number in range(open_items)
    ]
    account = account_with(
        limit=sum(amount for amount, _ in invoices),
        invoices=invoices,
        overdue=OverdueThresholds(max_items=open_items // 3 - 5) if overdue_share else None,
    )
    started = time.process_time()
    answer = ask(account, 1_234_567)
    assert time.process_time() - started < 3
    assert answer.to_pay is not None
    paid = tuple(item.invoice_id for item in answer.to_pay.invoices)
    assert passes_after_paying(account, 1_234_567, paid)
