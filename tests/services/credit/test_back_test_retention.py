"""Back-tests past their retention are removed with all their results, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest

from services.credit.back_test import store
from services.credit.back_test.retention import remove_before
from services.credit.back_test.run import CustomerResult
from services.credit.rules.back_test import Flip, Outcome
from services.kit.database import Database
from tests.services.credit.events import DAY

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def back_test(database: Database, name: str, days_ago: float, status: str, flips: int = 0) -> None:
    at = NOW - timedelta(days=days_ago)
    async with database.unit_of_work() as unit:
        await store.ask_for(unit.connection, name, "{}", DAY, DAY, at, "li.na")
        await unit.connection.execute(
            "UPDATE back_tests SET status = $2 WHERE back_test_id = $1", name, status
        )
    results = store.Results(database, name)
    for number in range(flips):
        flip = Flip(1, f"O-{number}", 1, DAY, "approved", "held", 100, "CNY", [])
        await results.add(CustomerResult(f"C-{number}", {"CNY": Outcome(1, 1)}, [flip]))
    await results.write()


async def left(database: Database) -> dict[str, tuple[int, int]]:
    rows = await database.pool.fetch(
        """SELECT back_test_id, (SELECT count(*) FROM back_test_customers c WHERE c.back_test_id = t.back_test_id),
                  (SELECT count(*) FROM back_test_flips f WHERE f.back_test_id = t.back_test_id)
           FROM back_tests t"""
    )
    return {row[0]: (row[1], row[2]) for row in rows}


@pytest.mark.parametrize("rows_at_once", [1, 5, 7, 1_000])
async def test_what_has_ended_and_is_old_is_removed(database: Database, rows_at_once: int) -> None:
    await back_test(database, "old", 91, "done", flips=10)
    await back_test(database, "failed", 200, "failed", flips=3)
    await back_test(database, "young", 89, "done", flips=4)
    await back_test(database, "waits", 200, "queued")
    await back_test(database, "runs", 200, "running", flips=2)
    assert await remove_before(database, NOW - timedelta(days=90), rows_at_once) == 2
    assert await left(database) == {"young": (4, 4), "waits": (0, 0), "runs": (2, 2)}
    for table, rows in (("back_test_customers", 6), ("back_test_flips", 6)):
        assert await database.pool.fetchval(f"SELECT count(*) FROM {table}") == rows
    assert await remove_before(database, NOW - timedelta(days=90), rows_at_once) == 0


async def test_a_removal_that_was_interrupted_is_finished(database: Database) -> None:
    await back_test(database, "old", 91, "done", flips=10)
    async with database.unit_of_work() as unit:
        await unit.connection.execute("DELETE FROM back_test_flips WHERE number < 5")
    assert await remove_before(database, NOW - timedelta(days=90)) == 1
    assert await left(database) == {}
