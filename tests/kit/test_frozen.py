"""A process that stops moving inside its transaction."""

import asyncio
import multiprocessing
import os
import signal
from pathlib import Path

from deploy.local.tansu import TansuBroker
from services.kit import database as kit_database
from services.kit.database import Database
from tests.kit.lab import Lab, Memo, applier_of, customer_on, placed, until
from tests.kit.records import begin, record

ALICE = customer_on(0)


def freeze_in_transaction(url: str, schema: str, frozen: str) -> None:
    # As long as in production would make the test long.
    kit_database.IDLE_TRANSACTION_TIMEOUT_MS = 2_000

    async def work() -> None:
        database = await Database.open(url, schema, 2)
        async with database.unit_of_work() as unit:
            await unit.connection.execute("SELECT FROM consumer_offsets FOR UPDATE")
            os.close(os.open(frozen, os.O_CREAT))
            os.kill(os.getpid(), signal.SIGSTOP)

    asyncio.run(work())


async def test_locks_of_a_frozen_process_are_let_go(
    lab_url: str, tansu_server: TansuBroker, tmp_path: Path
) -> None:
    lab = await Lab.make(lab_url, tansu_server)
    await begin(lab)
    frozen = tmp_path / "frozen"
    other = multiprocessing.get_context("spawn").Process(
        target=freeze_in_transaction, args=(lab.url, lab.schema, str(frozen))
    )
    other.start()
    database = await lab.database()
    try:

        async def stopped() -> bool:
            return frozen.exists()

        await until(stopped)
        order = record("orders", 0, placed("a", ALICE), ALICE.encode())
        async with asyncio.timeout(30):
            await applier_of(lab, database, Memo()).apply([order])
    finally:
        other.kill()
        other.join()
        await database.close()
    assert await lab.applied() == ["a"]
