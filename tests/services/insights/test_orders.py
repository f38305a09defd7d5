"""What orders, decisions, invoices and amendments add to the facts."""

from datetime import date
from typing import Any

import pytest

from tests.services.insights.events import event, line
from tests.services.insights.processing import Processing

JANUARY = date(2026, 1, 1)

TEA = line("TEA", "2", "60.00")
CUP = line("CUP", "1.5", "40.00")


def month_of(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


async def test_a_placed_order_counts_in_the_month_of_its_placing(processing: Processing) -> None:
    await processing.apply(event("order.placed", salesperson_id="S-9", lines=[TEA, CUP]))
    month = await processing.row("customer_months")
    assert month["month"] == JANUARY
    assert month_of(month, "orders", "amount_minor", "quantity_milli", "distinct_products") == {
        "orders": 1,
        "amount_minor": 10_000,
        "quantity_milli": 3_500,
        "distinct_products": 2,
    }
    sales = await processing.row("salesperson_months")
    assert (sales["owner_id"], sales["seller_id"], sales["amount_minor"]) == ("", "S-9", 10_000)
    products = await processing.rows("product_months")
    assert [(row["product_id"], row["orders"], row["amount_minor"]) for row in products] == [
        ("CUP", 1, 4_000),
        ("TEA", 1, 6_000),
    ]


async def test_the_month_is_that_of_the_business_time_zone(processing: Processing) -> None:
    # 31 January 17:00 in UTC is 1 February 01:00 in Shanghai.
    await processing.apply(event("order.placed", at=26 + 16 / 24))
    assert (await processing.row("customer_months"))["month"] == date(2026, 2, 1)


async def test_a_product_on_two_lines_is_one_product(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA, TEA]))
    product = await processing.row("product_months")
    assert month_of(product, "orders", "quantity_milli", "amount_minor") == {
        "orders": 1,
        "quantity_milli": 4_000,
        "amount_minor": 12_000,
    }


async def test_an_amendment_moves_the_difference(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA, CUP]))
    await processing.apply(event("order.amended", at=40, amount="30.00", lines=[TEA]))
    month = await processing.row("customer_months")
    assert month["month"] == JANUARY
    assert month_of(month, "orders", "amount_minor", "quantity_milli", "distinct_products") == {
        "orders": 1,
        "amount_minor": 3_000,
        "quantity_milli": 2_000,
        "distinct_products": 1,
    }
    assert (await processing.row("product_months"))["product_id"] == "TEA"


async def test_a_lower_revision_changes_nothing(processing: Processing) -> None:
    await processing.apply(event("order.placed"), event("order.amended", revision=3, amount="30.00"))
    await processing.apply(event("order.amended", revision=2, amount="70.00"))
    assert (await processing.row("customer_months"))["amount_minor"] == 3_000


async def test_what_came_before_the_placing_counts_once_it_is_placed(processing: Processing) -> None:
    await processing.apply(event("order.amended", at=2, amount="30.00", lines=[TEA]))
    await processing.apply(event("credit.order_held", at=2))
    assert await processing.rows("customer_months") == []
    await processing.apply(event("order.placed", at=1, lines=[CUP]))
    month = await processing.row("customer_months")
    assert month_of(month, "orders", "held_orders", "held_minor") == {
        "orders": 0,
        "held_orders": 1,
        "held_minor": 3_000,
    }
    await processing.apply(event("credit.order_released", at=3, decision_version=2))
    month = await processing.row("customer_months")
    assert month_of(month, "orders", "amount_minor", "held_orders", "distinct_products") == {
        "orders": 1,
        "amount_minor": 3_000,
        "held_orders": 0,
        "distinct_products": 1,
    }


@pytest.mark.parametrize("drop", ["order.cancelled", "credit.order_rejected"])
async def test_a_dropped_order_counts_for_nothing(processing: Processing, drop: str) -> None:
    await processing.apply(event("order.placed", lines=[TEA]))
    await processing.apply(event(drop, at=40))
    for table in ("customer_months", "salesperson_months", "product_months"):
        assert await processing.rows(table) == []
    customer = await processing.row("customers")
    assert (customer["first_order_day"], customer["last_order_day"]) == (None, None)


