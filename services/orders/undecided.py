"""Nothing waits silently: an order without a decision for too long counts as held, and somebody is told."""

import asyncio
import logging
import time
from collections.abc import Iterable

from contracts.events.orders import OrderDecisionOverdue
from services.kit import metrics
from services.kit.commands import outbox_rows, own_event
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.receipts import ReceiptTable
from services.kit.runtime import Runtime
from services.orders import store
from services.orders.alerts import raised
from services.orders.handlers import HANDLERS

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
MOST_AT_ONCE = 500
MOST_LOOKED_AT = 20_000


class Waiting:
    """Since when this process has seen which orders wait; a process that was just started gives them the time anew."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def due(self, undecided: Iterable[str], now_s: float, timeout_s: float) -> list[str]:
        """Return those of ``undecided`` that have been seen waiting for ``timeout_s``, and forget the others.

        Args:
            now_s: a monotonic time.
        """
        self._since = {order_id: self._since.get(order_id, now_s) for order_id in undecided}
        return [order_id for order_id, since in self._since.items() if now_s - since >= timeout_s]


async def watch_undecided(runtime: Runtime) -> None:
    """Background task: find orders that credit has not decided on in time.

    During a replay of the past (clock "events") the services are not in step, and it does nothing.
    """
    if runtime.settings.clock != "real":
        await asyncio.Event().wait()
    waiting = Waiting()
    while True:
        try:
            await look(runtime, waiting)
        except TRANSIENT_DATABASE_ERRORS as error:
            metrics.TRANSIENT_ERRORS.labels("orders", type(error).__name__).inc()
        await asyncio.sleep(LOOK_EVERY_S)


async def look(runtime: Runtime, waiting: Waiting) -> None:
    """Look once."""
    found = await runtime.database.pool.fetch(
        """SELECT order_id, status FROM orders WHERE decision_version = 0 AND status IN ('placed', 'held')
           ORDER BY order_id LIMIT $1""",
        MOST_LOOKED_AT,
    )
    timeout_s = runtime.settings.decision_timeout_s
    placed = (row["order_id"] for row in found if row["status"] == "placed")
    due = waiting.due(placed, time.monotonic(), timeout_s)
    for start in range(0, len(due), MOST_AT_ONCE):
        await _hold(runtime, due[start : start + MOST_AT_ONCE], int(timeout_s))
    metrics.UNDECIDED_ORDERS.set(len(found))


async def _hold(runtime: Runtime, order_ids: list[str], waited_s: int) -> None:
    """Let orders count as held, and raise an alert for each; those that were decided meanwhile are left alone."""
    async with runtime.database.unit_of_work() as unit:
        # Another replica looks too: whoever has the row tells, and the other finds the order held.
        rows = await unit.connection.fetch(
            """SELECT order_id, customer_id FROM orders WHERE order_id = ANY($1::text[]) AND status = 'placed'
               ORDER BY order_id FOR UPDATE SKIP LOCKED""",
            order_ids,
        )
        if not rows:
            return
        events = [
            own_event(
                runtime,
                OrderDecisionOverdue(order_id=order_id, customer_id=customer_id, waited_s=waited_s),
                customer_id,
            )
            for order_id, customer_id in rows
        ]
        book = await store.load(unit.connection, events)
        for received in events:
            HANDLERS[received.event.type](book, received)
            order = book.orders[received.event.data.order_id]
            unit.publish_all(outbox_rows(runtime, received))
            unit.publish(raised(order, waited_s, received.event.occurred_at))
        await store.save(unit, book)
        await ReceiptTable().write(unit.connection, events)
    log.warning("%d orders have waited %d s for a decision and count as held", len(rows), waited_s)
