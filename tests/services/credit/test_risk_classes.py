"""A risk class that gets worse or better is told to the world, once each time, and with what it is made of."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credit.outgoing_risk import costliest
from services.credit.risk import refresh
from services.credit.risk_background import StandingKeeper
from services.credit.rules.risk import FactorScore
from services.kit.database import Database
from services.kit.runtime import Runtime
from tests.services.credit.events import DAY, PARTITIONS, event
from tests.services.credit.live import Live

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def keeper(database: Database) -> StandingKeeper:
    settings = SimpleNamespace(zone=ZoneInfo("UTC"))
    parts = SimpleNamespace(database=database, clock=SimpleNamespace(now=lambda: NOW), settings=settings)
    return StandingKeeper(cast(Runtime, parts))


async def day(live: Live, days: int) -> None:
    await live.apply_events(
        *(
            event("clock.day_started", days * 1440 - 600, day=DAY + timedelta(days=days), partition=partition)
            for partition in range(PARTITIONS)
        )
    )


async def settle(keeper: StandingKeeper) -> None:
    while await keeper.step():
        pass
    await keeper.step()


async def told(database: Database) -> list[dict[str, Any]]:
    rows = await database.pool.fetch("SELECT value FROM outbox ORDER BY batch_id, position")
    events = [json.loads(row["value"]) for row in rows]
    return [e["data"] for e in events if e["type"] == "credit.risk_class_changed"]


async def class_of(database: Database) -> str:
    found: str = await database.pool.fetchval(
        "SELECT risk_class FROM risk_standings WHERE customer_id = 'C-1'"
    )
    return found


async def invoiced(live: Live) -> None:
    await day(live, 0)
    await live.apply_events(
        event("terms.set", 1, limit="100000.00"),
        event("order.invoiced", 2, amount="900.00", order_id=None),
    )


async def test_each_change_is_told_once(database: Database, keeper: StandingKeeper) -> None:
    live = Live(database)
    await invoiced(live)
    await settle(keeper)
    first = await class_of(database)
    assert await told(database) == [], "the first class is no change"

    await day(live, 200)
    await settle(keeper)
    worse = await class_of(database)
    assert worse > first
    [change] = await told(database)
    assert (change["customer_id"], change["previous_class"], change["risk_class"], change["worse"]) == (
        "C-1",
        first,
        worse,
        True,
    )
    standing = json.loads(
        await database.pool.fetchval("SELECT body FROM risk_standings WHERE customer_id = 'C-1'")
    )
    assert (change["score"], change["journal_seq"], change["day"]) == (
        standing["score"]["score"],
        standing["seq"],
        (DAY + timedelta(days=200)).isoformat(),
    )
    assert 1 <= len(change["factors"]) <= 3
    assert any(factor["name"].startswith("overdue") for factor in change["factors"])

    await day(live, 201)
    await settle(keeper)
    assert len(await told(database)) == 1, "a standing made anew with the same class is no change"

    await live.apply_events(event("payment.received", 201 * 1440, amount="900.00"))
    await settle(keeper)
    better = await class_of(database)
    assert better < worse
    [_, change] = await told(database)
    assert (change["previous_class"], change["risk_class"], change["worse"]) == (worse, better, False)


async def test_a_change_found_when_somebody_asked_is_told_too(
    database: Database, keeper: StandingKeeper
) -> None:
    live = Live(database)
    await invoiced(live)
    await settle(keeper)
    await day(live, 200)
    async with database.unit_of_work() as unit:
        await refresh(unit.connection, ["C-1"], DAY)
    assert await told(database) == []
    await settle(keeper)
    assert len(await told(database)) == 1


async def test_replicas_that_look_at_once_tell_it_once(database: Database, keeper: StandingKeeper) -> None:
    live = Live(database)
    await invoiced(live)
    await settle(keeper)
    await day(live, 200)
    others = [StandingKeeper(keeper._runtime) for _ in range(4)]
    await asyncio.gather(*(settle(each) for each in (keeper, *others)))
    await settle(keeper)
    assert len(await told(database)) == 1


def factor(name: str, points: int | None, weight: int) -> FactorScore:
    return FactorScore(name, "days", Decimal(1), points, weight, Decimal(0))


@given(st.lists(st.tuples(st.none() | st.integers(0, 100), st.integers(0, 50)), max_size=9))
def test_what_costs_most_comes_first(points: list[tuple[int | None, int]]) -> None:
    given_ = tuple(factor(f"f{number}", *each) for number, each in enumerate(points))
    found = costliest(given_)
    costs = [(100 - (each.points or 0)) * each.weight for each in found]
    assert costs == sorted(costs, reverse=True)
    left_out = [each for each in given_ if each not in found]
    assert all(each.points is None or (100 - each.points) * each.weight == 0 for each in left_out)
