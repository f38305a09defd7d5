"""Alerts that were put off ask again when their time has come. The time is that of people, not of the stream."""

import asyncio
import logging

from services.insights.derivations.alerts import tell
from services.insights.rules.alerts.engine import wake
from services.insights.store.alerts.rows import lock_sleepers, write_steps
from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
MOST_AT_ONCE = 500


async def keep_awake(runtime: Runtime) -> None:
    """Wake alerts whose time has come, until cancelled; any number of replicas may do so."""
    while True:
        woken = 0
        try:
            woken = await wake_some(runtime)
        except TRANSIENT_DATABASE_ERRORS as error:
            metrics.TRANSIENT_ERRORS.labels("insights", type(error).__name__).inc()
        if not woken:
            await asyncio.sleep(LOOK_EVERY_S)


async def wake_some(runtime: Runtime) -> int:
    """Wake some of them. Returns how many."""
    at = runtime.clock.now()
    async with runtime.database.unit_of_work() as unit:
        sleepers = await lock_sleepers(unit.connection, at, MOST_AT_ONCE)
        steps = [step for alert in sleepers if (step := wake(alert, at)) is not None]
        if steps:
            await tell(unit, await write_steps(unit.connection, steps), {})
    return len(steps)
