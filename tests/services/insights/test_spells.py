"""Dormant spells: found, ended, credited and told, in whatever order events come; equal to plain computations."""

from datetime import date, timedelta
from math import sqrt
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import decode
from services.insights.rules.revival import Contact, Spell, credited_contact, next_turn, spells, wilson
from services.insights.rules.segment_policy import LifeCycle
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up
from tests.services.insights.test_expecting import expect

RULE = LifeCycle(dormant_days=30, dormant_gaps=3, follow_up_days=10)
START = date(2026, 1, 5)


def _day(number: int) -> date:
    return START + timedelta(days=number)


@given(st.sets(st.integers(0, 400), max_size=12), st.integers(400, 500))
def test_spells_equal_a_walk_through_the_days(ordered: set[int], today: int) -> None:
    numbers = sorted(ordered)
    found = {s.last_order_day: s for s in spells([_day(n) for n in numbers], _day(today), RULE)}
    expected: dict[date, Spell] = {}
    for at, last in enumerate(numbers):
        after = numbers[at + 1] if at + 1 < len(numbers) else None
        firsts: list[int | None] = [None, None]
        for now in range(last, (today if after is None else after) + 1):
            silence = now - last
            if silence > 30 and firsts[0] is None:
                firsts[0] = now
            # More than three mean gaps, without dividing.
            if at >= 3 and silence * at > 3 * (last - numbers[0]) and firsts[1] is None:
                firsts[1] = now
        if firsts != [None, None]:
            by_days, by_rhythm = (None if n is None else _day(n) for n in firsts)
            back = None if after is None else _day(after)
            expected[_day(last)] = Spell(_day(last), by_days, by_rhythm, back)
    assert found == expected


@given(st.sets(st.integers(0, 200), min_size=1, max_size=8), st.integers(0, 100))
def test_nothing_changes_by_itself_before_the_next_turn(ordered: set[int], later: int) -> None:
    days = [_day(n) for n in sorted(ordered)]
    today = days[-1] + timedelta(days=later)
    turn = next_turn(days, today, RULE)
    until = today + timedelta(days=200) if turn is None else turn - timedelta(days=1)
    assert spells(days, today, RULE) == spells(days, until, RULE)
    if turn is not None:
        assert spells(days, turn, RULE) != spells(days, today, RULE)


def test_which_contact_is_credited() -> None:
    over = Spell(_day(0), _day(31), None, _day(50))
    contacts = [Contact(_day(n), f"F-{n}") for n in (39, 40, 45, 51)]
    assert credited_contact(over, contacts, RULE) == contacts[2]
    assert credited_contact(over, contacts[:2], RULE) == contacts[1]
    assert credited_contact(over, contacts[:1], RULE) is None
    assert credited_contact(over, [Contact(_day(50), "F")], RULE) == Contact(_day(50), "F")
    assert credited_contact(Spell(_day(0), _day(31), None, None), contacts, RULE) is None


