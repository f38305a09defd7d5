"""A thousand orders of one customer with room for a few, and how many were approved."""

from typing import Any

from contracts.envelope import Event
from services.credit.verify import verify
from services.kit.database import Database
from tests.services.credit.events import event
from tests.services.credit.live import Live

ORDERS = 1_000
ROOMS = (0, 1, 7, 500)


def terms(room: int) -> Event[Any]:
    """A limit with room for so many of the orders, and not a cent more."""
    return event("terms.set", 0, f"terms-{room}", limit=f"{room * 100}.99")


def orders(first: int = 0, last: int = ORDERS) -> list[Event[Any]]:
    return [event("order.placed", 1 + n / 60, f"order-{n}", order_id=f"O-{n}") for n in range(first, last)]


async def approved(database: Database) -> list[str]:
    """The ids of the approved orders, once everything about the database has been checked."""
    assert [str(problem) for problem in (await verify(database)).problems] == []
    assert await database.pool.fetchval("SELECT count(*) FROM orders") == ORDERS
    assert await Live(database).refusals() == []
    rows = await database.pool.fetch(
        "SELECT order_id FROM orders WHERE status = 'approved' ORDER BY decision_seq"
    )
    return [row["order_id"] for row in rows]
