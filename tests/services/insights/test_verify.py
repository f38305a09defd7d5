"""The check finds every kind of drift, and the metric counts customers that have it."""

import pytest

from services.insights.verify import INVARIANTS, Reconciler, verify
from services.kit import metrics
from services.kit.database import Database
from tests.services.insights.events import event, line
from tests.services.insights.processing import Processing

HISTORY = [
    event("product.created", at=-5, unit_cost="10"),
    event("customer.assigned", at=-1),
    event("order.placed", lines=[line("TEA", "2", "60.00")]),
    event("order.returned", at=3, amount="30.00", lines=[line("TEA", "1", "30.00")]),
    event("payment.received", at=4, amount="30.00"),
    event("order.placed", customer_id="C-2", order_id="O-2"),
]


def drift() -> float:
    return float(metrics.RECONCILIATION_DRIFT.labels("insights")._value.get())


@pytest.mark.parametrize(
    ("tampering", "table"),
    [
        ("UPDATE customer_months SET orders = orders + 1 WHERE customer_id = 'C-1'", "customer_months"),
        ("DELETE FROM customer_months WHERE customer_id = 'C-1'", "customer_months"),
        ("UPDATE customer_months SET distinct_products = 7 WHERE customer_id = 'C-1'", "customer_months"),
        ("UPDATE salesperson_months SET owner_id = 'S-9' WHERE customer_id = 'C-1'", "salesperson_months"),
        ("UPDATE product_months SET cost_minor = 1 WHERE customer_id = 'C-1'", "product_months"),
        (
            "INSERT INTO product_months SELECT 'C-1', '2026-05-01', 'CNY', 'X', 1, 0, 0, 0, 0, 0, 0, 0, 0",
            "product_months",
        ),
        ("UPDATE orders SET counts_as = 'held' WHERE customer_id = 'C-1'", "orders"),
        ("UPDATE lines SET cost_minor = 1 WHERE customer_id = 'C-1'", "lines"),
        ("UPDATE customers SET last_order_day = '2020-01-01' WHERE customer_id = 'C-1'", "customers"),
        ("UPDATE customers SET last_payment_day = NULL WHERE customer_id = 'C-1'", "customers"),
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str, table: str) -> None:
    await processing.apply(*HISTORY)
    clean = await verify(database)
    assert clean.holds
    assert (set(clean), clean.facts) == (set(INVARIANTS.values()), {"customers": 2})
    await database.pool.execute(tampering)
    found = await verify(database)
    assert found[INVARIANTS[table]]
    assert {problem.customer for problem in found.problems} == {"C-1"}


async def test_the_metric_counts_customers_round_by_round(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.store.recompute.CUSTOMERS_AT_ONCE", 1)
    await processing.apply(*HISTORY)
    await database.pool.execute("UPDATE customer_months SET orders = 9 WHERE customer_id = 'C-1'")
    reconciler = Reconciler(database)
    await reconciler.step()
    assert drift() == 1
    await reconciler.step()
    assert drift() == 1
    await database.pool.execute("UPDATE customer_months SET orders = 1 WHERE customer_id = 'C-1'")
    await reconciler.step()  # past the last customer
    await reconciler.step()
    assert drift() == 0
