"""Each kind that the stream of events allows: when it is raised, what it says, and when it goes by itself."""

from typing import Any

import pytest

from contracts.envelope import Event
from services.insights.rules.alerts import engine
from services.insights.store.alerts.rows import lock_one, write_steps
from services.insights.verify import verify
from tests.services.insights.alerts.inbox import Inbox, overdue, owes
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing

REASON = {"rule": "limit", "value": "600.00", "threshold": "500.00", "documents": ["O-0", "I-0"]}
BASE = [tick("2026-01-05"), event("customer.created", name="锦程"), event("customer.assigned")]


def held(version: int = 1, seq: int = 1, at: float = 0, **fields: Any) -> Event[Any]:
    return event(
        "credit.order_held",
        at=at,
        outcome="held",
        decision_version=version,
        journal_seq=seq,
        reasons=[REASON],
        due_on="2026-01-07",
        **fields,
    )


async def test_an_order_that_is_held_and_then_released(inbox: Inbox) -> None:
    assert await inbox.after(*BASE, event("order.placed"), held()) == {"order_held:C-1:O-1": "warning"}
    alert = await inbox.row()
    assert (alert["owner_id"], alert["owner_role"], alert["documents"]) == ("S-1", "", ["O-1", "O-0", "I-0"])
    assert alert["facts"]["rules"] == ["limit 600.00 > 500.00"]
    [told] = await inbox.told()
    assert (told.type, told.key, told.data.title) == ("alert.raised", "C-1", "Order O-1 of 锦程 is held")
    assert told.data.evidence == "CN¥100.00; fails: exposure 600.00, limit 500.00"
    released = event("credit.order_released", at=1, decision_version=2, trigger="payment.received")
    assert await inbox.after(released) == {"order_released:C-1:O-1": "info"}
    assert (await inbox.row("kind = 'order_held'"))["state"] == "resolved"
    assert [e.type for e in await inbox.told()] == ["alert.raised", "alert.raised", "alert.resolved"]
    # It is news for three days after its own.
    assert await inbox.after(tick("2026-01-09")) == {"order_released:C-1:O-1": "info"}
    assert await inbox.after(tick("2026-01-10")) == {}


@pytest.mark.parametrize("end", ["credit.order_rejected", "order.cancelled", "credit.order_approved"])
async def test_an_order_that_is_held_no_more(inbox: Inbox, end: str) -> None:
    await inbox.after(*BASE, event("order.placed"), held())
    fields: dict[str, Any] = {} if end == "order.cancelled" else {"decision_version": 2}
    rejected = {"order_rejected:C-1:O-1": "warning"}
    assert await inbox.after(event(end, at=1, **fields)) == (rejected if "rejected" in end else {})


async def test_an_approval_at_once_is_no_news(inbox: Inbox) -> None:
    assert await inbox.after(*BASE, event("order.placed"), event("credit.order_approved")) == {}
    assert await inbox.processing.rows("alert_signals") == []


async def test_a_held_order_that_nobody_rules_on(inbox: Inbox) -> None:
    await inbox.after(*BASE, event("order.placed"), held())
    missed: dict[str, Any] = {"missed": "2026-01-07", "due_on": "2026-01-08"}
    once = event("credit.order_escalated", at=3, level=1, journal_seq=2, **missed)
    twice = event("credit.order_escalated", at=4, level=2, journal_seq=3, **missed)
    assert (await inbox.after(twice, once))["order_escalated:C-1:O-1"] == "critical"
    alert = await inbox.row("kind = 'order_escalated'")
    assert (alert["owner_id"], alert["owner_role"], alert["facts"]["level"]) == ("", "finance", 2)
    # Decided anew, with a deadline of its own: nothing is missed any more.
    assert await inbox.after(held(2, seq=4, at=5)) == {"order_held:C-1:O-1": "warning"}
    later = event("credit.order_escalated", at=6, level=3, journal_seq=5, **missed)
    assert "order_escalated:C-1:O-1" in await inbox.after(later)
    assert await inbox.after(event("order.cancelled", at=7)) == {}


