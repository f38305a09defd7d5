"""Gauges that are read from the database now and then, so that no decision waits for them."""

import asyncio
import logging

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.credit.queries import totals
from services.credit.queries.desk_totals import desk_totals
from services.kit import metrics
from services.kit.batch import business_day
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.http.problems import database_error
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

REFRESH_S = 15.0
BACK_TEST_STATUSES = ("queued", "running", "done", "failed")
_PASSING: tuple[type[BaseException], ...] = (DBAPIError, PoolTimeoutError, *TRANSIENT_DATABASE_ERRORS)


async def refresh_gauges(runtime: Runtime) -> None:
    """Refresh the gauges of the service until cancelled; every replica reports the same, so take the maximum."""
    while True:
        try:
            await refresh_once(runtime)
        except _PASSING as error:
            # Old figures for a while; /ready and the alerts tell of a database that is away.
            metrics.TRANSIENT_ERRORS.labels("credit", type(database_error(error)).__name__).inc()
            log.warning("the gauges could not be refreshed: %r", error)
        await asyncio.sleep(REFRESH_S)


async def refresh_once(runtime: Runtime) -> None:
    """Read the figures and set the gauges."""
    now = runtime.clock.now()
    async with runtime.database.engine.connect() as connection:
        held = await totals.held(connection)
        desk = await desk_totals(connection, business_day(now, runtime.settings.zone))
    metrics.HELD_ORDERS.set(sum(row.orders for row in held))
    for state, count in desk.cases.items():
        metrics.CASES.labels(state).set(count)
    metrics.APPROVALS_OPEN.set(desk.approvals)
    since = desk.waiting_since
    metrics.APPROVAL_OLDEST_SECONDS.set(max(0.0, (now - since).total_seconds()) if since is not None else 0)
    for status in BACK_TEST_STATUSES:
        metrics.BACK_TESTS.labels(status).set(desk.back_tests.get(status, 0))
