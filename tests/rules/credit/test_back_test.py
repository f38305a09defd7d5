"""What a flip counts for: an order amended, blocked and invoiced in parts counts once."""

import json
from datetime import timedelta
from typing import Any

from contracts.envelope import Event
from contracts.events.policies import PolicyDocument
from services.credit.rules.back_test import Outcome, Trial
from services.credit.rules.entries import decode_entry
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account
from tests.services.credit.events import DAY, PARTITIONS, event
from tests.services.credit.memory import Memory

SMALL = {"single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "99.99"}]}}


def tried(company: dict[str, Any], *events: Event[Any]) -> tuple[Outcome, list[tuple[str, str, int]]]:
    memory = Memory()
    memory.apply(*events)
    assert memory.refused == []
    document = PolicyDocument.model_validate_json(json.dumps({"company": company}))
    trial = Trial(Account("C-1", "CNY"), Policy(2, document))
    for row in memory.working.journal:
        trial.take(decode_entry(row[6]))
    live = memory.account()
    trial.account.hash = live.hash
    assert trial.account == live, "a back-test folds like everybody else"
    return trial.outcomes["CNY"], [(flip.recorded, flip.candidate, flip.amount) for flip in trial.flips]


def days(count: int) -> list[Event[Any]]:
    return [
        event("clock.day_started", 9, day=DAY + timedelta(days=count), partition=p) for p in range(PARTITIONS)
    ]


def test_an_order_that_grows_counts_what_it_grows_by() -> None:
    outcome, flips = tried(
        SMALL,
        event("terms.set", 0, limit=None),
        event("order.placed", 1, amount="80.00"),
        event("order.amended", 2, amount="150.00"),
        event("order.amended", 3, amount="120.00", revision=2),
        event("order.amended", 4, amount="160.00", revision=3),
    )
    assert flips == [("approved", "held", 7_000), ("approved", "held", 1_000)]
    assert outcome == Outcome(decisions=3, blocked=2, sales_blocked=8_000)


def test_only_what_was_blocked_of_an_order_can_be_avoided() -> None:
    outcome, _ = tried(
        SMALL,
        event("terms.set", 0, limit=None, term_days=1),
        event("order.placed", 1, amount="80.00"),
        event("order.invoiced", 2, amount="30.00", invoice_id="before"),
        event("order.amended", 3, amount="150.00"),
        event("order.invoiced", 4, amount="50.00", invoice_id="paid-in-part"),
        event(
            "payment.received",
            5,
            amount="20.00",
            allocations=[{"invoice_id": "paid-in-part", "amount": "20.00"}],
        ),
        event("order.invoiced", 6, amount="70.00", invoice_id="whole"),
        *days(2),
    )
    # 30.00 and 70.00 fell overdue of what was invoiced afterwards, 70.00 had been blocked.
    assert (outcome.sales_blocked, outcome.overdue_avoided) == (7_000, 7_000)


def test_an_invoice_that_bounces_back_after_its_due_day_was_not_avoided_before() -> None:
    placed = [
        event("terms.set", 0, limit=None, term_days=1),
        event("order.placed", 1),
        event("order.invoiced", 2),
        event("payment.received", 3),
        *days(2),
    ]
    assert tried(SMALL, *placed)[0].overdue_avoided == 0
    assert tried(SMALL, *placed, event("payment.reversed", 10))[0].overdue_avoided == 10_000


def test_an_invoice_whose_money_goes_to_one_that_came_late_was_not_avoided_before() -> None:
    outcome, _ = tried(
        SMALL,
        event("terms.set", 0, limit=None, term_days=1),
        event("order.placed", 1, amount="150.00"),
        event("order.invoiced", 2, amount="150.00", invoice_id="I-2"),
        event("payment.received", 3, amount="150.00"),
        *days(9),
        # Issued before it and due before it, so the payment was for this one.
        event(
            "order.invoiced",
            1.5,
            amount="140.00",
            order_id=None,
            invoice_id="I-1",
            issued_on=DAY - timedelta(days=1),
        ),
    )
    assert (outcome.sales_blocked, outcome.overdue_avoided) == (15_000, 14_000)


def test_grace_days_that_are_taken_away_let_an_invoice_fall_overdue() -> None:
    placed = [
        event("terms.set", 0, limit=None, term_days=1, grace_days=5),
        event("order.placed", 1),
        event("order.invoiced", 2),
        *days(3),
    ]
    assert tried(SMALL, *placed)[0].overdue_avoided == 0
    assert tried(SMALL, *placed, event("terms.set", 10, limit=None, term_days=1))[0].overdue_avoided == 10_000


def test_what_was_held_and_would_have_passed() -> None:
    off = {"limit": {"active": False}, "blacklist": {"active": False}, "manual_hold": {"active": True}}
    outcome, flips = tried(
        off,
        event("order.placed", 1),
        event("order.amended", 2, amount="130.00"),
        event("customer.blacklisted", 3),
        event("terms.hold_placed", 4),
        event("order.placed", 5, order_id="O-2"),
    )
    assert flips == [("held", "approved", 10_000), ("held", "approved", 3_000), ("rejected", "held", 0)]
    assert outcome == Outcome(decisions=3, passed=2, restated=1, sales_passed=13_000)


def test_releases_and_rulings_are_not_judged() -> None:
    outcome, flips = tried(
        {},
        event("order.placed", 1),
        event("terms.order_release_ruled", 2),
        event("order.cancelled", 3, order_id="O-2"),
        event("order.placed", 4, order_id="O-2"),
    )
    assert (outcome.decisions, flips) == (1, [])


def test_an_amended_order_is_not_counted_against_itself() -> None:
    outcome, flips = tried(
        {},
        event("terms.set", 0, limit="100.00"),
        event("order.placed", 1, amount="80.00"),
        event("order.amended", 2, amount="95.00"),
        event("order.amended", 3, amount="105.00", revision=2),
    )
    assert (outcome.decisions, flips) == (3, [])


def test_an_order_in_another_currency_counts_for_what_it_is_worth() -> None:
    """80 dollars are within the largest order as a number, and above it as money."""
    outcome, flips = tried(
        SMALL,
        event("terms.set", 0, limit=None, term_days=1),
        event("order.placed", 1, amount="80.00", currency="USD", exchange_rate="7.1"),
        event("order.invoiced", 2, amount="30.00", currency="USD", exchange_rate="7.2"),
        *days(5),
    )
    assert flips == [("approved", "held", 568_00)]
    assert outcome == Outcome(decisions=1, blocked=1, sales_blocked=568_00, overdue_avoided=216_00)
