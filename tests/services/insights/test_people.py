"""Customers, products, owners and what credit says of them."""

from datetime import date

import pytest

from contracts.topics import consumed_by, topics
from services.insights.handlers import HANDLERS, PASSED_OVER
from tests.services.insights.events import event
from tests.services.insights.processing import Processing


def test_every_consumed_event_is_handled_or_passed_over_for_a_reason() -> None:
    consumed = {type_ for topic in consumed_by("insights") for type_ in topics()[topic].events}
    assert consumed == HANDLERS.keys() | PASSED_OVER.keys()
    assert not HANDLERS.keys() & PASSED_OVER.keys()


async def test_the_highest_revision_of_a_card_holds(processing: Processing) -> None:
    await processing.apply(event("customer.changed", at=3, revision=2, name="New", region="North"))
    await processing.apply(event("customer.created", name="Old", category="tea house"))
    customer = await processing.row("customers")
    assert (customer["name"], customer["region"], customer["category"]) == ("New", "North", "")
    assert customer["known_since"] == date(2026, 1, 5)


async def test_of_cards_without_revisions_the_latest_holds(processing: Processing) -> None:
    await processing.apply(event("customer.created", name="Old"))
    await processing.apply(event("customer.changed", at=2, name="Newest"))
    await processing.apply(event("customer.changed", at=1, name="New"))
    assert (await processing.row("customers"))["name"] == "Newest"


async def test_blacklisting_follows_the_latest_word(processing: Processing) -> None:
    await processing.apply(event("customer.blacklist_lifted", at=2))
    await processing.apply(event("customer.blacklisted", at=1))
    assert not (await processing.row("customers"))["blacklisted"]
    await processing.apply(event("customer.blacklisted", at=3))
    assert (await processing.row("customers"))["blacklisted"]


async def test_facts_go_to_who_looked_after_the_customer_on_the_day(processing: Processing) -> None:
    await processing.apply(
        event("customer.assigned", salesperson_id="S-1", from_day="2026-01-01"),
        event("customer.assigned", salesperson_id="S-2", from_day="2026-01-10"),
        event("order.placed", at=0, salesperson_id="S-2"),
        event("order.placed", at=8, order_id="O-2", salesperson_id="S-2"),
        event("payment.received", at=8, amount="30.00"),
    )
    rows = await processing.rows("salesperson_months")
    assert [(r["owner_id"], r["seller_id"], r["orders"], r["collected_minor"]) for r in rows] == [
        ("S-1", "S-2", 1, 0),
        ("S-2", "", 0, 3_000),
        ("S-2", "S-2", 1, 0),
    ]


async def test_an_assignment_of_a_past_day_moves_what_happened_since(processing: Processing) -> None:
    await processing.apply(
        event("order.placed", at=0),
        event("order.placed", at=8, order_id="O-2"),
        event("order.returned", at=9, amount="5.00"),
        event("payment.received", at=8, amount="30.00"),
        event("payment.reversed", at=20),
    )
    months = await processing.rows("customer_months")
    await processing.apply(event("customer.assigned", at=30, salesperson_id="S-2", from_day="2026-01-10"))
    await processing.apply(event("customer.assigned", at=31, salesperson_id="S-3", from_day="2026-01-20"))
    rows = await processing.rows("salesperson_months")
    found = {
        r["owner_id"]: (r["orders"], r["returns"], r["collected_minor"], r["reversed_minor"]) for r in rows
    }
    assert found == {"": (1, 0, 0, 0), "S-2": (1, 1, 3_000, 0), "S-3": (0, 0, 0, 3_000)}
    assert await processing.rows("customer_months") == months


async def test_of_two_assignments_from_one_day_the_later_made_holds(processing: Processing) -> None:
    await processing.apply(event("order.placed"))
    await processing.apply(event("customer.assigned", at=2, salesperson_id="S-2"))
    await processing.apply(event("customer.assigned", at=1, salesperson_id="S-1"))
    assert (await processing.row("salesperson_months"))["owner_id"] == "S-2"


async def test_the_catalogue_keeps_the_highest_revision(processing: Processing) -> None:
    await processing.apply(event("product.changed", at=1, revision=2, name="Tea", list_price="1.2345"))
    await processing.apply(event("product.created", name="Te"))
    product = await processing.row("products")
    assert (product["name"], product["list_price_e4"]) == ("Tea", 12_345)


@pytest.mark.parametrize("sequence", [(7, 5, 9, 8), (9, 5), (5, 9)])
async def test_the_highest_journal_number_says_what_is_owed(
    processing: Processing, sequence: tuple[int, ...]
) -> None:
    for number in sequence:
        await processing.apply(
            event("credit.exposure_changed", journal_seq=number, exposure=f"{number}.00", limit=None)
        )
    receivable = await processing.row("receivables")
    assert (receivable["journal_seq"], receivable["exposure_minor"]) == (9, 900)
    assert receivable["limit_minor"] is None
