"""Falling from a class is an alert: from a segment, which insights finds out itself, and from credit's risk class."""

from typing import Any

from contracts.envelope import Event
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.events import event, tick
from tests.services.insights.segments import catch_up, orders


def scored(seq: int, previous: str, risk_class: str) -> Event[Any]:
    factors = [{"name": "overdue_days", "value": "41", "points": 10, "weight": 3}]
    return event(
        "credit.risk_class_changed",
        day="2026-01-05",
        journal_seq=seq,
        previous_class=previous,
        risk_class=risk_class,
        worse=risk_class > previous,
        score="48.5",
        policy_version=1,
        factors=factors,
    )


async def test_a_worse_risk_class_until_it_is_better_again(inbox: Inbox) -> None:
    assert await inbox.after(tick("2026-01-05"), scored(3, "B", "C")) == {"risk_class_worse:C-1": "warning"}
    [told] = await inbox.told()
    assert "overdue days 41 (10 of 100 points)" in told.data.evidence
    assert await inbox.after(scored(5, "C", "D")) == {"risk_class_worse:C-1": "critical"}
    # What is heard late says nothing new.
    assert await inbox.after(scored(4, "C", "B")) == {"risk_class_worse:C-1": "critical"}
    assert await inbox.after(scored(9, "D", "B")) == {}


async def test_a_lower_segment_until_the_customer_is_back(inbox: Inbox) -> None:
    owned = event("customer.assigned", salesperson_id="S-7")
    await inbox.processing.apply(tick("2026-01-10"), owned, *orders(700, 180, 120))
    await catch_up(inbox.database)
    assert await inbox.after() == {}
    await inbox.processing.apply(event("order.placed", customer_id="C-0", order_id="M-1", amount="1500"))
    await catch_up(inbox.database)
    fallen = await inbox.after()
    assert "class_fell:C-1:CNY" in fallen
    row = await inbox.row("customer_id = 'C-1'")
    assert (row["facts"]["from_class"], row["facts"]["to_class"]) == ("A", "B")
    assert "amount" in row["facts"]["dimension"]
    assert row["owner_id"] == "S-7"
    await inbox.processing.apply(event("order.cancelled", customer_id="C-0", order_id="M-1"))
    await catch_up(inbox.database)
    assert await inbox.after() == {}


async def test_of_who_rises_nothing_is_said(inbox: Inbox) -> None:
    """Otherwise everybody whose class has changed would be derived once more."""
    await inbox.processing.apply(tick("2026-01-10"), *orders(700, 180, 120))
    await catch_up(inbox.database)
    await inbox.processing.apply(event("order.placed", customer_id="C-2", order_id="M-0", amount="900"))
    await catch_up(inbox.database)
    [change] = await inbox.processing.rows("class_changes", "customer_id = 'C-2'")
    assert (change["previous"], change["current"]) == ("B", "A")
    assert await inbox.processing.rows("alert_signals", "customer_id = 'C-2' AND kind = 'class_fell'") == []
