"""Margins by month are those of the lines: of real products by polars, after late costs, and drift is found."""

from datetime import date
from pathlib import Path

import pytest

from deploy.feed import wwi
from services.insights.store.product_margins import windows
from services.insights.tiering import TierKeeper
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, line
from tests.services.insights.processing import Processing
from tests.services.insights.test_margins_real_data import _wwi_products
from tests.services.insights.test_real_data import data, process

__all__ = ["data"]


async def test_late_costs_and_returns_are_in_it(database: Database, processing: Processing) -> None:
    order = event("order.placed", lines=[line("TEA", "2", "100.00")])
    await processing.apply(
        order, event("order.returned", at=31, amount="25.00", lines=[line("TEA", "0.5", "25.00")])
    )
    keeper = TierKeeper(database)
    assert await keeper.step() > 0
    assert await processing.database.pool.fetch("SELECT * FROM product_margins") == []
    await processing.apply(event("product.created", at=40, unit_cost="30"))
    await keeper.step()
    rows = await database.pool.fetch(
        "SELECT month, costed_minor, cost_minor FROM product_margins ORDER BY month"
    )
    assert [tuple(row) for row in rows] == [
        (date(2026, 1, 1), 10_000, 6_000),
        (date(2026, 2, 1), -2_500, -1_500),
    ]
    assert await keeper.step() == 0
    assert (await verify(database))[INVARIANTS["product_margins"]] == []
    await database.pool.execute("UPDATE product_margins SET cost_minor = 1 WHERE month = '2026-01-01'")
    assert len((await verify(database))[INVARIANTS["product_margins"]]) == 1


@pytest.mark.data
async def test_wide_world_importers(database: Database, data: Path) -> None:
    until = date(2013, 1, 20)
    await process(database, wwi.ZONE, wwi.feed(data, wwi.WwiOptions(until=until)).events)
    await TierKeeper(database).step()
    expected = _wwi_products(data, until)
    async with database.unit_of_work() as unit:
        found = await windows(unit.connection, "USD", [(p, date(2013, 2, 1)) for p in expected], 1)
    assert len(found) > 100
    assert {p: tuple(margin) for (p, _), margin in found.items()} == {p: e[:2] for p, e in expected.items()}
