"""A semi-synthetic history: real orders of the UCI file, paid as late as the invoices of the IBM file were.

Orders, invoices and returns are real. When each is paid is drawn from the real delays of another company's customers.
What neither file has is made up with a seed: payments that name no invoice, that are too large, or that bounce.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from contracts.envelope import Event
from contracts.events.payments import PaymentReversed
from contracts.money import decimal_string, minor_units
from deploy.feed import uci
from deploy.feed.source import make


def semi_synthetic(folder: Path, until: date | None, partitions: int, seed: int) -> Iterator[Event[Any]]:
    """Events in event-time order: one in five payments names nothing, one in ten is too large, one in 20 bounces."""
    options = uci.UciOptions(until=until, ibm_delays=True, partitions=partitions)
    random = Random(seed)
    bounced: list[tuple[Any, str, Event[Any]]] = []
    for event in uci.feed(folder, options).events:
        while bounced and bounced[0][0] < event.occurred_at:
            yield heappop(bounced)[2]
        if event.type != "payment.received":
            yield event
            continue
        data = event.data
        if random.random() < 0.2:
            data = data.model_copy(update={"allocations": []})
        if random.random() < 0.1:
            more = minor_units(data.amount, data.currency) + random.randrange(1, 50_00)
            data = data.model_copy(update={"amount": decimal_string(more, data.currency)})
        yield replace(event, data=data)
        if random.random() < 0.05:
            at = event.occurred_at + timedelta(days=random.randrange(1, 9), seconds=7)
            body = PaymentReversed(
                payment_id=data.payment_id, customer_id=data.customer_id, reason="no cover"
            )
            heappush(bounced, (at, event.id, make(body, f"{event.id}-bounced", at, "uci")))
