"""The reconciler beside a service at work."""

import asyncio

from services.credit import reconcile as module
from services.credit.reconcile import Reconciler
from services.kit import metrics
from services.kit.database import Database
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream


def _gauge() -> float:
    return float(metrics.RECONCILIATION_DRIFT.labels("credit")._value.get())


async def _round(reconciler: Reconciler) -> int:
    checked = 0
    while number := await reconciler.step():
        checked += number
    return checked


async def test_it_finds_no_drift_while_events_are_applied(database: Database) -> None:
    live, reconciler = Live(database), Reconciler(database)
    records = await numbered(database, stream(21, 400))

    async def work() -> None:
        for start in range(0, len(records), 20):
            await live.apply(records[start : start + 20])

    working = asyncio.create_task(work())
    rounds = 0
    while not working.done():
        rounds += bool(await _round(reconciler))
    await working
    assert rounds > 2
    assert reconciler.drifted == set()
    assert _gauge() == 0


async def test_drift_is_counted_until_it_is_mended(database: Database) -> None:
    live, reconciler = Live(database), Reconciler(database)
    await live.apply(await numbered(database, stream(22, 300)))
    await database.pool.execute(
        "UPDATE accounts SET unapplied = unapplied + 1 WHERE customer_id IN ('C-1', 'C-3')"
    )
    assert await _round(reconciler) == 5
    assert (reconciler.drifted, _gauge()) == ({"C-1", "C-3"}, 2)
    await database.pool.execute("UPDATE accounts SET unapplied = unapplied - 1 WHERE customer_id = 'C-3'")
    await _round(reconciler)
    assert (reconciler.drifted, _gauge()) == ({"C-1"}, 1)


async def test_a_long_journal_has_a_step_of_its_own(database: Database) -> None:
    await Live(database).apply(await numbered(database, stream(23, 300)))
    reconciler = Reconciler(database)
    whole, module.ENTRIES_PER_STEP = module.ENTRIES_PER_STEP, 10
    try:
        assert [await reconciler.step() for _ in range(6)] == [1, 1, 1, 1, 1, 0]
    finally:
        module.ENTRIES_PER_STEP = whole
