"""Are the facts what the documents say? All at once on demand, and a few customers at a time while the service runs."""

import logging
from collections.abc import Sequence

from services.insights.store.recompute import Difference, customers_after, differences
from services.insights.store.recompute_accuracy import truth_differences
from services.insights.store.recompute_alerts import alert_differences, other_alert_differences
from services.insights.store.recompute_commission import commission_differences
from services.insights.store.recompute_forecasts import state_differences
from services.insights.store.recompute_margins import margin_differences
from services.insights.store.recompute_mix import mix_differences
from services.insights.store.recompute_owners import owner_differences
from services.insights.store.recompute_rates import rate_differences
from services.insights.store.recompute_segments import (
    class_differences,
    growth_differences,
    value_differences,
)
from services.insights.store.recompute_spells import spell_differences
from services.insights.store.recompute_stopped import stopped_differences
from services.insights.store.recompute_usual import usual_differences
from services.kit import metrics
from services.kit.beside import keep_checking
from services.kit.database import Connection, Database
from services.kit.runtime import Runtime
from services.kit.verify import Problem, Report, snapshot

log = logging.getLogger(__name__)

INVARIANTS = {
    "customer_months": "I1 the facts per month are what the documents add up to",
    "salesperson_months": "I2 so are those per owner and seller",
    "product_months": "I3 so are those per product",
    "orders": "I4 an order counts as its events say, with the lines that count",
    "lines": "I5 every line has the cost as of its sale",
    "customers": "I6 first and last trade days are those of the orders and payments that count",
    "customer_values": "I7 values are those of the documents in the window, unless they are about to be derived",
    "customer_stages": "I9 every customer is in the stage that its orders and the day say, unless about to be derived",
    "customer_classes": "I8 every class, score and tier is one that the rules leave as it is, unless to be ranked",
    "order_forecasts": "I10 forecasts rest on the order days that count, unless about to be derived",
    "dormant_spells": "I11 dormant spells and what ended them are those of the order days, unless about to be derived",
    "customer_mix": "I12 both groups of a comparison are what the documents in the window say, unless to be derived",
    "stopped_products": "I13 stopped products are those of the orders in the window and the day, unless to be derived",
    "awaited_orders": "I14 forecasts of next orders are scored by the order that came, unless about to be derived",
    "forecast_months": "I15 forecasts of past months are scored by the orders in them, unless about to be derived",
    "active_rates": "I16 active rates that are reported are those of orders and assignments, unless to be counted",
    "product_margins": "I17 margins of products by month are those of the lines, unless to be summed up",
    "commission_entries": "I18 commission entries add up to what the documents earn, unless about to be derived",
    "usual_products": "I19 usual products are those of the last order days, unless about to be derived",
    "customer_owners": "I20 who looks after a customer from a day on is whom the latest word about that day names",
    "alerts": "I21 alerts are what is the case by the thresholds in force, and whose it is, unless about to be derived",
    "alert_history": "I22 an alert stands as the last of its steps says, and none of them is missing",
    "growth_months": "I23 months that are over gained and lost the customers whose stages are kept of them",
}
"""Table to what must hold of it."""


async def verify(target: Database | str) -> Report:
    """Compute the facts of every customer from zero. Runs beside live processing; it sees the state of one moment.

    Args:
        target: the database of this service, or its address.
    """
    async with snapshot(target, "insights") as connection:
        report = Report(INVARIANTS.values())
        last, customers = "", 0
        while customer_ids := await customers_after(connection, last):
            for difference in await _differences(connection, customer_ids):
                report.add(_problem(difference))
            last, customers = customer_ids[-1], customers + len(customer_ids)
        for difference in await _of_all(connection):
            report.add(_problem(difference))
        report.facts["customers"] = customers
        return report


async def _differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    return [
        *await differences(connection, customer_ids),
        *await value_differences(connection, customer_ids),
        *await state_differences(connection, customer_ids),
        *await spell_differences(connection, customer_ids),
        *await mix_differences(connection, customer_ids),
        *await stopped_differences(connection, customer_ids),
        *await truth_differences(connection, customer_ids),
        *await commission_differences(connection, customer_ids),
        *await usual_differences(connection, customer_ids),
        *await owner_differences(connection, customer_ids),
        *await alert_differences(connection, customer_ids),
    ]


async def _of_all(connection: Connection) -> list[Difference]:
    """Check what is not of one customer alone."""
    return [
        *await class_differences(connection),
        *await growth_differences(connection),
        *await rate_differences(connection),
        *await margin_differences(connection),
        *await other_alert_differences(connection),
    ]


def _problem(difference: Difference) -> Problem:
    table, customer_id, side, row = difference
    expected, found = (row, "another or none") if side == "expected" else ("another or none", row)
    return Problem(INVARIANTS[table], f"row of {table}", expected, found, customer_id)


class Reconciler:
    """Goes round the customers, a few at a time, and keeps the metric of those whose facts have drifted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = ""
        self.drifted: set[str] = set()
        self.misclassed: set[str] = set()

    async def step(self) -> None:
        """Check the next customers; after the last one everybody's classes, then it begins anew."""
        async with snapshot(self._database) as connection:
            customer_ids = await customers_after(connection, self._last)
            self._last = customer_ids[-1] if customer_ids else ""
            if customer_ids:
                found = await _differences(connection, customer_ids)
            else:
                found = await _of_all(connection)
        for difference in found:
            log.error("drift: %s", _problem(difference))
        drifted = {difference.customer_id for difference in found}
        if customer_ids:
            self.drifted.difference_update(customer_ids)
            self.drifted |= drifted
        else:
            self.misclassed = drifted
        metrics.RECONCILIATION_DRIFT.labels("insights").set(len(self.drifted | self.misclassed))


async def reconcile(runtime: Runtime) -> None:
    """Check customer after customer as long as the service runs, in at most two percent of the time."""
    await keep_checking("insights", Reconciler(runtime.database).step)
