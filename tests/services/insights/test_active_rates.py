"""Active rates below target raise an alert about the salesperson, which goes when they recover."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.insights.active_rates import RateCounter
from services.insights.rules.performance import Performance
from services.insights.store.dated_policies import add_policy
from services.insights.verify import INVARIANTS, Reconciler, verify
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOW = {"active_rate_low:S-1": "critical"}


def _assigned(customer: str, salesperson: str, at: float = -5, **fields: Any) -> Any:
    return event("customer.assigned", at=at, customer_id=customer, salesperson_id=salesperson, **fields)


def _order(customer: str, at: float) -> Any:
    return event("order.placed", at=at, customer_id=customer, order_id=f"{customer}-{at}")


class Rates:
    """Events in; derived, counted, reported and shown."""

    def __init__(self, database: Database, processing: Processing) -> None:
        self.inbox, self.counter = Inbox(processing, database), RateCounter(database)
        self.database = database

    async def target(self, policy: Performance, from_day: date = date(2026, 1, 1)) -> None:
        async with self.database.unit_of_work() as unit:
            body = msgspec.json.encode(policy).decode()
            await add_policy(unit.connection, "performance", from_day, body, by="m", reason="-", at=NOW)

    async def after(self, *events: Any) -> dict[str, str]:
        await self.inbox.after(*events)
        await self.counter.step()
        return {k: s for k, s in (await self.inbox.after()).items() if k.startswith("active_rate")}


async def test_it_is_raised_below_the_target_and_taken_back(
    database: Database, processing: Processing
) -> None:
    rates = Rates(database, processing)
    await rates.target(Performance(60))
    customers = [f"C-{n}" for n in range(1, 6)]
    # On the 20th of January 60 * 20 / 31 = 38.7 % are due: two of five are enough, one is not.
    assert await rates.after(*(_assigned(c, "S-1") for c in customers), tick("2026-01-20")) == {
        "active_rate_low:S-1": "critical"
    }
    assert await rates.after(_order("C-1", 3)) == {"active_rate_low:S-1": "warning"}
    [row] = await rates.inbox.rows("kind = 'active_rate_low'")
    assert (row["facts"]["percent"], row["facts"]["target_percent"]) == ("20.0", "38.7")
    assert await rates.after(_order("C-2", 4)) == {}
    # A cancelled order does not count; the day moves on by itself; an order of another month changes nothing.
    assert list(
        await rates.after(event("order.cancelled", at=5, customer_id="C-2", order_id="C-2-4"))
    ) == list(LOW)
    assert await rates.after(_order("C-2", 5)) == {}
    assert list(await rates.after(tick("2026-01-31"))) == list(LOW)
    assert list(await rates.after(_order("C-3", -20))) == list(LOW)
    assert await rates.after(_order("C-3", 20)) == {}
    assert set((await verify(database))[INVARIANTS["active_rates"]]) == set()


async def test_it_follows_assignments_and_targets(database: Database, processing: Processing) -> None:
    rates = Rates(database, processing)
    history = [_assigned("C-1", "S-1"), _assigned("C-2", "S-2"), _order("C-1", 1), tick("2026-01-31")]
    assert await rates.after(*history) == {}
    await rates.target(Performance(60, {"S-2": None}))
    assert await rates.after() == {}
    # The customer without an order is handed over: now it is one of two.
    assert list(await rates.after(_assigned("C-2", "S-1", at=26, from_day="2026-01-20"))) == list(LOW)
    await rates.target(Performance(60, {"S-1": 50}))
    assert await rates.after() == {}
    await rates.target(Performance(60, {"S-1": 90}), date(2026, 2, 1))
    assert await rates.after() == {}
    # The next month has its own target, and begins anew: 90 / 28 % are due on its first day.
    assert list(await rates.after(tick("2026-02-01"))) == list(LOW)
    [row] = await rates.inbox.rows("state <> 'resolved'")
    assert (row["facts"]["month"], row["facts"]["target_percent"]) == ("2026-02", "3.2")


async def test_drift_is_found(database: Database, processing: Processing) -> None:
    rates = Rates(database, processing)
    await rates.target(Performance(60))
    assert await rates.after(_assigned("C-1", "S-1"), _assigned("C-2", "S-1"), tick("2026-01-31")) == LOW
    await database.pool.execute(
        """UPDATE alert_signals SET facts = '{"assigned": 2, "active": 1}' WHERE kind = 'active_rate_low'"""
    )
    [found] = (await verify(database))[INVARIANTS["active_rates"]]
    assert (found.customer, found.expected) == ("S-1", "2 assigned, 0")
    reconciler = Reconciler(database)
    for _ in range(2):
        await reconciler.step()
    assert reconciler.misclassed == {"S-1"}