@pytest.mark.parametrize("drop", ["order.cancelled", "credit.order_rejected"])
@pytest.mark.parametrize("dropped_first", [True, False])
async def test_a_dropped_order_counts_with_what_was_invoiced_of_it(
    processing: Processing, drop: str, dropped_first: bool
) -> None:
    events = [
        event("order.invoiced", at=1, amount="20.00", lines=[line("TEA", "1", "20.00")]),
        event("order.invoiced", at=2, invoice_id="I-2", amount="5.00", lines=[line("TEA", "0.25", "5.00")]),
        event(drop, at=3),
    ]
    await processing.apply(event("order.placed", lines=[TEA, CUP]))
    await processing.apply_each(reversed(events) if dropped_first else events)
    month = await processing.row("customer_months")
    assert month_of(month, "orders", "amount_minor", "quantity_milli", "distinct_products") == {
        "orders": 1,
        "amount_minor": 2_500,
        "quantity_milli": 1_250,
        "distinct_products": 1,
    }


async def test_goods_invoiced_for_nothing_count_with_a_dropped_order(processing: Processing) -> None:
    await processing.apply(
        event("order.placed", lines=[TEA]), event("order.invoiced", amount="60.00", lines=[TEA])
    )
    await processing.apply(event("order.cancelled"))
    await processing.apply(
        event("order.invoiced", invoice_id="I-2", amount="0", lines=[line("CUP", "1", "0")])
    )
    month = await processing.row("customer_months")
    assert month_of(month, "orders", "amount_minor", "quantity_milli", "distinct_products") == {
        "orders": 1,
        "amount_minor": 6_000,
        "quantity_milli": 3_000,
        "distinct_products": 2,
    }


async def test_a_rejection_that_is_revoked_brings_the_whole_order_back(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA, CUP]))
    await processing.apply(event("order.invoiced", amount="20.00", lines=[TEA]))
    await processing.apply(event("credit.order_rejected"))
    await processing.apply(event("credit.order_approved", decision_version=2))
    month = await processing.row("customer_months")
    assert month_of(month, "orders", "amount_minor", "distinct_products") == {
        "orders": 1,
        "amount_minor": 10_000,
        "distinct_products": 2,
    }
    assert {row["kind"] for row in await processing.rows("lines")} == {"ordered"}


async def test_the_highest_decision_holds(processing: Processing) -> None:
    await processing.apply(event("order.placed"), event("credit.order_approved", decision_version=3))
    await processing.apply(event("credit.order_held", decision_version=2))
    order = await processing.row("orders")
    assert (order["outcome"], order["counts_as"]) == ("approved", "order")


async def test_an_order_placed_again_with_another_body_is_refused(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA]))
    await processing.apply(event("order.placed", at=1, lines=[TEA]))
    assert await processing.refusals() == []
    await processing.apply(event("order.placed", at=1, amount="999.00", lines=[TEA]))
    assert await processing.refusals() == [
        "data.order_id: order 'O-1' was reported before with another body, which stays"
    ]
    assert (await processing.row("customer_months"))["amount_minor"] == 10_000


async def test_a_refused_event_leaves_no_trace(processing: Processing) -> None:
    await processing.apply(event("order.placed", amount="1.005"))
    [refusal] = await processing.refusals()
    assert refusal.startswith("data.amount: ")
    for table in ("customers", "orders", "lines", "customer_months"):
        assert await processing.rows(table) == []


async def test_currencies_are_kept_apart_with_their_own_minor_units(processing: Processing) -> None:
    await processing.apply(
        event("order.placed", currency="JPY", amount="500", lines=[line("TEA", "1", "500")]),
        event("order.placed", order_id="O-2", currency="KWD", amount="1.250"),
    )
    months = await processing.rows("customer_months")
    assert [(row["currency"], row["amount_minor"]) for row in months] == [("JPY", 500), ("KWD", 1_250)]


async def test_first_and_last_order_day_follow_what_counts(processing: Processing) -> None:
    for number, day in enumerate((3, 0, 9)):
        await processing.apply(event("order.placed", at=day, order_id=f"O-{number}"))
    customer = await processing.row("customers")
    assert (customer["first_order_day"], customer["last_order_day"]) == (
        date(2026, 1, 5),
        date(2026, 1, 14),
    )
    await processing.apply(
        event("order.cancelled", order_id="O-2"), event("credit.order_held", order_id="O-1")
    )
    customer = await processing.row("customers")
    assert (customer["first_order_day"], customer["last_order_day"]) == (
        date(2026, 1, 8),
        date(2026, 1, 8),
    )


async def test_an_invoice_of_an_order_that_stands_changes_no_fact(processing: Processing) -> None:
    await processing.apply(event("order.placed", lines=[TEA]))
    before = await processing.rows("customer_months")
    await processing.apply(event("order.invoiced", amount="10.00", closes_order=True))
    assert await processing.rows("customer_months") == before
    assert (await processing.row("invoices"))["amount_minor"] == 1_000
