"""What the archive says follows from the facts that have arrived, whatever their order."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Conflict
from services.customers.handlers import HANDLERS
from services.customers.rules.archive import Archive
from services.kit.records import Received
from tests.services.events import START, body, make

CREATED = make(body("customer.created", contacts=[{"name": "Wang Fang", "phone": "1"}]), 1)
CHANGED = make(body("customer.changed", revision=2, region="east", contacts=[{"name": "Li Lei"}]), 2)
CHANGED_LATER = make(body("customer.changed", revision=2, region="west"), 3)
CHANGED_AGAIN = make(body("customer.changed", revision=3, name="Red Door Shop"), 3)
ASSIGNED = make(body("customer.assigned"), 4)
ASSIGNED_OTHERWISE = make(body("customer.assigned", salesperson_id="S-2"), 5)
ASSIGNED_NEXT = make(body("customer.assigned", salesperson_id="S-3", from_day=date(2026, 4, 1)), 5)
BLACKLISTED = make(body("customer.blacklisted"), 6)
LIFTED = make(body("customer.blacklist_lifted", reason="paid"), 7)
BLACKLISTED_AGAIN = make(body("customer.blacklisted", reason="bounced again"), 8)
LIFTED_AT_ONCE = make(body("customer.blacklist_lifted"), 8)
EXPOSED = make(body("credit.exposure_changed"), 6)
EXPOSED_LATER = make(body("credit.exposure_changed", journal_seq=2, exposure="90.00", limit=None), 6)
HELD = make(body("credit.order_held"), 6)
RELEASED = make(body("credit.order_released", decision_version=2), 7)
EVERYTHING = (
    CREATED,
    CHANGED,
    CHANGED_LATER,
    CHANGED_AGAIN,
    ASSIGNED,
    ASSIGNED_OTHERWISE,
    ASSIGNED_NEXT,
    BLACKLISTED,
    LIFTED,
    BLACKLISTED_AGAIN,
    LIFTED_AT_ONCE,
    EXPOSED,
    EXPOSED_LATER,
    HELD,
    RELEASED,
)


def fold(events: Sequence[Received], archive: Archive | None = None) -> Archive:
    archive = archive or Archive()
    for received in events:
        HANDLERS[received.event.type](archive, received)
    return archive


def facts(archive: Archive) -> dict[str, Any]:
    """The archive without the order in which its rows were added."""
    values = ((slot, getattr(archive, slot)) for slot in Archive.__slots__)
    return {
        name: sorted(map(repr, value.items() if isinstance(value, dict) else value or ()))
        for name, value in values
    }


def ignoring_flags(archive: Archive) -> dict[str, Any]:
    """As :func:`facts`, without the marks of what has to be written."""
    archive = deepcopy(archive)
    for assignment in archive.assignments.values():
        assignment.changed = False
    return facts(archive)


@given(st.permutations(EVERYTHING), st.integers(1, len(EVERYTHING)))
@settings(max_examples=300)
def test_any_order_of_any_facts_gives_the_same_archive(shuffled: list[Received], size: int) -> None:
    some = shuffled[:size]
    assert ignoring_flags(fold(some)) == ignoring_flags(
        fold([event for event in EVERYTHING if event in some])
    )


def test_the_highest_revision_and_then_the_latest_card_is_in_force() -> None:
    archive = fold([CHANGED_LATER, CREATED, CHANGED])
    customer = archive.customers["C-1"]
    assert (customer.revision, customer.region, customer.contacts) == (2, "west", [])
    assert (customer.created_at, len(archive.cards)) == (CREATED.event.occurred_at, 3)
    assert fold([CHANGED_AGAIN, CHANGED_LATER]).customers["C-1"].name == "Red Door Shop"


def test_of_several_words_about_one_day_the_latest_counts() -> None:
    for order in ([ASSIGNED, ASSIGNED_OTHERWISE], [ASSIGNED_OTHERWISE, ASSIGNED]):
        archive = fold(order)
        assert [a.salesperson_id for a in archive.assignments.values()] == ["S-2"]


@pytest.mark.parametrize(
    ("events", "blacklisted", "reason"),
    [
        ((BLACKLISTED,), True, "bounced twice"),
        ((LIFTED, BLACKLISTED), False, "paid"),
        ((BLACKLISTED_AGAIN, LIFTED, BLACKLISTED), True, "bounced again"),
        ((BLACKLISTED_AGAIN, LIFTED_AT_ONCE), True, "bounced again"),
        ((LIFTED_AT_ONCE, BLACKLISTED_AGAIN), True, "bounced again"),
    ],
)
def test_the_latest_step_counts_and_the_stricter_at_one_instant(
    events: tuple[Received, ...], blacklisted: bool, reason: str
) -> None:
    archive = fold(events)
    customer = archive.customers["C-1"]
    assert (customer.blacklisted, customer.blacklist_reason) == (blacklisted, reason)
    assert len(archive.blacklistings) == len(events)


def test_a_higher_journal_number_replaces_a_lower_one() -> None:
    for order in ([EXPOSED, EXPOSED_LATER], [EXPOSED_LATER, EXPOSED]):
        standing = fold(order).standings["C-1"]
        assert (standing.journal_seq, standing.exposure_minor, standing.limit_minor) == (2, 9000, None)


def test_decisions_are_counted_and_a_customer_without_a_card_is_known() -> None:
    archive = fold([HELD, RELEASED, make(body("credit.order_held", order_id="O-2"), 9)])
    standing = archive.standings["C-1"]
    assert (standing.held, standing.released, standing.approved, standing.journal_seq) == (2, 1, 0, 0)
    assert (archive.customers["C-1"].revision, standing.limit_minor) == (0, 0)


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (CREATED, make(body("customer.created", name="Another"), 9), "data.customer_id"),
        (CHANGED, make(body("customer.changed", revision=2, region="north"), 2), "data.revision"),
        (ASSIGNED, make(body("customer.assigned", salesperson_id="S-9"), 4), "data.salesperson_id"),
        (BLACKLISTED, make(body("customer.blacklisted", reason="other"), 6), "data.reason"),
    ],
)
def test_another_body_under_a_known_number_is_refused_and_leaves_no_trace(
    first: Received, second: Received, field: str
) -> None:
    archive = fold([first])
    before = deepcopy(archive)
    with pytest.raises(Conflict) as refusal:
        HANDLERS[second.event.type](archive, second)
    assert refusal.value.field == field
    assert facts(archive) == facts(before)


def test_the_same_facts_by_other_events_change_nothing() -> None:
    archive = fold(EVERYTHING)
    before = facts(archive)
    for known in (CREATED, CHANGED, ASSIGNED, BLACKLISTED, EXPOSED):
        data = known.event.data
        fields = {name: getattr(data, name) for name in data.__struct_fields__ if name != "contacts"}
        contacts = [{"name": c.name, "phone": c.phone} for c in getattr(data, "contacts", [])]
        again = body(known.event.type, **fields, **({"contacts": contacts} if contacts else {}))
        minutes = (known.event.occurred_at - START).total_seconds() / 60
        fold([make(again, minutes)], archive)
    assert facts(archive) == before
