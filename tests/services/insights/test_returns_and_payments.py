"""What returns, payments and their reversals add to the facts."""

from datetime import date

from tests.services.insights.events import event, line
from tests.services.insights.processing import Processing

TEA = line("TEA", "2", "60.00")
BACK = line("TEA", "1", "30.00")


async def test_a_return_counts_in_its_own_month_with_its_lines(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA]))
    await processing.apply(event("order.returned", at=40, amount="30.00", lines=[BACK]))
    january, february = await processing.rows("customer_months")
    assert (january["orders"], january["returns"]) == (1, 0)
    assert february["month"] == date(2026, 2, 1)
    assert (february["orders"], february["returns"], february["returned_minor"]) == (0, 1, 3_000)
    assert (february["returned_quantity_milli"], february["distinct_products"]) == (1_000, 0)
    _, back = await processing.rows("product_months")
    assert (back["orders"], back["returned_quantity_milli"], back["returned_minor"]) == (0, 1_000, 3_000)


async def test_a_return_takes_back_the_cost_of_the_sale(processing: Processing) -> None:
    """The cost rose between sale and return; the return may even arrive before the order."""
    await processing.apply(event("product.created", at=-1, unit_cost="10"))
    await processing.apply(event("product.changed", at=5, unit_cost="25", revision=2))
    await processing.apply(event("order.returned", at=9, amount="30.00", order_id="O-1", lines=[BACK]))
    assert (await processing.row("customer_months"))["returned_cost_minor"] == 2_500
    await processing.apply(event("order.placed", lines=[TEA], salesperson_id="S-3"))
    month = await processing.row("customer_months")
    assert (month["cost_minor"], month["returned_cost_minor"]) == (2_000, 1_000)
    assert (month["costed_minor"], month["returned_costed_minor"]) == (6_000, 3_000)
    assert (await processing.row("salesperson_months"))["seller_id"] == "S-3"


async def test_a_return_without_an_order_takes_back_the_cost_of_its_day(processing: Processing) -> None:
    await processing.apply(event("product.created", at=-1, unit_cost="10"))
    await processing.apply(event("order.returned", order_id=None, amount="30.00", lines=[BACK]))
    assert (await processing.row("customer_months"))["returned_cost_minor"] == 1_000


async def test_a_return_reported_with_another_body_is_refused(processing: Processing) -> None:
    await processing.apply(event("order.returned", amount="30.00", lines=[BACK]))
    await processing.apply(event("order.returned", at=1, amount="31.00", lines=[BACK]))
    assert len(await processing.refusals()) == 1
    assert (await processing.row("customer_months"))["returned_minor"] == 3_000


async def test_collections_count_in_the_month_of_the_payment(processing: Processing) -> None:
    await processing.apply(event("payment.received", amount="80.00"))
    month = await processing.row("customer_months")
    assert (month["payments"], month["collected_minor"], month["reversed_minor"]) == (1, 8_000, 0)
    assert (await processing.row("customers"))["last_payment_day"] == date(2026, 1, 5)


async def test_a_reversal_counts_in_its_own_month(processing: Processing) -> None:
    await processing.apply(event("payment.reversed", at=40))
    assert await processing.rows("customer_months") == []
    await processing.apply(event("payment.received", amount="80.00"))
    january, february = await processing.rows("customer_months")
    assert (january["collected_minor"], january["reversed_minor"]) == (8_000, 0)
    assert (february["payments"], february["collected_minor"], february["reversed_minor"]) == (0, 0, 8_000)
    assert (await processing.row("customers"))["last_payment_day"] is None
