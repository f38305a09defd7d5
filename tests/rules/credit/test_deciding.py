"""Deciding: limits, queues, amendments, and what a person may rule."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.credit.rules.entries import Decided
from services.credit.rules.policy import DELIVERED, Policy
from tests.rules.credit.histories import HISTORIES, LIMITS, MONEY, Calendar
from tests.services.credit.events import DAY, PARTITIONS, event
from tests.services.credit.memory import Memory

AMOUNTS = st.lists(st.integers(1, 30_000), min_size=1, max_size=12)


def _memory(policy: Policy | None = None, **terms: Any) -> Memory:
    memory = Memory(policy)
    memory.apply(event("terms.set", 0, **terms))
    return memory


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _place(
    memory: Memory, amount: str = "100.00", order_id: str = "O-1", minute: float = 1, **fields: Any
) -> Decided:
    (entry,) = memory.apply(event("order.placed", minute, order_id=order_id, amount=amount, **fields))
    assert isinstance(entry, Decided)
    return entry


def _outcomes(memory: Memory) -> dict[str, str]:
    return {order_id: order.status for order_id, order in memory.account().orders.items()}


@given(amounts=AMOUNTS, limit=LIMITS)
def test_null_is_unlimited_zero_is_none_and_anything_between_is_never_passed(
    amounts: list[int], limit: str | None
) -> None:
    memory = _memory(limit=limit)
    room = None if limit is None else int(limit.replace(".", ""))
    for number, amount in enumerate(amounts):
        used = memory.account().exposure
        entry = _place(memory, _text(amount), f"O-{number}", number)
        fits = room is None or used + amount <= room
        assert entry.outcome == ("approved" if fits else "held")
        assert [reason.rule for reason in entry.reasons] == ([] if fits else ["limit"])
    assert room is None or memory.account().exposure <= room


@given(
    amounts=AMOUNTS, order=st.sampled_from(["oldest", "smallest", "promised"]), room=st.integers(0, 60_000)
)
def test_releases_go_in_the_order_of_the_policy_and_never_past_the_limit(
    amounts: list[int], order: Any, room: int
) -> None:
    memory = _memory(Policy(document=DELIVERED.model_copy(update={"release_order": order})), limit="0.00")
    promised = [DAY + timedelta(days=amount % 5) if amount % 3 else None for amount in amounts]
    for number, amount in enumerate(amounts):
        _place(memory, _text(amount), f"O-{number:02}", number, promised_on=promised[number])
    keys = {
        "oldest": lambda n: n,
        "smallest": lambda n: (amounts[n], n),
        "promised": lambda n: (promised[n] or date.max, n),
    }
    expected, used = [], 0
    for number in sorted(range(len(amounts)), key=keys[order]):
        if used + amounts[number] <= room:
            used += amounts[number]
            expected.append(f"O-{number:02}")
    entries = memory.apply(event("terms.set", 99, limit=_text(room)))
    assert [entry.order for entry in entries if isinstance(entry, Decided)] == expected
    assert memory.account().exposure == used <= room
    assert all(entry.trigger == "terms changed" for entry in entries if isinstance(entry, Decided))


@given(history=HISTORIES)
@settings(max_examples=50, deadline=None)
def test_a_day_that_comes_again_changes_nothing(history: list[tuple[str, dict[str, Any]]]) -> None:
    memory, calendar = Memory(), Calendar()
    for step in history:
        memory.apply(*calendar.events(*step))
    memory.apply(*calendar.events("clock.day_started", {"days": 1}))
    again = [event("clock.day_started", 1, day=calendar.day, partition=place) for place in range(PARTITIONS)]
    earlier = event("clock.day_started", 1, day=DAY, partition=0)
    assert memory.apply(*again, earlier) == []


@pytest.mark.parametrize(("days_late", "grace", "counts"), [(0, 0, 0), (1, 0, 1), (5, 5, 0), (6, 5, 1)])
def test_an_item_is_overdue_after_its_due_day_and_the_grace_days(
    days_late: int, grace: int, counts: int
) -> None:
    memory = _memory(limit="500.00", grace_days=grace)
    memory.apply(event("order.invoiced", 1, due_on=DAY))
    today = DAY + timedelta(days=days_late)
    memory.apply(*(event("clock.day_started", 2, day=today, partition=place) for place in range(PARTITIONS)))
    assert memory.account().overdue_items == counts
    # Another grace judges the items again at once.
    memory.apply(event("terms.set", 3, grace_days=days_late))
    assert memory.account().overdue_items == 0
    if days_late:
        memory.apply(event("terms.set", 4, grace_days=days_late - 1))
        assert memory.account().overdue_items == 1


def test_every_failing_rule_is_named_with_value_threshold_and_documents() -> None:
    memory = _memory(
        limit="100.00",
        single_order_max="50.00",
        overdue={"max_amount": "0.00", "max_days": 0, "max_items": 0},
    )
    memory.apply(
        event("order.invoiced", 1, order_id=None, amount="60.00", due_on=DAY - timedelta(days=3)),
        event("terms.hold_placed", 2, reason="cheque bounced"),
    )
    entry = _place(memory, "70.00")
    found = [(reason.rule, reason.value, reason.threshold, reason.documents) for reason in entry.reasons]
    assert found == [
        ("manual_hold", "cheque bounced", None, []),
        ("limit", 13_000, 10_000, []),
        ("single_order_maximum", 7_000, 5_000, []),
        ("overdue_amount", 6_000, 0, ["I-1"]),
        ("overdue_days", 3, 0, ["I-1"]),
        ("overdue_items", 1, 0, ["I-1"]),
    ]


@pytest.mark.parametrize("method", ["prepaid", "cash"])
def test_an_order_paid_in_advance_passes_unless_the_customer_is_blacklisted(method: str) -> None:
    memory = _memory(limit="0.00")
    memory.apply(event("terms.hold_placed", 1))
    assert _place(memory, payment_method=method).outcome == "approved"
    assert memory.account().exposure == 0
    memory.apply(event("customer.blacklisted", 3))
    entry = _place(memory, order_id="O-2", payment_method=method)
    assert (entry.outcome, [reason.rule for reason in entry.reasons]) == ("rejected", ["blacklist"])


def test_growth_is_checked_and_what_shrinks_makes_room() -> None:
    memory = _memory(limit="200.00")
    _place(memory, "150.00")
    _place(memory, "100.00", "O-2", 2)
    assert _outcomes(memory) == {"O-1": "approved", "O-2": "held"}
    memory.apply(event("order.amended", 3, amount="100.00", revision=1))
    assert _outcomes(memory) == {"O-1": "approved", "O-2": "approved"}
    memory.apply(event("order.amended", 4, amount="101.00", revision=2))
    assert _outcomes(memory) == {"O-1": "held", "O-2": "approved"}
    assert memory.account().exposure == 10_000
    assert memory.apply(event("order.amended", 5, amount="1.00", revision=2)) == []


def test_a_cancelled_order_makes_room_once() -> None:
    memory = _memory(limit="100.00")
    for number in range(3):
        _place(memory, order_id=f"O-{number}", minute=number)
    memory.apply(event("order.cancelled", 5, order_id="O-0"))
    assert _outcomes(memory) == {"O-0": "cancelled", "O-1": "approved", "O-2": "held"}
    assert memory.apply(event("order.cancelled", 6, order_id="O-0")) == []


def test_an_order_that_was_cancelled_before_it_came_is_rejected() -> None:
    memory = _memory(limit=None)
    memory.apply(event("order.cancelled", 1))
    entry = _place(memory)
    assert (entry.outcome, [reason.rule for reason in entry.reasons]) == ("rejected", ["cancelled"])


def test_a_person_releases_beyond_the_limit_and_is_named() -> None:
    memory = _memory(limit="0.00")
    _place(memory)
    (entry,) = memory.apply(event("terms.order_release_ruled", 2, by="li", reason="owner called"))
    assert isinstance(entry, Decided)
    assert (entry.outcome, entry.by, entry.comment, entry.exposure) == (
        "approved",
        "li",
        "owner called",
        10_000,
    )
    assert (entry.version, entry.previous) == (2, 2)
    memory.apply(event("terms.order_release_ruled", 3))
    assert [refused.error.field for refused in memory.refused] == ["data.order_id"]


@given(limit=MONEY, before=MONEY, days=st.integers(1, 5))
def test_a_temporary_limit_stands_in_for_its_days_and_ends(limit: str, before: str, days: int) -> None:
    memory = _memory(limit=before)
    memory.apply(
        event(
            "terms.temporary_limit_granted",
            1,
            limit=limit,
            from_day=DAY,
            until_day=DAY + timedelta(days=days - 1),
        )
    )
    for today in (DAY, DAY + timedelta(days=days - 1), DAY + timedelta(days=days)):
        memory.apply(
            *(event("clock.day_started", 2, day=today, partition=place) for place in range(PARTITIONS))
        )
        expected = before if today >= DAY + timedelta(days=days) else limit
        assert memory.account().limit_on(today) == int(expected.replace(".", ""))
    assert memory.account().temporary is None
