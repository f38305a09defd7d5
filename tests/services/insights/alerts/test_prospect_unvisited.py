"""A prospect that nobody visits becomes an alert of its salesperson, until there is a visit or it is closed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.alerts.test_missing_orders import START
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing, empty

KEY = "prospect_unvisited:P-1"


def prospect(what: str, at: float = 0, prospect_id: str = "P-1", **fields: Any) -> Event[Any]:
    of_type: dict[str, dict[str, Any]] = {
        "entered": {"name": "山塘茶馆", "salesperson_id": "S-1"},
        "changed": {"name": "山塘茶馆", "salesperson_id": "S-1", "revision": 2},
        "graded": {"grade": "A", "score": "80.00", "policy_version": 1, "visit_days": 14, "priority": 1},
        "converted": {"customer_id": "C-9"},
        "lost": {"reason": "buys elsewhere"},
        "follow_up_recorded": {"follow_up_id": "F-1", "salesperson_id": "S-1", "how": "visit"},
    }
    known = {"currency": "CNY"} if what in ("entered", "changed") else {}
    return event(f"prospect.{what}", at=at, prospect_id=prospect_id, **known | of_type[what] | fields)


def visit(at: float, **fields: Any) -> Event[Any]:
    happened_at = (event("order.placed", at=at).occurred_at).isoformat()
    return prospect("follow_up_recorded", at, happened_at=happened_at, **fields)


async def at_day(inbox: Inbox, day: int, *events: Event[Any]) -> dict[str, str]:
    return await inbox.after(tick((START + timedelta(day)).isoformat()), *events)


async def test_it_is_raised_as_its_grade_says_and_becomes_worse(inbox: Inbox) -> None:
    assert await at_day(inbox, 2, prospect("entered"), prospect("graded")) == {}
    assert await at_day(inbox, 3) == {KEY: "warning"}
    assert await at_day(inbox, 9) == {KEY: "warning"}
    assert await at_day(inbox, 10) == {KEY: "critical"}
    row = await inbox.row()
    assert (row["owner_id"], row["subject_type"], row["customer_id"]) == ("S-1", "prospect", "P-1")
    assert row["facts"] == {"days": 10, "entered_on": "2026-01-05", "grade": "A"}
    raised, changed = await inbox.told()
    assert raised.data.title == "Nobody has visited the prospect 山塘茶馆 yet"
    assert raised.data.evidence == "Entered on 5 Jan 2026, 3 days ago or more; grade: A"
    assert (raised.key, raised.data.subject_type, raised.data.owner_id) == ("P-1", "prospect", "S-1")
    assert changed.data.severity == "critical"
    assert await inbox.steps() == ["raised", "changed"]


@pytest.mark.parametrize("end", [visit(11), prospect("converted", 11), prospect("lost", 11)])
async def test_it_ends_with_a_visit_a_conversion_or_a_loss(inbox: Inbox, end: Event[Any]) -> None:
    assert await at_day(inbox, 11, prospect("entered")) == {KEY: "warning"}
    assert await inbox.after(end) == {}
    assert await at_day(inbox, 90) == {}
    assert await inbox.steps() == ["raised", "resolved"]


async def test_neither_a_call_nor_a_planned_visit_is_a_visit(inbox: Inbox) -> None:
    await at_day(inbox, 7, prospect("entered"))
    called = visit(6, follow_up_id="F-2", how="call")
    planned = prospect("follow_up_recorded", 6, remind_on="2026-02-01")
    assert await inbox.after(called, planned) == {KEY: "warning"}


async def test_a_visit_that_is_agreed_holds_it_back_until_that_day(inbox: Inbox) -> None:
    agreed = prospect("changed", 1, next_visit="2026-01-20")
    assert await at_day(inbox, 15, prospect("entered"), agreed) == {}
    assert await at_day(inbox, 16) == {KEY: "warning"}


async def test_it_goes_to_another_salesperson_with_the_prospect(inbox: Inbox) -> None:
    await at_day(inbox, 7, prospect("entered"))
    await inbox.after(prospect("changed", 8, salesperson_id="S-2", name="Tea & Co"))
    assert (await inbox.row())["owner_id"] == "S-2"
    await inbox.after(prospect("changed", 7, salesperson_id="S-3", revision=1))
    assert (await inbox.row())["owner_id"] == "S-2"


async def test_a_prospect_with_the_id_of_a_customer_is_somebody_else(inbox: Inbox) -> None:
    customer = event("customer.created", customer_id="P-1", name="A customer", known_since="2026-01-01")
    theirs = event("customer.assigned", customer_id="P-1", salesperson_id="S-9")
    await at_day(inbox, 7, customer, theirs, prospect("entered", salesperson_id=None))
    row = await inbox.row("kind = 'prospect_unvisited'")
    assert (row["owner_id"], row["owner_role"]) == ("", "sales")
    assert "山塘茶馆" in (await inbox.told())[0].data.title


async def test_what_nothing_is_said_anew_about_is_not_derived_anew(inbox: Inbox) -> None:
    history = [prospect("entered"), prospect("graded"), visit(1)]
    await inbox.processing.apply(*history)
    await inbox.derive()
    again = [prospect("entered"), prospect("graded"), visit(2)]
    await inbox.processing.apply(*again)
    assert await inbox.processing.rows("stale_customers") == []
    assert await inbox.processing.rows("customers") == []


HISTORY: list[Event[Any]] = [
    prospect("entered"),
    prospect("changed", 1, name="二", salesperson_id="S-2"),
    prospect("changed", 1, name="一", salesperson_id="S-1"),
    prospect("changed", 2, revision=3, next_visit="2026-01-09"),
    prospect("graded", 1),
    prospect("graded", 2, revision=3, grade="C", visit_days=60),
    prospect("graded", 3, revision=3, policy_version=2, grade="B", visit_days=30),
    *(prospect("entered", prospect_id=id_) for id_ in ("P-2", "P-3", "P-4")),
    visit(3, prospect_id="P-2"),
    visit(2, prospect_id="P-2", follow_up_id="F-2"),
    prospect("converted", 3, prospect_id="P-3"),
    prospect("lost", 2, prospect_id="P-3"),
    prospect("graded", 1, prospect_id="P-4", grade="D", visit_days=None),
]


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Event[Any]]]:
    events = draw(st.permutations(HISTORY + draw(st.lists(st.sampled_from(HISTORY), max_size=6))))
    cuts = sorted(draw(st.sets(st.integers(1, len(events)), max_size=5)))
    return [events[a:b] for a, b in zip([0, *cuts], [*cuts, len(events)], strict=True)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=arrivals())
async def test_any_order_of_arrival_ends_in_the_same(
    database: Database, batches: Sequence[Sequence[Event[Any]]]
) -> None:
    rows = []
    for order in ([HISTORY], batches):
        await empty(database)
        inbox = Inbox(await Processing.on(database), database)
        for batch in order:
            await inbox.processing.apply(*batch)
        assert await at_day(inbox, 8) == {KEY: "warning"}
        rows.append(await inbox.processing.rows("prospects"))
    assert rows[0] == rows[1]
    first = rows[0][0]
    assert (first["revision"], first["grade"], first["name"]) == (3, "B", "山塘茶馆")
