"""The background reconciler: a few accounts at a time it folds the journal and compares, while the service runs."""

import logging

from services.credit.fold import documents_of, stored_customers
from services.credit.rules.policy import Policy
from services.credit.verify import read_policies
from services.credit.verify_customer import CustomerCheck
from services.kit import metrics
from services.kit.beside import keep_checking
from services.kit.database import Connection, Database
from services.kit.runtime import Runtime
from services.kit.verify import Report, snapshot

log = logging.getLogger(__name__)

CUSTOMERS_PER_STEP = 50
ENTRIES_PER_STEP = 2_000
BLOCK = 100
"""Rows folded between two turns of the event loop, about a millisecond: decisions must not wait for this."""


class Reconciler:
    """Goes round the accounts and keeps the metric of those whose stored state is not what their journal says."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = ""
        self.drifted: set[str] = set()

    async def step(self) -> int:
        """Check the next accounts, on one snapshot and without locks. Returns how many; 0 at the end of a round."""
        report = Report()
        async with snapshot(self._database) as connection:
            customers = await self._next(connection)
            policies = await read_policies(connection) if customers else {}
            await _check(connection, customers, policies, report)
        self._last = customers[-1] if customers else ""
        for problem in report.problems:
            log.error("drift: %s (%s)", problem, problem.invariant)
        self.drifted.difference_update(customers)
        self.drifted.update(problem.customer for problem in report.problems if problem.customer is not None)
        metrics.RECONCILIATION_DRIFT.labels("credit").set(len(self.drifted))
        return len(customers)

    async def _next(self, connection: Connection) -> list[str]:
        """Return the next accounts: at least one, and no more than their journals allow for."""
        rows = await connection.fetch(
            "SELECT customer_id, seq FROM accounts WHERE customer_id > $1 ORDER BY customer_id LIMIT $2",
            self._last,
            CUSTOMERS_PER_STEP,
        )
        customers: list[str] = []
        entries = 0
        for row in rows:
            entries += row["seq"]
            if customers and entries > ENTRIES_PER_STEP:
                break
            customers.append(row["customer_id"])
        return customers


async def _check(
    connection: Connection, customers: list[str], policies: dict[int, Policy], report: Report
) -> None:
    if not customers:
        return
    async for customer in stored_customers(connection, customers=customers, documents=False, block=BLOCK):
        check = CustomerCheck(customer, policies, report)
        fold = await check.fold()
        check.compare(fold, await documents_of(connection, fold))


async def reconcile(runtime: Runtime) -> None:
    """Check account after account as long as the service runs, in at most two percent of the time."""
    await keep_checking("credit", Reconciler(runtime.database).step)
