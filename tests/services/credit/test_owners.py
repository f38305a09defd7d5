"""A document belongs to one customer, whoever else names it, before or in the same batch."""

import pytest

from services.credit.verify import verify
from services.kit.database import Database
from tests.services.credit.events import body, event
from tests.services.credit.live import Live

MINE = {"customer_id": "C-1"}
THEIRS = {"customer_id": "C-2"}
NAMING = [
    ("order.placed", "order_id"),
    ("order.invoiced", "invoice_id"),
    ("order.returned", "return_id"),
    ("payment.received", "payment_id"),
    ("payment.reversed", "payment_id"),
]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
@pytest.mark.parametrize(("type_", "field"), NAMING)
async def test_who_comes_first_owns_it(database: Database, type_: str, field: str, *, together: bool) -> None:
    live = Live(database)
    # Theirs is the name the batch ends with, and mine comes again after it.
    events = [event(type_, 1, **MINE), event(type_, 2, **THEIRS), event("terms.set", 3, **MINE)]
    for batch in [events] if together else [[one] for one in events]:
        await live.apply_events(*batch)
    document_id = getattr(body(type_), field)
    assert await live.refusals() == [(f"data.{field}", f"{document_id!r} belongs to customer 'C-1'")]
    assert await database.pool.fetchval("SELECT count(*) FROM journal WHERE customer_id = 'C-2'") == 0
    assert (await verify(database)).problems == []


async def test_a_refused_event_owns_nothing(database: Database) -> None:
    live = Live(database)
    ruling = event("terms.order_release_ruled", 1, **THEIRS)
    await live.apply_events(ruling, event("order.placed", 2, **MINE), event("order.placed", 3, **THEIRS))
    owners = [row["customer_id"] for row in await database.pool.fetch("SELECT customer_id FROM orders")]
    assert owners == ["C-1"]
    assert [field for field, _ in await live.refusals()] == ["data.order_id", "data.order_id"]


async def test_a_stranger_beside_the_owner_does_not_hide_the_document(database: Database) -> None:
    live = Live(database)
    await live.apply_events(event("order.placed", 1, **MINE))
    live.lose_memory()
    await live.apply_events(
        event("order.cancelled", 2, **THEIRS),
        event("order.cancelled", 3, **MINE),
        event("order.cancelled", 4, **THEIRS),
    )
    assert await database.pool.fetchval("SELECT status FROM orders WHERE customer_id = 'C-1'") == "cancelled"
    assert len(await live.refusals()) == 2
