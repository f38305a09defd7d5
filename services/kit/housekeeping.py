"""What every service does now and then: measure its dead letters, delete what is past its retention."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.http.idempotency import purge_idempotency_keys
from services.kit.outbox import purge_outbox

if TYPE_CHECKING:
    from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

MEASURE_EVERY_S = 10.0
PURGE_EVERY_S = 3_600.0
IDEMPOTENCY_RETENTION_DAYS = 7


async def measure_dead_letters(runtime: "Runtime") -> None:
    """Keep the gauge of open dead letters true; runs until cancelled."""
    await every(MEASURE_EVERY_S, runtime, _count_dead_letters)


async def purge_expired(runtime: "Runtime") -> None:
    """Delete published outbox batches and stored answers past their retention; runs until cancelled."""
    await every(PURGE_EVERY_S, runtime, _purge)


async def _count_dead_letters(runtime: "Runtime") -> None:
    count = await runtime.database.pool.fetchval("SELECT count(*) FROM dead_letters WHERE state = 'open'")
    metrics.DEAD_LETTERS_OPEN.labels(runtime.service.name).set(count)


async def _purge(runtime: "Runtime") -> None:
    batches = await purge_outbox(runtime.database, runtime.settings.outbox_retention_days)
    answers = await purge_idempotency_keys(runtime.database, IDEMPOTENCY_RETENTION_DAYS)
    if batches or answers:
        log.info("deleted %d published batches and %d stored answers past their retention", batches, answers)


async def every(period_s: float, runtime: "Runtime", work: Callable[["Runtime"], Awaitable[None]]) -> None:
    """Do ``work`` again and again; a passing error is counted and the next round tries again."""
    while True:
        try:
            await work(runtime)
        except TRANSIENT_DATABASE_ERRORS as error:
            metrics.TRANSIENT_ERRORS.labels(runtime.service.name, type(error).__name__).inc()
        # Replicas start together; this keeps them from all working at the same moment for ever.
        await asyncio.sleep(period_s * random.uniform(0.9, 1.1))
