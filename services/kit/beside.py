"""Work that goes on beside the stream, step after step, in a small share of the time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import asyncpg

from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS

log = logging.getLogger(__name__)

PASSING: tuple[type[BaseException], ...] = (asyncpg.PostgresError, *TRANSIENT_DATABASE_ERRORS)
LONGEST_PAUSE_S = 10.0


def pause_s(elapsed_s: float, share: float, least_s: float, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Return the seconds to rest after a step, so that steps take at most a share of the time.

    A step is timed on the wall, since the database works for it, too. But a process or a database that was held up
    meanwhile says nothing about the work: however long a step took, the rest has an end.

    Args:
        elapsed_s: what the step took.
        share: of the time, above 0, at most 1.
        least_s: to rest in any case.
        longest_s: to rest at most.
    """
    return max(least_s, min(longest_s, elapsed_s * (1 / share - 1)))


async def keep_doing(
    service: str,
    what: str,
    step: Callable[[], Awaitable[int]],
    *,
    share: float,
    idle_s: float,
    busy_s: float = 0.0,
    longest_s: float = LONGEST_PAUSE_S,
) -> None:
    """Do step after step until cancelled. What fails in passing is tried again in the next one.

    Args:
        what: is done, for the log: "standings".
        step: returns how much it found to do.
        share: of the time that it may take at most.
        idle_s: seconds between steps when there was nothing to do.
        busy_s: the same when there was.
        longest_s: seconds between steps at most, however long one took.
    """
    while True:
        started = time.perf_counter()
        found = 0
        try:
            found = await step()
        except PASSING as error:
            metrics.TRANSIENT_ERRORS.labels(service, type(error).__name__).inc()
            log.warning("%s: failed, trying again later: %r", what, error)
        elapsed_s = time.perf_counter() - started
        await asyncio.sleep(pause_s(elapsed_s, share, busy_s if found else idle_s, longest_s))


async def keep_checking(service: str, step: Callable[[], Awaitable[object]]) -> None:
    """Check what is stored, step after step until cancelled, in at most two percent of the time.

    What cannot be checked now is checked in the next round; the state itself is not at stake.
    """

    async def checked() -> int:
        await step()
        return 0

    await keep_doing(service, "reconciling", checked, share=0.02, idle_s=5.0, longest_s=60.0)
