"""Two replicas at once: the catalogue is everybody's, so costs and sales may meet."""

import asyncio

from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.events import event, line
from tests.services.insights.processing import Processing

SALES = 30


async def test_a_cost_and_sales_at_the_same_time(database: Database) -> None:
    """Whichever commits first: no sale is left without its cost, and nothing locks up."""
    selling = await Processing.on(database)
    buying = await Processing.on(database, partition=1)
    sales = [event("order.placed", order_id=f"O-{n}", lines=[line("TEA", "1", "9.00")]) for n in range(SALES)]
    costs = [event("product.changed", at=-30 + n, revision=n + 1, unit_cost=str(n + 1)) for n in range(SALES)]
    await asyncio.gather(selling.apply_each(sales), buying.apply_each(reversed(costs)))
    assert (await selling.row("customer_months"))["cost_minor"] == SALES * SALES * 100
    assert (await verify(database)).problems == []


async def test_one_product_event_on_two_partitions_is_applied_once(database: Database) -> None:
    first, second = await Processing.on(database), await Processing.on(database, partition=1)
    events = [event("product.changed", at=n, revision=n + 1, unit_cost="5") for n in range(SALES)]
    await asyncio.gather(first.apply_each(events), second.apply_each(events))
    assert await first.refusals() == []
    assert (await first.row("products"))["revision"] == SALES
    assert len(await first.rows("product_costs")) == SALES


async def test_one_customer_in_two_hands_while_partitions_move(database: Database) -> None:
    """The old owner may still hold payments of a customer whose orders the new one already applies."""
    old, new = await Processing.on(database), await Processing.on(database, partition=1)
    orders = [event("order.placed", at=n, order_id=f"O-{n}") for n in range(SALES)]
    assignments = [
        event("customer.assigned", at=n, salesperson_id=f"S-{n % 3}", from_day=f"2026-01-{n + 1:02}")
        for n in range(SALES)
    ]
    await asyncio.gather(old.apply_each(orders), new.apply_each(assignments))
    assert await old.refusals() == []
    assert (await verify(database)).problems == []
