"""Removing back-tests past their retention, results first, a few thousand rows at a time."""

import logging
from datetime import datetime, timedelta

from services.kit.database import Database
from services.kit.housekeeping import PURGE_EVERY_S, every
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 5_000
_RESULTS = ("back_test_flips", "back_test_customers")


async def purge_back_tests(runtime: Runtime) -> None:
    """Remove old back-tests now and then; runs until cancelled. Every replica may: what is gone is gone."""
    await every(PURGE_EVERY_S, runtime, _purge)


async def _purge(runtime: Runtime) -> None:
    kept = timedelta(days=runtime.settings.back_test_retention_days)
    removed = await remove_before(runtime.database, runtime.clock.now() - kept)
    if removed:
        log.info("removed %d back-tests past their retention", removed)


async def remove_before(database: Database, moment: datetime, rows_at_once: int = ROWS_AT_ONCE) -> int:
    """Remove the back-tests that have ended and were asked for before ``moment``; return how many.

    One that waits or runs stays, however long ago it was asked for. The back-test itself goes last, so that one whose
    removal was interrupted is found again.
    """
    removed = 0
    rows = await database.pool.fetch(
        """SELECT back_test_id FROM back_tests WHERE status IN ('done', 'failed') AND created_at < $1
           ORDER BY created_at""",
        moment,
    )
    for row in rows:
        for table in _RESULTS:
            while await _remove_some(database, table, row["back_test_id"], rows_at_once) == rows_at_once:
                pass
        async with database.unit_of_work() as unit:
            gone = await unit.connection.fetchval(
                "DELETE FROM back_tests WHERE back_test_id = $1 RETURNING 1", row["back_test_id"]
            )
        removed += gone or 0
    return removed


async def _remove_some(database: Database, table: str, back_test_id: str, most: int) -> int:
    async with database.unit_of_work() as unit:
        gone: int = await unit.connection.fetchval(
            f"""WITH gone AS (
                    DELETE FROM {table} WHERE back_test_id = $1 AND number IN (
                        SELECT number FROM {table} WHERE back_test_id = $1 ORDER BY number LIMIT $2)
                    RETURNING 1)
                SELECT count(*) FROM gone""",  # noqa: S608
            back_test_id,
            most,
        )
    return gone
