"""The check finds drift of values and classes, and says nothing of what is about to be derived."""

import pytest

from services.insights.deriving import Deriver
from services.insights.verify import INVARIANTS, Reconciler, verify
from services.kit.database import Database
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up, orders


@pytest.mark.parametrize(
    ("tampering", "table"),
    [
        ("UPDATE customer_values SET amount_minor = amount_minor + 1", "customer_values"),
        ("UPDATE customer_values SET margin_ppm = 1", "customer_values"),
        ("UPDATE customer_values SET products = products + 1", "customer_values"),
        ("UPDATE customer_values SET collections_minor = 7", "customer_values"),
        ("DELETE FROM customer_values", "customer_values"),
        ("INSERT INTO customer_values SELECT 'C-1', 'KWD', 1, 1, 1, 1, 1, 1, 1", "customer_values"),
        ("UPDATE customer_values SET last_order_day = '2026-01-01'", "customer_values"),
        ("UPDATE customer_values SET before_minor = 5", "customer_values"),
        ("UPDATE customer_stages SET stage = 'dormant'", "customer_stages"),
        ("DELETE FROM customer_stages", "customer_stages"),
        ("UPDATE customer_classes SET recency = 4", "customer_classes"),
        ("UPDATE customer_classes SET tier = 'lead'", "customer_classes"),
        ("UPDATE customer_classes SET amount_class = 'C'", "customer_classes"),
        ("UPDATE customer_classes SET profit_class = NULL", "customer_classes"),
        ("UPDATE customer_classes SET overall = 'B'", "customer_classes"),
        ("DELETE FROM customer_classes", "customer_classes"),
        ("INSERT INTO customer_classes (customer_id, currency) SELECT 'C-1', 'KWD'", "customer_classes"),
    ],
)
async def test_drift_of_segments_is_found(
    processing: Processing, database: Database, tampering: str, table: str
) -> None:
    await processing.apply(
        tick("2026-01-10"),
        event("product.created", at=-400, unit_cost="10"),
        event("order.placed", lines=[line("TEA", "5", "100.00")]),
        event("order.returned", amount="40.00", lines=[line("TEA", "2", "40.00")]),
        event("payment.received", amount="60.00"),
    )
    await catch_up(database)
    clean = await verify(database)
    assert clean.problems == []
    await database.pool.execute(tampering)
    found = await verify(database)
    assert found[INVARIANTS[table]]
    assert {problem.customer for problem in found.problems} == {"C-1"}


async def test_drift_of_counted_months_is_found(processing: Processing, database: Database) -> None:
    await processing.apply(
        tick("2026-01-10"), event("order.placed"), event("customer.created", customer_id="C-2")
    )
    await catch_up(database)
    for day in ("2026-02-01", "2026-06-01", "2026-07-01"):
        await processing.apply(tick(day))
        await catch_up(database)
    await processing.apply(tick("2026-08-01"), event("order.placed", at=200, order_id="O-2"))
    await catch_up(database)
    counted = await processing.rows("growth_months")
    assert {sum(row[name] for row in counted) for name in ("gained", "lost", "revived")} == {1}
    assert (await verify(database)).problems == []
    for tampering in (
        "UPDATE growth_months SET lost = lost + 1 WHERE month = '2026-03-01'",
        "DELETE FROM growth_months WHERE month = '2026-02-01'",
    ):
        await database.pool.execute(tampering)
        assert {p.invariant for p in (await verify(database)).problems} == {INVARIANTS["growth_months"]}


async def test_who_is_about_to_be_derived_has_not_drifted(processing: Processing, database: Database) -> None:
    await processing.apply(*orders(790, 150, 60))
    await catch_up(database)
    await processing.apply(event("order.placed", customer_id="C-0", order_id="M-1", amount="900"))
    assert (await verify(database)).problems == []
    await Deriver(database).catch_up()
    assert (await verify(database)).problems == []
    await catch_up(database)
    await processing.apply(tick("2027-05-01"))
    assert (await verify(database)).problems == []


async def test_the_metric_counts_whose_classes_have_drifted(
    processing: Processing, database: Database
) -> None:
    await processing.apply(*orders(790, 150, 60))
    await catch_up(database)
    await database.pool.execute("UPDATE customer_classes SET amount_class = 'C' WHERE customer_id = 'C-0'")
    reconciler = Reconciler(database)
    await reconciler.step()
    assert reconciler.misclassed == set()
    await reconciler.step()
    assert reconciler.misclassed == {"C-0"}
