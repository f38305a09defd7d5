"""Carries out back-tests that were asked for, one at a time, each in a process of its own."""

import asyncio
import logging
import os
import sys

from services.credit.back_test import store
from services.credit.back_test.job import ADDRESS
from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LONGEST_ERROR = 500


async def run_back_tests(runtime: Runtime) -> None:
    """Take one after the other from the queue; every replica may, each is taken once. Runs until cancelled."""
    while True:
        try:
            back_test_id = await store.claim(runtime.database)
            if back_test_id is not None:
                await _run(runtime, back_test_id)
                continue
        except TRANSIENT_DATABASE_ERRORS as error:
            metrics.TRANSIENT_ERRORS.labels(runtime.service.name, type(error).__name__).inc()
        await asyncio.sleep(LOOK_EVERY_S)


async def _run(runtime: Runtime, back_test_id: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.credit.back_test.job",
        back_test_id,
        env=os.environ | {ADDRESS: runtime.settings.database_url.get_secret_value()},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        # This service stops; the next one begins the back-test anew once its process has not been heard of.
        if process.returncode is None:
            process.terminate()
        raise
    if process.returncode:
        last = said.decode(errors="replace").strip().rpartition("\n")[2][-LONGEST_ERROR:]
        log.error("back-test %s failed: %s", back_test_id, said.decode(errors="replace")[-4_000:])
        await store.fail(runtime.database, back_test_id, last or f"status {process.returncode}")
