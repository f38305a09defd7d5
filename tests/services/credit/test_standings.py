"""Standings and the population kept current in the background, and policies that come into force by the calendar."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from services.credit.risk import read_population, refresh
from services.credit.risk_background import (
    CUSTOMERS_PER_STEP,
    STEP_S,
    StandingKeeper,
    fit_population,
    size_after,
)
from services.credit.rules.habits import DEFAULT
from services.credit.verify import verify
from services.credit.verify_sql import HISTORY
from services.kit.database import Database
from services.kit.runtime import Runtime
from tests.services.credit.events import DAY, PARTITIONS, event
from tests.services.credit.live import Live


class _Clock:
    def now(self) -> datetime:
        return datetime.combine(DAY, datetime.min.time(), UTC)


@pytest.fixture
def runtime(database: Database) -> Runtime:
    """The parts of a runtime that background work looks at."""
    parts = SimpleNamespace(database=database, clock=_Clock(), settings=SimpleNamespace(zone=ZoneInfo("UTC")))
    return cast(Runtime, parts)


@pytest.fixture
def live(database: Database) -> Live:
    return Live(database)


async def day(live: Live, days: int) -> None:
    await live.apply_events(
        *(
            event("clock.day_started", days * 1440 - 600, day=DAY + timedelta(days=days), partition=partition)
            for partition in range(PARTITIONS)
        )
    )


async def standings(database: Database) -> dict[str, Any]:
    rows = await database.pool.fetch("SELECT * FROM risk_standings")
    return {row["customer_id"]: row for row in rows}


async def settle(keeper: StandingKeeper) -> int:
    """Make everything that is behind."""
    made = 0
    while behind := await keeper.step():
        made += behind
    return made


async def test_only_what_is_behind_is_made(database: Database, runtime: Runtime, live: Live) -> None:
    keeper = StandingKeeper(runtime)
    assert await settle(keeper) == 0
    await day(live, 0)
    for number in range(120):
        await live.apply_events(
            event(
                "order.invoiced", number, customer_id=f"C-{number}", invoice_id=f"I-{number}", order_id=None
            )
        )
    assert await settle(keeper) == 120
    assert await settle(keeper) == 0
    await live.apply_events(event("payment.received", 200, customer_id="C-7", amount="40.00"))
    assert await settle(keeper) == 1
    found = await standings(database)
    assert (found["C-7"]["call_amount"], found["C-8"]["call_amount"]) == (6_000, 10_000)
    await day(live, 30)
    assert await settle(keeper) == 120
    found = await standings(database)
    assert {row["day"] for row in found.values()} == {DAY + timedelta(days=30)}
    assert (found["C-7"]["call_amount"], found["C-8"]["call_amount"]) == (6_000, 10_000)
    assert (found["C-7"]["overdue_days"], found["C-8"]["overdue_days"]) == (30, 30)


async def test_a_policy_comes_into_force_on_its_day(database: Database, runtime: Runtime, live: Live) -> None:
    keeper = StandingKeeper(runtime)
    await day(live, 0)
    await live.apply_events(event("order.invoiced", 1, order_id=None))
    await settle(keeper)
    body = json.loads(await database.pool.fetchval("SELECT body FROM risk_policies"))
    for factor in body["factors"]:
        factor["weight"] = int(factor["name"] == "sales_count")
    await database.pool.execute(
        "INSERT INTO risk_policies (version, body, effective_from, reason) VALUES (2, $1, $2, 'stricter')",
        json.dumps(body),
        DAY + timedelta(days=2),
    )
    assert await settle(keeper) == 0
    await day(live, 1)
    await settle(keeper)
    assert (await standings(database))["C-1"]["policy_version"] == 1
    await day(live, 2)
    await settle(keeper)
    found = (await standings(database))["C-1"]
    assert (found["policy_version"], found["score"], found["risk_class"]) == (2, 5_000, "C")


async def test_the_population_is_fitted_when_there_is_enough_and_again_when_there_is_more(
    database: Database, runtime: Runtime, live: Live
) -> None:
    keeper = StandingKeeper(runtime)
    await _paid(live, range(29))
    await settle(keeper)
    assert await fit_population(runtime) is None
    await _paid(live, range(29, 60))
    await settle(keeper)
    fitted = await fit_population(runtime)
    assert fitted is not None
    assert (fitted.version, fitted.settled) == (1, 60)
    assert 0 < fitted.mean < 20
    async with database.unit_of_work() as unit:
        assert await read_population(unit.connection) == fitted != DEFAULT
    assert await settle(keeper) == 4
    assert {row["population_version"] for row in (await standings(database)).values()} == {1}
    assert await fit_population(runtime) is None
    await _paid(live, range(60, 75))
    await settle(keeper)
    again = await fit_population(runtime)
    assert again is not None
    assert (again.version, again.settled) == (2, 75)


async def _paid(live: Live, numbers: range) -> None:
    """Invoices of four customers, each paid on the day 0 to 20 days late."""
    for number in numbers:
        customer = f"C-{number % 4}"
        due = DAY - timedelta(days=number % 21)
        fields: dict[str, Any] = {"customer_id": customer, "order_id": None}
        await live.apply_events(
            event("order.invoiced", number, invoice_id=f"I-{number}", issued_on=due, due_on=due, **fields),
            event("payment.received", number + 0.5, customer_id=customer, payment_id=f"P-{number}"),
        )


async def test_two_who_make_the_same_standing_do_not_hinder_each_other(
    database: Database, live: Live
) -> None:
    await live.apply_events(event("order.invoiced", 1, order_id=None))

    async def once(*, wait: bool) -> int:
        async with database.unit_of_work() as unit:
            return len(await refresh(unit.connection, ["C-1", "NOBODY"], DAY, wait=wait))

    assert await asyncio.gather(*(once(wait=True) for _ in range(5))) == [1] * 5
    async with database.unit_of_work() as unit:
        await refresh(unit.connection, ["C-1"], DAY)
        assert await asyncio.wait_for(once(wait=False), 5) == 0


async def test_making_standings_locks_no_account(database: Database, live: Live) -> None:
    await live.apply_events(event("order.invoiced", 1, order_id=None))
    async with database.unit_of_work() as unit:
        await refresh(unit.connection, ["C-1"], DAY)
        await asyncio.wait_for(live.apply_events(event("payment.received", 2)), 5)
    async with database.unit_of_work() as unit:
        made = await refresh(unit.connection, ["C-1"], DAY)
    assert made["C-1"].call.amount == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE invoice_history SET open = open + 1",
        "UPDATE invoice_history SET settled_seq = settled_seq + 1 WHERE settled_seq IS NOT NULL",
        "UPDATE invoice_history SET due_on = due_on + 1",
        "DELETE FROM invoice_history WHERE settled_seq IS NOT NULL",
        "INSERT INTO invoice_history SELECT 'X', customer_id, issued_on, due_on, 1, 0 FROM invoice_history LIMIT 1",
    ],
)
async def test_a_history_that_is_not_what_the_books_say_is_found(
    database: Database, runtime: Runtime, live: Live, damage: str
) -> None:
    await _paid(live, range(6))
    await live.apply_events(event("order.invoiced", 9, customer_id="C-1", invoice_id="I-open", order_id=None))
    await settle(StandingKeeper(runtime))
    assert (await verify(database)).problems == []
    await database.pool.execute(damage)
    assert {problem.invariant for problem in (await verify(database)).problems} == {HISTORY}


def test_a_step_takes_as_many_as_the_database_manages_in_a_moment() -> None:
    least, most = CUSTOMERS_PER_STEP
    assert size_after(20, STEP_S) == 20
    assert size_after(20, STEP_S * 2) == 10
    assert size_after(20, STEP_S / 1_000) == 40
    assert (size_after(least, STEP_S * 100), size_after(most, 0.0001)) == (least, most)
