"""Are the facts what the documents say? All at once on demand, and a few customers at a time while the service runs."""

import asyncio
import logging
import time

import asyncpg

from services.insights.store.recompute import customers_after, differences
from services.kit import metrics
from services.kit.database import Database
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

INVARIANTS = {
    "customer_months": "the facts per month are what the documents add up to",
    "salesperson_months": "so are those per owner and seller",
    "product_months": "so are those per product",
    "orders": "an order counts as its events say, with the lines that count",
    "lines": "every line has the cost as of its sale",
    "customers": "first and last trade days are those of the orders and payments that count",
}

_PASSING: tuple[type[BaseException], ...] = (asyncpg.PostgresError, *TRANSIENT_DATABASE_ERRORS)

SHORTEST_PAUSE_S = 5.0
SHARE_OF_TIME = 0.02


async def verify(database: Database) -> dict[str, list[str]]:
    """Compute the facts of every customer from zero. Returns per invariant where it does not hold."""
    found: dict[str, list[str]] = {invariant: [] for invariant in INVARIANTS.values()}
    last = ""
    async with database.pool.acquire() as connection:
        while customer_ids := await customers_after(connection, last):  # type: ignore[arg-type]
            for table, customer_id, where in await differences(connection, customer_ids):  # type: ignore[arg-type]
                found[INVARIANTS[table]].append(f"customer {customer_id}: {where}")
            last = customer_ids[-1]
    return found


class Reconciler:
    """Goes round the customers, a few at a time, and keeps the metric of those whose facts have drifted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = ""
        self.drifted: set[str] = set()

    async def step(self) -> None:
        """Check the next customers; after the last one it begins anew."""
        async with self._database.pool.acquire() as connection:
            customer_ids = await customers_after(connection, self._last)  # type: ignore[arg-type]
            self._last = customer_ids[-1] if customer_ids else ""
            found = await differences(connection, customer_ids)  # type: ignore[arg-type]
        for difference in found:
            log.error("drift in %s of customer %s: %s", *difference)
        self.drifted.difference_update(customer_ids)
        self.drifted.update(difference.customer_id for difference in found)
        metrics.RECONCILIATION_DRIFT.labels("insights").set(len(self.drifted))


async def reconcile(runtime: Runtime) -> None:
    """Check customer after customer as long as the service runs, in at most two percent of the time."""
    reconciler = Reconciler(runtime.database)
    while True:
        started = time.perf_counter()
        try:
            await reconciler.step()
        except _PASSING as error:
            # What cannot be checked now is checked in the next round; the facts themselves are not at stake.
            metrics.TRANSIENT_ERRORS.labels("insights", type(error).__name__).inc()
            log.warning("checking facts failed, trying again later: %r", error)
        elapsed_s = time.perf_counter() - started
        await asyncio.sleep(max(SHORTEST_PAUSE_S, elapsed_s / SHARE_OF_TIME))
