"""The demo's story and its summary, from events made by hand."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from contracts.codec import new_event
from contracts.envelope import Event
from contracts.events import EventData
from contracts.events.credit import (
    ExposureChanged,
    OrderApproved,
    OrderHeld,
    OrderRejected,
    OrderReleased,
    Reason,
)
from contracts.events.customers import CustomerCreated
from contracts.events.orders import OrderPlaced
from contracts.events.payments import PaymentReceived
from deploy.cli.demo.screen import headline, onward, screen
from deploy.cli.demo.story import Story
from deploy.cli.demo.summary import Speed, print_summary, quantile, speed_of

START = date(2026, 1, 5)
NOON = datetime(2026, 1, 9, 12, tzinfo=UTC)
LIMIT = Reason(rule="limit", value="62000.00", threshold="50000.00", documents=[])
OVERDUE = Reason(rule="overdue_days", value="35", threshold="30", documents=["INV-1"])


def event(data: EventData, number: int = 1, key: str = "C-1") -> Event[Any]:
    return new_event(data, id=f"E-{number}", occurred_at=NOON, key=key, producer="test")


def decision(kind: type[Any], order: str, version: int = 1, **more: Any) -> Event[Any]:
    outcome = {
        OrderApproved: "approved",
        OrderReleased: "approved",
        OrderHeld: "held",
        OrderRejected: "rejected",
    }[kind]
    body = kind(
        order_id=order,
        customer_id="C-1",
        currency="CNY",
        amount="12000.00",
        outcome=outcome,
        decision_version=version,
        policy_version=1,
        exposure="50000.00",
        limit="50000.00",
        journal_seq=version,
        order_occurred_at=NOON,
        **{"reasons": [], **more},
    )
    return event(body)


def standing(seq: int, overdue: str, days: int) -> Event[Any]:
    return event(
        ExposureChanged(
            customer_id="C-1",
            currency="CNY",
            journal_seq=seq,
            day=START,
            limit="50000.00",
            term_days=30,
            open_orders="0.00",
            shipped="0.00",
            invoiced="80000.00",
            unapplied="0.00",
            exposure="80000.00",
            overdue_amount=overdue,
            overdue_items=2,
            overdue_days=days,
            held_orders=0,
            blacklisted=False,
            on_hold=False,
        )
    )


@pytest.fixture
def story() -> Story:
    story = Story()
    list(
        story.watch(
            [
                event(
                    CustomerCreated(
                        customer_id="C-1",
                        name="Phoenix Trading Yantai",
                        short_name="Phoenix",
                        tags=[],
                        contacts=[],
                    )
                ),
                event(
                    OrderPlaced(
                        order_id="O-1", customer_id="C-1", currency="CNY", amount="12000.00", lines=[]
                    )
                ),
                event(
                    PaymentReceived(
                        payment_id="P-7", customer_id="C-1", currency="CNY", amount="30500.00", allocations=[]
                    )
                ),
            ]
        )
    )
    return story


def summary(story: Story, width: int = 200) -> str:
    output = io.StringIO()
    print_summary(story, Speed(0.01, 0.05), 12.0, Console(file=output, width=width))
    return output.getvalue()


def test_what_was_sent_is_counted(story: Story) -> None:
    assert (story.sent, story.orders, story.ordered, story.paid) == (
        3,
        1,
        Decimal("12000.00"),
        Decimal("30500.00"),
    )
    assert story.name("C-1") == "Phoenix"
    assert story.name("C-2") == "C-2"


def test_a_blocked_order_is_followed_until_a_payment_releases_it(story: Story) -> None:
    held = story.take_decided(decision(OrderHeld, "O-1", reasons=[LIMIT, OVERDUE]))
    assert held is not None
    assert held.why == "would owe 62,000.00, limit 50,000.00; 35 days overdue, 30 allowed"
    story.take_decided(decision(OrderReleased, "O-1", 2, trigger="payment P-7"))
    order = story.blocked["O-1"]
    assert (order.outcome, order.ended_by) == ("released", "payment of 30,500.00")
    text = summary(story)
    assert "1 were blocked: 1 released since, 0 rejected, 0 still wait." in text
    assert "payment of 30,500.00" in text
    assert "Phoenix" in text


def test_what_finance_ruled_names_who_and_why(story: Story) -> None:
    story.take_decided(decision(OrderHeld, "O-1", reasons=[LIMIT]))
    story.take_decided(
        decision(OrderRejected, "O-1", 2, trigger="manual rejection", by="wang", comment="no more")
    )
    assert story.blocked["O-1"].ended_by == "wang: no more"
    assert "1 rejected" in summary(story)


def test_repetitions_and_older_versions_change_nothing(story: Story) -> None:
    story.take_decided(decision(OrderApproved, "O-1", 2))
    for version in (2, 1):
        assert story.take_decided(decision(OrderHeld, "O-1", version, reasons=[LIMIT])) is None
    assert story.outcomes == {"approved": 1}
    assert not story.blocked


def test_an_order_that_is_decided_again_is_approved_at_once_only_once(story: Story) -> None:
    story.take_decided(decision(OrderApproved, "O-1", 1))
    story.take_decided(decision(OrderApproved, "O-1", 2))
    assert story.first_outcomes == {"approved": 1}


def test_the_latest_standing_counts(story: Story) -> None:
    story.take_decided(standing(5, "20000.00", 12))
    story.take_decided(standing(4, "90000.00", 99))
    text = summary(story)
    assert "20,000.00 of it (25%) is overdue, at 1 customers" in text
    assert "90,000.00" not in text


def test_an_empty_quarter_is_no_error() -> None:
    assert "0 orders" in summary(Story())


def test_without_a_terminal_blocked_orders_are_lines(story: Story) -> None:
    output = io.StringIO()
    with screen(story, Console(file=output, width=120), START, 90) as shown:
        for kind, order in ((OrderApproved, "O-1"), (OrderHeld, "O-2")):
            decided = story.take_decided(decision(kind, order, reasons=[LIMIT] if kind is OrderHeld else []))
            assert decided is not None
            shown.decided(decided)
        shown.tick()
    assert output.getvalue().count("\n") == 1
    assert "held" in output.getvalue()


def test_a_terminal_gets_a_picture(story: Story) -> None:
    output = io.StringIO()
    console = Console(file=output, width=120, height=40, force_terminal=True)
    with screen(story, console, START, 90) as shown:
        story.take_decided(decision(OrderApproved, "O-1"))
        shown.tick()
    assert "approved" in output.getvalue()
    assert "Phoenix" in output.getvalue()


def test_what_goes_on_is_a_line_a_day(story: Story) -> None:
    output = io.StringIO()
    story.day = START
    with onward(story, Console(file=output, width=120)) as shown:
        shown.tick()
        assert output.getvalue() == ""
        story.day = date(2026, 1, 6)
        story.take_decided(decision(OrderHeld, "O-1", reasons=[LIMIT]))
        shown.tick()
        shown.tick()
    assert output.getvalue() == "Tue 2026-01-06: 3 events, 1 orders, 1 on hold\n"


def test_what_goes_on_is_one_line_of_a_terminal(story: Story) -> None:
    output = io.StringIO()
    story.day = START
    with onward(story, Console(file=output, width=120, height=40, force_terminal=True)) as shown:
        shown.tick()
    assert "Mon 2026-01-05: 3 events" in output.getvalue()


def test_the_headline_counts_days(story: Story) -> None:
    story.day = date(2026, 1, 6)
    assert headline(story, START, 90).startswith("day 2 of 90: 3 events, 1 orders")


def test_quantiles_come_from_the_buckets() -> None:
    page = """# HELP tallyman_credit_decision_seconds x
# TYPE tallyman_credit_decision_seconds histogram
tallyman_credit_decision_seconds_bucket{le="0.01"} 60.0
tallyman_credit_decision_seconds_bucket{le="0.1"} 99.0
tallyman_credit_decision_seconds_bucket{le="+Inf"} 100.0
tallyman_credit_decision_seconds_count 100.0
tallyman_credit_decision_seconds_sum 2.0
"""
    assert speed_of(page) == Speed(0.01, 0.1)
    assert quantile({}, 0.5) is None