async def test_what_waits_for_a_second_person(inbox: Inbox) -> None:
    request: dict[str, Any] = {
        "approval_id": "A-1",
        "kind": "temporary_limit",
        "currency": "CNY",
        "amount": None,
        "requested_by": "li.na",
        "reason": "festival",
    }
    asked = event("credit.approval_requested", **request)
    closed = event("credit.approval_closed", at=1, outcome="approved", **request)
    assert await inbox.after(*BASE, asked) == {"approval_requested:C-1:A-1": "warning"}
    assert await inbox.after(closed) == {}
    assert await inbox.after(event("credit.approval_requested", **request)) == {}, "settled is settled"


async def test_a_payment_that_bounced(inbox: Inbox) -> None:
    assert await inbox.after(*BASE, event("payment.reversed")) == {"payment_bounced:C-1:P-1": "critical"}
    assert (await inbox.row())["facts"]["amount"] is None
    await inbox.after(event("payment.received", at=-1, amount="80.00"))
    assert (await inbox.row())["facts"]["amount"] == "80.00"
    assert await inbox.after(tick("2026-01-20")) == {}


async def test_overdue_and_how_serious(inbox: Inbox) -> None:
    assert await inbox.after(*BASE, overdue(1, 0)) == {}
    assert await inbox.after(overdue(2, 5)) == {"overdue:C-1": "warning"}
    assert await inbox.after(overdue(3, 6, "90.00")) == {"overdue:C-1": "warning"}
    assert (await inbox.row())["facts"]["amount"] == "90.00"
    assert await inbox.after(overdue(4, 30)) == {"overdue:C-1": "critical"}
    assert await inbox.after(overdue(3, 6)) == {"overdue:C-1": "critical"}, (
        "an older snapshot changes nothing"
    )
    assert await inbox.after(owes(5)) == {}
    assert await inbox.after(overdue(6, 2)) == {"overdue:C-1": "warning"}
    assert [row["occurrence"] for row in await inbox.rows()] == [1, 2]
    assert await inbox.steps() == ["raised", "changed", "resolved", "raised"]


async def test_a_limit_nearly_used(inbox: Inbox) -> None:
    assert await inbox.after(*BASE, owes(1, exposure="399.00", limit="500.00")) == {}
    assert await inbox.after(owes(2, exposure="400.00", limit="500.00")) == {
        "limit_nearly_used:C-1": "warning"
    }
    assert await inbox.after(owes(3, exposure="500.00", limit="500.00")) == {
        "limit_nearly_used:C-1": "critical"
    }
    assert await inbox.after(owes(4, exposure="500.00", limit=None)) == {}


async def test_an_invoice_falls_due_and_goes(inbox: Inbox) -> None:
    invoice = event("order.invoiced", due_on="2026-01-12", amount="100.00")
    newer = event("order.invoiced", invoice_id="I-2", due_on="2026-01-14", amount="30.00")
    assert await inbox.after(*BASE, invoice, newer, owes(1, invoiced="70.00")) == {}
    assert await inbox.after(tick("2026-01-08")) == {}
    assert await inbox.after(tick("2026-01-09")) == {"invoice_due_soon:C-1:I-1": "info"}
    assert (await inbox.row())["facts"]["amount"] == "40.00", "30.00 of what is open are of the newer one"
    assert set(await inbox.after(tick("2026-01-12"))) == {
        "invoice_due_soon:C-1:I-1",
        "invoice_due_soon:C-1:I-2",
    }
    assert set(await inbox.after(owes(2, invoiced="30.00"))) == {"invoice_due_soon:C-1:I-2"}
    assert await inbox.after(tick("2026-01-15")) == {}


