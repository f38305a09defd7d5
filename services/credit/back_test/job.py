"""``python -m services.credit.back_test.job ID``: carries out one back-test, beside the service and not in it.

The address of the database comes in ``TALLYMAN_DATABASE_URL``.
"""

import asyncio
import os
import sys

from services.credit.back_test import store
from services.credit.back_test.run import Totals, run
from services.credit.store.policies import policy_of
from services.kit.database import Database
from services.kit.verify import snapshot

TELL_EVERY_S = 0.5
ADDRESS = "TALLYMAN_DATABASE_URL"


async def carry_out(url: str, back_test_id: str) -> None:
    """Run a claimed back-test on one snapshot and write its result, telling how far it is."""
    database = await Database.open(url, "credit", 3)
    try:
        await _carry_out(database, url, back_test_id)
    finally:
        await database.close()


async def _carry_out(database: Database, url: str, back_test_id: str) -> None:
    row = await database.pool.fetchrow(
        "SELECT policy, from_day, to_day FROM back_tests WHERE back_test_id = $1", back_test_id
    )
    assert row is not None, back_test_id
    await store.forget_results(database, back_test_id)
    reached = [0, 0]

    def progress(done: int, total: int) -> None:
        reached[:] = done, total

    async def tell() -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            await store.note_progress(database, back_test_id, *reached)

    telling = asyncio.create_task(tell())
    totals, results = Totals(), store.Results(database, back_test_id)
    try:
        candidate = policy_of(1, row["policy"])
        async with snapshot(url, "credit") as connection:
            async for result in run(connection, candidate, row["from_day"], row["to_day"], totals, progress):
                await results.add(result)
        await results.write()
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    await store.finish(database, back_test_id, totals)


if __name__ == "__main__":
    # Decisions go first where both share a core.
    os.nice(10)
    asyncio.run(carry_out(os.environ[ADDRESS], sys.argv[1]))
