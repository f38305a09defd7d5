"""Cost as of the sale, whenever it arrives."""

from datetime import UTC, datetime

import pytest

from services.insights.rules.costs import Cost, cost_at, line_cost_minor, read_cost
from tests.services.insights.events import START, event, line
from tests.services.insights.processing import Processing

TEA = line("TEA", "2", "60.00")


async def cost_of_january(processing: Processing) -> tuple[int, int]:
    month = (await processing.rows("customer_months"))[0]
    return month["cost_minor"], month["costed_minor"]


async def test_each_sale_has_the_cost_of_its_time(processing: Processing) -> None:
    await processing.apply(event("product.created", at=-1, unit_cost="10"))
    await processing.apply(event("product.changed", at=2, unit_cost="12.50", revision=2))
    await processing.apply(event("product.changed", at=5, unit_cost="99", revision=3))
    await processing.apply(
        event("order.placed", at=1, lines=[TEA]), event("order.placed", at=3, order_id="O-2", lines=[TEA])
    )
    assert await cost_of_january(processing) == (2_000 + 2_500, 12_000)


async def test_a_cost_that_arrives_late_repairs_what_it_holds_for(processing: Processing) -> None:
    await processing.apply(
        event("order.placed", lines=[TEA, line("CUP", "1", "40.00")]),
        event("order.placed", at=3, order_id="O-2", lines=[TEA]),
        event("order.placed", at=3, order_id="O-3", lines=[TEA]),
        event("credit.order_held", at=3, order_id="O-3"),
        event("order.returned", at=4, amount="30.00", lines=[line("TEA", "1", "30.00")]),
    )
    assert await cost_of_january(processing) == (0, 0)
    # Before its first known cost a product has that one.
    await processing.apply(event("product.changed", at=9, unit_cost="11", revision=3))
    assert await cost_of_january(processing) == (4_400, 12_000)
    await processing.apply(event("product.changed", at=2, unit_cost="12.50", revision=2))
    assert await cost_of_january(processing) == (5_000, 12_000)
    await processing.apply(event("product.created", at=-1, unit_cost="10"))
    assert await cost_of_january(processing) == (4_500, 12_000)
    [month] = await processing.rows("customer_months")
    assert (month["returned_cost_minor"], month["returned_costed_minor"]) == (1_000, 3_000)
    orders = {row["order_id"]: row["cost_minor"] for row in await processing.rows("orders")}
    assert orders == {"O-1": 2_000, "O-2": 2_500, "O-3": 2_500}
    # What was held is repaired, too, and brings its cost along when it is released.
    await processing.apply(event("credit.order_released", at=9, order_id="O-3", decision_version=2))
    assert await cost_of_january(processing) == (7_000, 18_000)


async def test_a_cost_that_comes_with_the_order_in_one_batch_counts(processing: Processing) -> None:
    await processing.apply(
        event("order.placed", lines=[TEA]), event("product.created", at=-1, unit_cost="10")
    )
    assert await cost_of_january(processing) == (2_000, 6_000)


async def test_another_currency_and_no_cost_say_nothing(processing: Processing) -> None:
    await processing.apply(event("product.created", at=-2, unit_cost="10"))
    await processing.apply(event("product.changed", at=-1, revision=2, currency="USD", unit_cost="1"))
    await processing.apply(event("product.changed", at=-1, revision=3))
    await processing.apply(event("order.placed", lines=[TEA]))
    assert await cost_of_january(processing) == (2_000, 6_000)


async def test_of_two_costs_of_one_moment_the_higher_revision_holds(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA]))
    await processing.apply(event("product.changed", at=-1, revision=2, unit_cost="12"))
    await processing.apply(event("product.created", at=-1, revision=1, unit_cost="10"))
    assert await cost_of_january(processing) == (2_400, 6_000)


@pytest.mark.parametrize(
    ("currency", "unit_cost", "quantity_milli", "cost_minor"),
    [
        ("CNY", "40.1250", 1_000, 4_013),  # half a cent up
        ("CNY", "40.1249", 1_000, 4_012),
        ("CNY", "0.0001", 50_000, 1),
        ("JPY", "10.5", 1_000, 11),
        ("KWD", "1.2345", 1_000, 1_235),
        ("CNY", "7", 333, 233),
    ],
)
def test_cost_of_a_line(currency: str, unit_cost: str, quantity_milli: int, cost_minor: int) -> None:
    cost = read_cost("TEA", currency, START, 1, unit_cost)
    assert line_cost_minor(quantity_milli, cost) == cost_minor


def test_cost_at_a_moment() -> None:
    history = [Cost("TEA", "CNY", datetime(2026, month, 1, tzinfo=UTC), 1, month, 1) for month in (2, 4)]
    assert cost_at([], START) is None
    moments = [(1, 2), (2, 2), (3, 2), (4, 4), (5, 4)]
    for month, expected in moments:
        found = cost_at(history, datetime(2026, month, 1, tzinfo=UTC))
        assert found is not None
        assert found.unit_cost_e4 == expected
