"""Follow-ups: recording, planning, completing, putting off, and being reminded once."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Conflict
from contracts.events import EVENT_TYPES
from contracts.events.clock import DayStarted
from services.customers.handlers import HANDLERS
from services.customers.rules.archive import Archive
from services.kit.database import Database
from services.kit.records import Received
from tests.services.customers.helpers import assign, enter, give_to_sales, hire, verified
from tests.services.customers.test_store import apply
from tests.services.events import START, make, received
from tests.services.harness import (
    PARTITIONS,
    Installation,
    bearer,
    every_page,
    problem,
    published,
    topic_events,
)
from tests.services.today import today
from tests.waiting import until

in_module = pytest.mark.asyncio(loop_scope="module")

DONE = {"how": "call", "happened_at": "2026-03-04T10:05:00Z", "outcome": "promised_order"}


def day(offset: int) -> str:
    return str(today() + timedelta(days=offset))


def step(type_: str, minute: float, **fields: Any) -> Received:
    defaults: dict[str, Any] = {"follow_up_id": "F-1", "customer_id": "C-1"}
    if type_.endswith("recorded"):
        defaults |= {"salesperson_id": "S-1", "how": "call", "next_step": "send the offer"}
    return make(EVENT_TYPES[type_](**{**defaults, **fields}), minute)


RECORDED = step("follow_up.recorded", 1, remind_on=(START + timedelta(days=7)).date())
MOVED = step("follow_up.rescheduled", 2, remind_on=(START + timedelta(days=9)).date())
MOVED_AGAIN = step("follow_up.rescheduled", 3, remind_on=(START + timedelta(days=8)).date())
COMPLETED = step("follow_up.completed", 3, outcome="ordered")
STEPS = (RECORDED, MOVED, MOVED_AGAIN, COMPLETED)


def day_started(offset: int) -> Received:
    at = START.replace(hour=0) + timedelta(days=offset)
    return make(DayStarted(day=at.date(), partition=0), (at - START).total_seconds() / 60, producer="clock")


def told(archive: Archive) -> list[tuple[str, str, str]]:
    return [(o.data.TYPE, o.event_id, str(o.data.remind_on)) for o in archive.outgoing]  # type: ignore[attr-defined]


def fold(events: list[Received], archive: Archive | None = None) -> Archive:
    archive = archive or Archive()
    for event in events:
        HANDLERS[event.event.type](archive, event)
    return archive


@given(st.permutations(STEPS))
def test_steps_in_any_order_stand_the_same(shuffled: list[Received]) -> None:
    follow_up = fold(shuffled).follow_ups["F-1"]
    assert (follow_up.step, follow_up.open, follow_up.step_outcome) == ("completed", False, "ordered")
    assert (follow_up.customer_id, follow_up.next_step, follow_up.remind_on) == (
        "C-1",
        "send the offer",
        None,
    )


@given(st.permutations((RECORDED, MOVED, MOVED_AGAIN)))
def test_of_several_reminder_days_the_latest_word_counts(shuffled: list[Received]) -> None:
    follow_up = fold(shuffled).follow_ups["F-1"]
    assert (follow_up.open, follow_up.remind_on) == (True, MOVED_AGAIN.event.data.remind_on)


def test_a_reminder_is_told_once_on_its_day_and_again_only_for_another_day() -> None:
    archive = fold([RECORDED, day_started(6)])
    assert told(archive) == []
    fold([day_started(7), day_started(8)], archive)
    assert [(t, d) for t, _, d in told(archive)] == [("follow_up.due", "2026-03-09")]
    fold([step("follow_up.rescheduled", 8 * 1440, remind_on=(START + timedelta(days=9)).date())], archive)
    fold([day_started(9), day_started(10)], archive)
    assert [d for _, _, d in told(archive)] == ["2026-03-09", "2026-03-11"]
    assert len({event_id for _, event_id, _ in told(archive)}) == 2
    assert told(fold([RECORDED, COMPLETED, day_started(8)])) == []


def test_another_body_or_subject_under_a_known_id_is_refused_and_leaves_no_trace() -> None:
    archive = fold([RECORDED])
    before = repr(archive)
    for wrong in (
        step("follow_up.recorded", 5, how="visit"),
        step("follow_up.completed", 5, customer_id="C-2", outcome="paid"),
    ):
        with pytest.raises(Conflict) as refusal:
            fold([wrong], archive)
        assert refusal.value.field == "data.follow_up_id"
        assert repr(archive) == before


async def test_the_clock_tells_what_is_due_in_its_partition_once(database: Database) -> None:
    elsewhere = step("follow_up.recorded", 1, follow_up_id="F-2", customer_id="C-2", remind_on=START.date())
    other = received(elsewhere.event, partition=1)
    other.day = (START - timedelta(days=3)).date()
    await apply(database, [RECORDED, other])
    for offset in (6, 7, 7, 8):
        assert await apply(database, [day_started(offset)]) == []
    rows = await database.pool.fetch(
        "SELECT convert_from(value, 'utf8')::jsonb ->> 'type' AS type FROM outbox"
    )
    assert [row["type"] for row in rows] == ["follow_up.due"]
    due = await database.pool.fetch(
        "SELECT follow_up_id, due_told_on IS NOT NULL AS told FROM follow_ups ORDER BY 1"
    )
    assert [tuple(row) for row in due] == [("F-1", True), ("F-2", False)]


async def record(running: Installation, role: str = "manager", **fields: Any) -> dict[str, Any]:
    response = await running.client.post("/follow-ups", json=fields, headers=bearer(role))
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


@in_module
async def test_a_follow_up_from_recording_to_completion(running: Installation) -> None:
    customer_id, seller = await enter(running), await hire(running)
    await give_to_sales(running, customer_id)
    sent = {
        "customer_id": customer_id,
        "salesperson_id": seller,
        "contact": "王芳",
        "alert_id": "A-1",
        **DONE,
    }
    sent |= {"next_step": "send the offer", "remind_on": day(3), "notes": "wants spring tea"}
    key = {"Idempotency-Key": uuid.uuid4().hex, **bearer("sales")}
    first = await running.client.post("/follow-ups", json=sent, headers=key)
    assert (await running.client.post("/follow-ups", json=sent, headers=key)).json() == first.json()
    follow_up = first.json()
    assert (follow_up["status"], follow_up["recorded_by"]) == ("waiting", "sales-person")
    path = first.headers["location"]
    moved = await running.client.post(f"{path}/reschedule", json={"remind_on": day(5), "reason": "away"})
    assert (moved.status_code, moved.json()["remind_on"]) == (200, day(5))
    over = problem(await running.client.post(f"{path}/reschedule", json={"remind_on": day(-1)}), 422)
    assert over["errors"][0]["field"] == "remind_on"
    done = await running.client.post(
        f"{path}/completion", json={"outcome": "ordered"}, headers=bearer("sales")
    )
    assert (done.json()["status"], done.json()["outcome"]) == ("done", "ordered")
    again = problem(await running.client.post(f"{path}/completion", json={"outcome": "paid"}), 409)
    assert "sales-person" in again["detail"]
    shown = (await running.client.get(path)).json()
    assert [(s["kind"], s["by"]) for s in shown["steps"]] == [
        ("follow_up.completed", "sales-person"),
        ("follow_up.rescheduled", "manager-person"),
        ("follow_up.recorded", "sales-person"),
    ]
    events = [
        e for _, e in await published(running, "customers", "follow_up_id", follow_up["follow_up_id"], 3)
    ]
    assert [(e.type, e.key) for e in events] == [
        ("follow_up.recorded", customer_id),
        ("follow_up.rescheduled", customer_id),
        ("follow_up.completed", customer_id),
    ]
    problem(await running.client.post("/follow-ups/F-none/completion", json={"outcome": "paid"}), 404)
    problem(await running.client.post("/follow-ups", json=sent, headers=bearer("ops")), 403)
    await verified(running)


@in_module
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer_id": None}, "customer_id"),
        ({"prospect_id": "P-1"}, "customer_id"),
        ({"customer_id": "C-nobody"}, "customer_id"),
        ({"salesperson_id": "S-nobody"}, "salesperson_id"),
        ({"salesperson_id": None}, "salesperson_id"),
        ({"happened_at": None}, "happened_at"),
        ({"happened_at": None, "outcome": None}, "remind_on"),
        ({"outcome": None}, "outcome"),
        ({"outcome": "maybe"}, "outcome"),
        ({"happened_at": "2099-01-01T00:00:00Z"}, "happened_at"),
        ({"how": "pigeon"}, "how"),
    ],
)
async def test_a_follow_up_that_makes_no_sense(
    running: Installation, change: dict[str, Any], field: str
) -> None:
    sent = {"customer_id": await enter(running), "salesperson_id": await hire(running), **DONE, **change}
    refused = problem(await running.client.post("/follow-ups", json=sent), 422)
    assert [error["field"] for error in refused["errors"]] == [field]


@in_module
async def test_lists_of_what_was_done_and_what_is_due(running: Installation) -> None:
    customer_id, seller, other = await enter(running), await hire(running), await hire(running)
    await assign(running, customer_id, seller, "2026-01-01")
    mine = {"customer_id": customer_id}
    done = await record(running, **mine, **DONE, alert_id="A-list")
    waiting = await record(running, **mine, **DONE, next_step="call", remind_on=day(0))
    planned = await record(running, **mine, how="visit", remind_on=day(9), salesperson_id=other)
    assert (done["salesperson_id"], planned["status"], done["status"]) == (seller, "planned", "done")

    async def ids(**filters: Any) -> list[str]:
        rows = await every_page(running, "/follow-ups", customer=customer_id, **filters)
        return [row["follow_up_id"] for row in rows]

    numbers = [f["follow_up_id"] for f in (done, waiting, planned)]
    assert await ids() == numbers[::-1]
    assert await ids(sort="remind_on") == [numbers[1], numbers[2], numbers[0]]
    assert await ids(salesperson=other) == [numbers[2]]
    assert await ids(alert="A-list") == [numbers[0]]
    assert await ids(outcome="promised_order", sort="recorded_at") == numbers[:2]
    assert await ids(open="true", sort="recorded_at") == numbers[1:]
    assert await ids(how="visit") == [numbers[2]]
    assert await ids(due="true") == [numbers[1]]
    assert await ids(due="true", due_by=day(9), sort="remind_on") == numbers[1:]
    assert await ids(due="false", sort="recorded_at") == [numbers[0], numbers[2]]
    assert await ids(recorded_from=day(1)) == []
    problem(await running.client.get("/follow-ups", params={"sort": "salesperson_id"}), 422)


@in_module
async def test_a_reminder_goes_out_once_when_the_clock_says_so(running: Installation) -> None:
    customer_id, seller = await enter(running), await hire(running)
    due = await record(running, customer_id=customer_id, salesperson_id=seller, how="call", remind_on=day(1))
    number = due["follow_up_id"]
    for offset in (1, 2):
        at = datetime.combine(today() + timedelta(days=offset), datetime.min.time(), UTC)
        for partition in range(PARTITIONS):
            event = make(
                DayStarted(day=at.date(), partition=partition),
                (at - START).total_seconds() / 60,
                event_id=f"day-{at.date()}-{partition}",
                producer="clock",
            )
            topic, value = running.settings.topic("clock"), event.record.value
            await running.producer.send_and_wait(topic, value, key=b"0", partition=partition)

    async def listed() -> bool:
        database = running.replicas[0].runtime.database
        days = await database.pool.fetch("SELECT day FROM partition_days")
        return len(days) == PARTITIONS and all(row["day"] > today() + timedelta(days=1) for row in days)

    await until(listed)
    events = [e.type for _, e in await published(running, "customers", "follow_up_id", number, 2)]
    assert events == ["follow_up.recorded", "follow_up.due"]
    due_now = await record(
        running, customer_id=customer_id, salesperson_id=seller, how="call", remind_on=day(0)
    )
    events = [
        e.type for _, e in await published(running, "customers", "follow_up_id", due_now["follow_up_id"], 2)
    ]
    assert events == ["follow_up.recorded", "follow_up.due"]
    assert len(await topic_events(running, "customers", "follow_up_id", number)) == 2
    # What is due by the business day that has begun is told at once, whatever the wall clock says.
    begun = await record(
        running, customer_id=customer_id, salesperson_id=seller, how="call", remind_on=day(2)
    )
    events = [
        e.type for _, e in await published(running, "customers", "follow_up_id", begun["follow_up_id"], 2)
    ]
    assert events == ["follow_up.recorded", "follow_up.due"]
    await verified(running)