async def test_another_services_alert_comes_and_goes(inbox: Inbox) -> None:
    fields: dict[str, Any] = {
        "alert_id": "undecided-O-1",
        "dedup_key": "order_undecided:O-1",
        "kind": "order_undecided",
        "severity": "critical",
        "owner_id": "S-7",
        "title": "Order O-1 waits",
        "evidence": "No decision for 30 s",
    }
    raised = event("alert.raised", **fields)
    resolved = event("alert.resolved", at=1, alert_id="undecided-O-1", reason="credit has decided")
    assert await inbox.after(*BASE, raised) == {"order_undecided:O-1": "critical"}
    alert = await inbox.row()
    assert (alert["alert_id"], alert["origin"], alert["owner_id"]) == ("undecided-O-1", "test", "S-7")
    assert alert["facts"]["title"] == "Order O-1 waits"
    assert await inbox.after(resolved) == {}
    assert await inbox.after(event("alert.raised", **fields)) == {}, "its end was said for good"
    assert await inbox.told() == [], "they tell the topic themselves"
    assert await inbox.steps() == ["raised", "resolved"]


async def test_an_id_or_key_that_is_in_use_stops_nothing(inbox: Inbox) -> None:
    await inbox.after(*BASE, overdue(1, 5))
    ours = await inbox.row()
    base: dict[str, Any] = {"kind": "odd", "severity": "info", "title": "T"}
    await inbox.after(
        event("alert.raised", alert_id=ours["alert_id"], dedup_key="odd:1", **base),
        event("alert.raised", alert_id="X-1", customer_id="C-2", dedup_key="overdue:C-1", **base),
        overdue(1, 9, customer_id="C-2"),
    )
    assert [row["key"] for row in await inbox.rows()] == ["overdue:C-1", "overdue:C-2"]
    assert await inbox.steps() == ["raised", "raised"]


async def test_it_follows_the_customer_to_another_salesperson(inbox: Inbox) -> None:
    await inbox.after(*BASE, overdue(1, 5))
    await inbox.after(event("customer.assigned", at=1, salesperson_id="S-2", from_day="2026-01-05"))
    assert (await inbox.row())["owner_id"] == "S-2"
    assert [(e.type, getattr(e.data, "owner_id", "")) for e in await inbox.told()] == [
        ("alert.raised", "S-1"),
        ("alert.assigned", "S-2"),
    ]


async def test_it_changes_hands_on_the_day_that_was_said_before(inbox: Inbox) -> None:
    later = event("customer.assigned", salesperson_id="S-2", from_day="2026-01-09")
    await inbox.after(*BASE, overdue(1, 5), later)
    await inbox.after(tick("2026-01-08"))
    assert (await inbox.row())["owner_id"] == "S-1"
    await inbox.after(tick("2026-01-09"))
    assert (await inbox.row())["owner_id"] == "S-2"
    assert (await verify(inbox.database)).problems == []


async def test_what_is_settled_by_hand_stays_so_however_often_it_is_derived(inbox: Inbox) -> None:
    await inbox.after(*BASE, overdue(1, 5))
    async with inbox.database.unit_of_work() as unit:
        alert = await lock_one(unit.connection, (await inbox.row())["alert_id"])
        assert alert is not None
        step = engine.resolve(alert, "li.na", "agreed", alert.changed_at)
        assert step is not None
        await write_steps(unit.connection, [step])
    assert await inbox.after(overdue(2, 6)) == {}
    assert await inbox.after(owes(3)) == {}
    assert await inbox.steps() == ["raised", "resolved", "cause_gone"]
    assert await inbox.after(overdue(4, 1)) == {"overdue:C-1": "warning"}


async def test_our_own_alerts_coming_back_touch_nothing(processing: Processing, inbox: Inbox) -> None:
    await inbox.after(*BASE, overdue(1, 5))
    [told] = await inbox.told()
    await processing.apply(told)
    assert await processing.rows("stale_customers") == []
    assert await inbox.steps() == ["raised"]


async def test_an_event_that_is_refused_is_not_heard(inbox: Inbox) -> None:
    await inbox.after(*BASE, held(currency="XXX"))
    assert len(await inbox.processing.refusals()) == 1
    assert await inbox.processing.rows("alert_signals") == []


async def test_the_facts_are_as_before(inbox: Inbox) -> None:
    await inbox.after(*BASE, event("order.placed"), held(), overdue(1, 5), event("payment.reversed"))
    assert (await verify(inbox.database)).problems == []
