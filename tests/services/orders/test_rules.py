"""What an order is follows from the facts that have arrived, whatever their order and however often they come."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Conflict, ContractError
from contracts.events import EventData
from services.kit.records import Received
from services.orders.handlers import HANDLERS
from services.orders.rules.book import OrderBook
from services.orders.rules.order import Status
from tests.services.events import START, body, make

PLACED = make(body("order.placed"), 1)
AMENDED = make(body("order.amended", amount="80.00"), 2)
AMENDED_AGAIN = make(body("order.amended", amount="120.00", revision=2), 3)
CANCELLED = make(body("order.cancelled", reason="shop closed"), 4)
CANCELLED_AGAIN = make(body("order.cancelled", reason="as said"), 9)
HELD = make(body("credit.order_held"), 1)
RELEASED = make(body("credit.order_released", decision_version=2), 5)
REJECTED = make(body("credit.order_rejected", decision_version=3), 6)
OVERDUE = make(body("order.decision_overdue", waited_s=30), 2)
SHIPPED = make(body("order.shipped", amount="40.00"), 7)
SHIPPED_REST = make(body("order.shipped", shipment_id="S-2", amount="80.00"), 8)
INVOICED = make(body("order.invoiced", amount="40.00"), 8)
INVOICED_LAST = make(body("order.invoiced", invoice_id="I-2", amount="10.00", closes_order=True), 9)
RETURNED = make(body("order.returned", amount="5.00"), 10)
EVERYTHING = (
    PLACED,
    AMENDED,
    AMENDED_AGAIN,
    CANCELLED,
    CANCELLED_AGAIN,
    HELD,
    RELEASED,
    REJECTED,
    OVERDUE,
    SHIPPED,
    SHIPPED_REST,
    INVOICED,
    INVOICED_LAST,
    RETURNED,
)


def fold(events: Sequence[Received], book: OrderBook | None = None) -> OrderBook:
    book = book or OrderBook()
    for received in events:
        HANDLERS[received.event.type](book, received)
    return book


def facts(book: OrderBook) -> dict[str, Any]:
    """The book without the order in which its rows were added, and without what only this order has brought about."""
    return {
        name: sorted(map(repr, value)) if isinstance(value, list) else dict(sorted(value.items()))
        for name, value in ((slot, getattr(book, slot)) for slot in OrderBook.__slots__)
        if name != "decided_late"
    }


def status_after(*events: Received) -> Status:
    return fold(events).orders["O-1"].status


@given(st.permutations(EVERYTHING), st.integers(1, len(EVERYTHING)))
@settings(max_examples=300)
def test_any_order_of_any_facts_gives_the_same_book(shuffled: list[Received], size: int) -> None:
    some = shuffled[:size]
    assert facts(fold(some)) == facts(fold([event for event in EVERYTHING if event in some]))


@given(st.permutations(EVERYTHING))
def test_facts_reported_again_by_other_events_change_nothing(shuffled: list[Received]) -> None:
    # A decision names its event in its body's digest, a cancellation has no number of its own; receipts cover those.
    documents = [event for event in shuffled if event.event.type.startswith("order.")]
    again = [make(_body_of(e), _minute_of(e)) for e in reversed(documents)]
    assert facts(fold(again, fold(shuffled))) == facts(fold(shuffled))


def _body_of(received: Received) -> EventData:
    data = received.event.data
    return body(received.event.type, **{name: getattr(data, name) for name in data.__struct_fields__})


def _minute_of(received: Received) -> float:
    return (received.event.occurred_at - START).total_seconds() / 60


@given(st.permutations(EVERYTHING), st.integers(0, len(EVERYTHING)))
def test_a_batch_boundary_anywhere_changes_nothing(events: list[Received], cut: int) -> None:
    assert facts(fold(events[cut:], fold(events[:cut]))) == facts(fold(events))


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((HELD,), "announced"),
        ((CANCELLED,), "announced"),
        ((PLACED,), "placed"),
        ((CANCELLED, PLACED), "cancelled"),
        ((HELD, PLACED), "held"),
        ((PLACED, RELEASED, HELD), "released"),
        ((PLACED, REJECTED), "rejected"),
        ((PLACED, HELD, CANCELLED), "cancelled"),
        ((PLACED, RELEASED, SHIPPED), "part_shipped"),
        ((PLACED, SHIPPED, SHIPPED_REST), "shipped"),
        ((PLACED, SHIPPED, INVOICED), "part_invoiced"),
        ((PLACED, INVOICED, INVOICED_LAST), "invoiced"),
        ((PLACED, INVOICED, CANCELLED), "invoiced"),
        ((INVOICED, INVOICED_LAST, PLACED), "invoiced"),
    ],
)
def test_status_follows_from_the_facts(events: tuple[Received, ...], status: Status) -> None:
    assert status_after(*events) == status


def test_a_later_amendment_that_comes_first_stays_in_force() -> None:
    order = fold([AMENDED_AGAIN, PLACED, AMENDED]).orders["O-1"]
    assert (order.revision, order.amount_minor, order.placed_at) == (2, 12000, PLACED.event.occurred_at)


def test_an_older_decision_is_kept_but_not_in_force() -> None:
    book = fold([PLACED, RELEASED, HELD])
    assert (book.orders["O-1"].decision_version, book.orders["O-1"].outcome) == (2, "approved")
    assert [decision.version for decision in book.decisions] == [2, 1]


def test_the_earliest_cancellation_counts() -> None:
    order = fold([PLACED, CANCELLED_AGAIN, CANCELLED]).orders["O-1"]
    assert (order.cancelled_at, order.cancel_reason) == (CANCELLED.event.occurred_at, "shop closed")


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (PLACED, make(body("order.placed", amount="100.01"), 2), "data.order_id"),
        (PLACED, make(body("order.placed", salesperson_id="S-9"), 2), "data.order_id"),
        (PLACED, make(body("order.placed", customer_id="C-2"), 2), "data.customer_id"),
        (PLACED, make(body("order.cancelled", customer_id="C-2"), 2), "data.customer_id"),
        (PLACED, make(body("order.invoiced", currency="USD"), 2), "data.currency"),
        (AMENDED, make(body("order.amended", amount="80.01"), 2), "data.revision"),
        (SHIPPED, make(body("order.shipped", amount="40.01"), 7), "data.shipment_id"),
        (INVOICED, make(body("order.invoiced", amount="40.01"), 8), "data.invoice_id"),
        (INVOICED, make(body("order.invoiced", amount="40.00", order_id="O-2"), 8), "data.invoice_id"),
        (RETURNED, make(body("order.returned", amount="5.00", reason="broken"), 8), "data.return_id"),
        (HELD, make(body("credit.order_approved"), 1), "data.decision_version"),
        (
            make(body("product.created", unit_cost="1.5")),
            make(body("product.created", unit_cost="1.6")),
            "data.product_id",
        ),
        (
            make(body("product.changed", unit_cost="1.5")),
            make(body("product.changed", unit_cost="1.6")),
            "data.revision",
        ),
    ],
)
def test_another_body_under_a_known_number_is_refused_and_leaves_no_trace(
    first: Received, second: Received, field: str
) -> None:
    book = fold([first])
    before = deepcopy(book)
    with pytest.raises(Conflict) as refusal:
        HANDLERS[second.event.type](book, second)
    assert refusal.value.field == field
    assert facts(book) == facts(before)


@pytest.mark.parametrize("first", [PLACED, AMENDED, SHIPPED, INVOICED, RETURNED], ids=lambda r: r.event.type)
def test_the_same_document_by_another_event_in_another_spelling_is_the_same(first: Received) -> None:
    spelled = first.event.data.amount.removesuffix("0")
    again = make(_body_of(first).model_copy(update={"amount": spelled}), 60)
    book = fold([first])
    before = facts(book)
    fold([again], book)
    assert facts(book) == before


def test_an_amount_with_too_many_decimals_is_refused_by_its_line() -> None:
    line = {"product_id": "P-1", "quantity": "1", "unit_price": "0.0125", "amount": "0.013"}
    with pytest.raises(ContractError) as refusal:
        fold([make(body("order.placed", lines=[line]))])
    assert refusal.value.field == "data.lines.0.amount"


def test_a_product_reads_as_its_highest_revision_and_then_its_latest_says() -> None:
    entries = [
        make(body("product.created", name="Tea", unit_cost="1.2500"), 0),
        make(body("product.changed", name="Green tea", revision=3, unit_cost="1.3"), 5),
        make(body("product.changed", name="Old tea", revision=2), 9),
        make(body("product.changed", name="Fine tea", revision=3, unit_cost="1.4"), 6),
    ]
    for order in (entries, entries[::-1], entries[2:] + entries[:2]):
        book = fold(order)
        assert (book.products["P-1"].name, str(book.products["P-1"].unit_cost)) == ("Fine tea", "1.4")
        assert len(book.entries) == 4
