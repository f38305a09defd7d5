"""A check that goes round and round beside live processing, in a small share of the time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import asyncpg

from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS

log = logging.getLogger(__name__)

SHORTEST_PAUSE_S = 5.0
SHARE_OF_TIME = 0.02
PASSING: tuple[type[BaseException], ...] = (asyncpg.PostgresError, *TRANSIENT_DATABASE_ERRORS)


async def keep_checking(service: str, step: Callable[[], Awaitable[object]]) -> None:
    """Do ``step`` after ``step`` until cancelled, in at most two percent of the time."""
    while True:
        started = time.perf_counter()
        try:
            await step()
        except PASSING as error:
            # What cannot be checked now is checked in the next round; the state itself is not at stake.
            metrics.TRANSIENT_ERRORS.labels(service, type(error).__name__).inc()
            log.warning("reconciling failed, trying again later: %r", error)
        elapsed_s = time.perf_counter() - started
        await asyncio.sleep(max(SHORTEST_PAUSE_S, elapsed_s / SHARE_OF_TIME))
