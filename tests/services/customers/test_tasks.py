"""Follow-ups that plan themselves: from what insights tells to one task of the right salesperson, and its event."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import decode
from contracts.events.customers import CustomerAssigned
from contracts.events.insights import CustomerDormant, SegmentClassChanged
from contracts.events.policies import CurrencyAmount
from services.customers.rules.tasks import TaskPolicy, cause_of
from services.customers.verify import verify
from services.kit.database import Database
from services.kit.records import Received
from tests.services.customers.helpers import assign, enter, hire
from tests.services.customers.test_store import apply
from tests.services.events import START, make, received
from tests.services.harness import Installation, bearer, every_page, problem, published
from tests.waiting import until

in_module = pytest.mark.asyncio(loop_scope="module")

DAY = START.date()


def dormant(minute: float = 5, **fields: Any) -> Received:
    stakes = [CurrencyAmount(currency="CNY", amount=fields.pop("amount", "900.00"))]
    said = {"customer_id": "C-1", "definition": "days", "dormant_on": DAY, "last_order_day": date(2026, 1, 2)}
    return make(CustomerDormant(**{**said, "at_stake": stakes, **fields}), minute, producer="insights")


def moved(previous: str | None, current: str | None, minute: float = 6, **fields: Any) -> Received:
    said = {"customer_id": "C-1", "currency": "CNY", "day": DAY, "previous": previous, "current": current}
    return make(
        SegmentClassChanged(**{**said, "policy_version": 1, **fields}),
        minute,
        producer="insights",
    )


def assigned(salesperson_id: str, from_day: date, minute: float = 1) -> Received:
    said = CustomerAssigned(customer_id="C-1", from_day=from_day, salesperson_id=salesperson_id)
    return make(said, minute)


async def tasks(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.pool.fetch(
        "SELECT cause, salesperson_id, remind_on, open FROM follow_ups ORDER BY recorded_at, cause, salesperson_id"
    )
    return [tuple(row) for row in rows]


async def told(database: Database) -> list[Any]:
    rows = await database.pool.fetch("SELECT value FROM outbox ORDER BY batch_id, position")
    return [decode(row["value"]) for row in rows]


OWNERS = [
    assigned("S-old", DAY - timedelta(days=90)),
    assigned("S-1", DAY),
    assigned("S-next", DAY + timedelta(9)),
]
CAUSES = [dormant(), dormant(7, definition="rhythm"), moved("A", "C"), moved("C", "B", 8), moved("B", "B", 9)]
EXPECTED = [(cause, "S-1", DAY + timedelta(days=1), True) for cause in ("dormant", "class_fell")]


async def test_each_cause_plans_one_task_of_whoever_looks_after_the_customer(database: Database) -> None:
    assert await apply(database, [*OWNERS, *CAUSES]) == []
    assert await tasks(database) == EXPECTED
    events = await told(database)
    assert [(e.type, e.key, e.data.cause) for e in events] == [
        ("follow_up.recorded", "C-1", "dormant"),
        ("follow_up.recorded", "C-1", "class_fell"),
    ]
    assert "at stake: 900.00 CNY" in events[0].data.notes
    # Told again without receipts, in other batches, and our own events come back: nothing more.
    for event in [*CAUSES, *(received(event) for event in events)]:
        assert await apply(database, [event]) == []
    assert await tasks(database) == EXPECTED
    assert len(await told(database)) == 2
    # Another silence is another cause.
    await apply(database, [dormant(20, last_order_day=date(2026, 2, 2))])
    assert len(await tasks(database)) == 3
    assert (await verify(database)).holds


async def test_batches_equal_their_events_one_by_one(database: Database) -> None:
    for event in [*OWNERS, *CAUSES]:
        assert await apply(database, [event]) == []
    assert await tasks(database) == EXPECTED


async def test_nobody_gets_a_task_for_a_customer_of_nobody(database: Database) -> None:
    await apply(database, [dormant(), moved("A", "B")])
    assert await tasks(database) == []
    await apply(database, [dormant(owner_id="S-known-elsewhere")])
    assert [row[1] for row in await tasks(database)] == ["S-known-elsewhere"]


CLASSES = st.sampled_from(["A", "B", "C", None])


@given(CLASSES, CLASSES, st.booleans())
def test_only_a_fall_is_a_cause(previous: str | None, current: str | None, wanted: bool) -> None:
    order = ["A", "B", "C", None]
    fell = order.index(current) > order.index(previous)
    found = cause_of(moved(previous, current).event, TaskPolicy(class_fell=wanted), DAY)
    assert found == ("class_fell" if fell and wanted else None)


@given(st.integers(0, 200_000), st.integers(0, 200_000), st.integers(0, 60), st.integers(0, 60))
def test_a_dormant_customer_of_little_worth_or_long_ago_is_left_alone(
    worth: int, least: int, ago: int, news: int
) -> None:
    event = dormant(amount=f"{worth // 100}.{worth % 100:02}").event
    policy = TaskPolicy(least_at_stake={"CNY": f"{least // 100}.{least % 100:02}"}, news_days=news)
    found = cause_of(event, policy, DAY + timedelta(days=ago))
    assert (found == "dormant") == (worth >= least and ago <= news)
    assert cause_of(event, TaskPolicy(dormant=False), DAY) is None
    assert cause_of(dormant(at_stake=[]).event, policy, DAY) is None
    assert cause_of(event, TaskPolicy(least_at_stake={"EUR": "1"}), DAY) == "dormant"


@in_module
async def test_a_task_from_the_event_to_the_list_by_a_policy_that_may_forbid_it(
    running: Installation,
) -> None:
    sellers = [await hire(running) for _ in range(2)]
    customers = [await enter(running) for _ in sellers]
    for customer_id, seller in zip(customers, sellers, strict=True):
        await assign(running, customer_id, seller, "2026-01-01")
    in_force = await running.client.get("/follow-up-policy")
    version, policy = in_force.json()["version"], in_force.json()["policy"]
    assert in_force.headers["etag"] == f'"{version}"'
    sent = {
        **policy,
        "least_at_stake": {"CNY": "1000.00"},
        "remind_days": 3,
        "reason": "only what is worth it",
    }
    key = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{version}"'}
    for role in ("sales", "finance", "ops"):
        problem(
            await running.client.put("/follow-up-policy", json=sent, headers={**key, **bearer(role)}), 403
        )
    wrong = {**sent, "least_at_stake": {"CNY": "1.001"}}
    refused = problem(
        await running.client.put("/follow-up-policy", json=wrong, headers=bearer("manager")), 422
    )
    assert refused["errors"][0]["field"] == "least_at_stake.CNY"
    problem(await running.client.put("/follow-up-policy", json=sent), 428)
    done = await running.client.put("/follow-up-policy", json=sent, headers=key)
    assert (done.status_code, done.json()["version"]) == (200, version + 1), done.text
    assert (await running.client.put("/follow-up-policy", json=sent, headers=key)).json() == done.json()
    problem(await running.client.put("/follow-up-policy", json={**sent, "revision": version}), 409)
    newest, *_ = await every_page(running, "/follow-up-policy/versions")
    assert newest["version"] == version + 1

    today = running.replicas[0].runtime.clock.now().date()
    for customer_id, amount in zip(customers, ("999.99", "1000.00"), strict=True):
        event = dormant(customer_id=customer_id, amount=amount, dormant_on=today, definition="days")
        for _ in range(2):
            await running.producer.send_and_wait(
                running.settings.topic("insights"), event.record.value, key=customer_id.encode()
            )

    async def listed() -> bool:
        return len(await every_page(running, "/follow-ups", cause="dormant", customer=customers[1])) == 1

    await until(listed)
    [task] = await every_page(running, "/follow-ups", cause="dormant", customer=customers[1])
    assert (task["salesperson_id"], task["status"], task["cause"]) == (sellers[1], "planned", "dormant")
    assert await every_page(running, "/follow-ups", customer=customers[0]) == []
    [(_, planned)] = await published(running, "customers", "follow_up_id", task["follow_up_id"], 1)
    assert (planned.type, planned.data.cause, planned.key) == ("follow_up.recorded", "dormant", customers[1])
    assert (await verify(running.replicas[0].runtime.database)).holds