@given(st.integers(1, 500), st.data())
def test_wilson_bounds_solve_the_score_equation(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    interval = wilson(successes, trials)
    assert interval is not None
    share = successes / trials
    for bound in interval:
        assert 0 <= bound <= 1
        if 1e-9 < bound < 1 - 1e-9:
            assert abs(share - bound) / sqrt(bound * (1 - bound) / trials) == pytest.approx(
                1.959964, rel=1e-6
            )
    assert wilson(0, 0) is None


def order(day: int, customer: str = "C-1", **fields: Any) -> Any:
    return event("order.placed", at=day, customer_id=customer, order_id=f"{customer}-{day}", **fields)


def follow_up(day: int, id_: str, **fields: Any) -> Any:
    body = {"follow_up_id": id_, "salesperson_id": "S-2", "how": "call", "outcome": "informed", **fields}
    happened = _day(day).isoformat() + "T09:00:00+08:00"
    return event("follow_up.recorded", at=day, happened_at=happened, **body)


HISTORY = [
    event("customer.created", at=-1),
    event("customer.assigned", at=-1, from_day="2026-01-01", salesperson_id="S-1"),
    event("customer.assigned", at=105, from_day="2026-04-15", salesperson_id="S-2"),
    order(0),
    follow_up(95, "F-1", alert_id="A-1"),
    event(
        "follow_up.recorded",
        at=60,
        follow_up_id="F-2",
        salesperson_id="S-1",
        how="visit",
        remind_on="2026-04-10",
    ),
    event("follow_up.completed", at=99, follow_up_id="F-2", outcome="ordered"),
    order(110),
    order(112),
    event("staff.entered", at=-9, salesperson_id="S-2", name="Li Na", active_from="2025-01-01"),
]


async def _told(database: Database) -> list[tuple[str, Any]]:
    rows = await database.pool.fetch("SELECT value FROM outbox ORDER BY batch_id, position")
    events = [decode(row["value"]) for row in rows]
    return [(e.type, e.data) for e in events if e.type in {"customer.dormant", "customer.revived"}]


async def test_a_customer_falls_silent_and_comes_back(processing: Processing, database: Database) -> None:
    *before, back, again, staff = HISTORY
    await processing.apply(*before, staff, tick("2026-04-05"))
    await catch_up(database)
    assert await processing.rows("dormant_spells") == []
    await processing.apply(tick("2026-04-06"))
    await catch_up(database)
    [(type_, dormant)] = await _told(database)
    assert (type_, dormant.definition, dormant.dormant_on) == ("customer.dormant", "days", _day(91))
    assert dormant.owner_id == "S-1"
    await processing.apply(back, again, tick("2026-04-28"))
    await catch_up(database)
    [spell] = await processing.rows("dormant_spells")
    assert (spell["days_on"], spell["rhythm_on"], spell["revived_on"]) == (_day(91), None, _day(110))
    assert (spell["credited_to"], spell["follow_up_id"]) == ("S-2", "F-2")
    [_, (type_, revived)] = await _told(database)
    assert (type_, revived.revived_on, revived.dormant_days) == ("customer.revived", _day(110), 19)
    assert (revived.owner_id, revived.follow_up_id, revived.by_days) == ("S-2", "F-2", True)
    assert (await verify(database)).problems == []


async def test_dormancy_tells_what_is_at_stake(processing: Processing, database: Database) -> None:
    orders = [order(n, amount="250.05") for n in (0, 20, 45, 60)]
    await processing.apply(HISTORY[0], *orders, order(61, "C-2"), tick("2026-03-08"))
    await expect(database)
    await processing.apply(tick("2026-06-20"))
    await catch_up(database)
    [row] = await processing.rows("order_forecasts", "customer_id = 'C-1'")
    told = [data for _, data in await _told(database) if data.customer_id == "C-1"]
    assert sorted(data.definition for data in told) == ["days", "rhythm"]
    for data in told:
        [stake] = data.at_stake
        minor = round(4 * 25_005 * row["active"])
        assert (stake.currency, stake.amount) == ("CNY", f"{minor // 100}.{minor % 100:02}")
        assert 0 < minor < 4 * 25_005


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_arrival_ends_in_the_same(
    processing: Processing, database: Database, seed: int
) -> None:
    shuffled = [*HISTORY, tick("2026-04-28")]
    Random(seed).shuffle(shuffled)
    for one in shuffled:
        await processing.apply(one)
        await catch_up(database)
    [spell] = await processing.rows("dormant_spells")
    assert list(spell.values()) == ["C-1", START, _day(91), None, _day(110), "S-2", "F-2"]
    contacts = {r["follow_up_id"]: r for r in await processing.rows("follow_ups")}
    assert contacts["F-1"]["alert_id"] == "A-1"
    assert contacts["F-2"]["completed_on"] == _day(99)
    assert (await processing.row("salespeople"))["name"] == "Li Na"
    assert (await verify(database)).problems == []


async def test_a_cancelled_or_late_order_corrects_a_spell(processing: Processing, database: Database) -> None:
    await processing.apply(order(0), order(110), tick("2026-06-01"))
    await catch_up(database)
    assert (await processing.row("dormant_spells"))["revived_on"] == _day(110)
    await processing.apply(event("order.cancelled", at=111, order_id="C-1-110"))
    await catch_up(database)
    assert (await processing.row("dormant_spells"))["revived_on"] is None
    await processing.apply(order(60))
    await catch_up(database)
    assert await processing.rows("dormant_spells") == []


async def test_old_history_is_no_news(processing: Processing, database: Database) -> None:
    await processing.apply(order(0), order(110), order(140), tick("2026-12-01"))
    await catch_up(database)
    assert len(await processing.rows("dormant_spells")) == 2
    assert [(type_, data.last_order_day) for type_, data in await _told(database)] == [
        ("customer.dormant", _day(140))
    ]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE dormant_spells SET days_on = days_on + 1",
        "UPDATE dormant_spells SET rhythm_on = days_on",
        "UPDATE dormant_spells SET revived_on = NULL",
        "UPDATE dormant_spells SET credited_to = 'S-9'",
        "UPDATE dormant_spells SET follow_up_id = NULL",
        "DELETE FROM dormant_spells",
        "INSERT INTO dormant_spells SELECT 'C-1', '2026-04-25', '2026-04-26', NULL, NULL, ''",
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str) -> None:
    await processing.apply(*HISTORY, tick("2026-04-28"))
    await catch_up(database)
    await database.pool.execute(tampering)
    report = await verify(database)
    assert report[INVARIANTS["dormant_spells"]]
