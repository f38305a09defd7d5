"""What the events of a batch may touch: everything to load before the first of them is applied."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.insights.rules.alerts.model import OF_ALERTS, OURS
from services.insights.rules.working import Key
from services.kit.records import Received


@dataclass(slots=True)
class Touched:
    """Ids of what to load.

    Attributes:
        placed: orders whose placing is reported: their returns follow their time and seller.
        dropped: orders that may be dropped: they count with their invoices.
        assigned: customers to the first day from which they may have another owner.
        catalogue: whether products or costs may change.
    """

    customers: set[str] = field(default_factory=set)
    orders: set[Key] = field(default_factory=set)
    placed: set[Key] = field(default_factory=set)
    dropped: set[Key] = field(default_factory=set)
    returns: set[Key] = field(default_factory=set)
    invoices: set[Key] = field(default_factory=set)
    payments: set[Key] = field(default_factory=set)
    assigned: dict[str, date] = field(default_factory=dict)
    catalogue: bool = False


def touched_by(events: Sequence[Received]) -> Touched:
    """Collect the ids in ``events``."""
    touched = Touched()
    for received in events:
        # Our own alerts come back with the topic; they touch nothing.
        if received.event.type in OF_ALERTS and received.event.producer == OURS:
            continue
        _note(touched, received.event.type, received.event.data)
    return touched


def _note(touched: Touched, type_: str, data: Any) -> None:
    customer_id: str | None = getattr(data, "customer_id", None)
    # Nobody and nothing is locked for these: each is put together with what is stored as it is written.
    if type_.startswith(("staff.", "prospect.")):
        return
    if customer_id is None:
        touched.catalogue = True
        return
    touched.customers.add(customer_id)
    order_id: str | None = getattr(data, "order_id", None)
    if order_id is not None:
        touched.orders.add((customer_id, order_id))
    match type_:
        case "order.placed":
            touched.placed.add((customer_id, order_id or ""))
        case "order.cancelled" | "credit.order_rejected":
            touched.dropped.add((customer_id, order_id or ""))
        case "order.invoiced":
            touched.invoices.add((customer_id, data.invoice_id))
        case "order.returned":
            touched.returns.add((customer_id, data.return_id))
        case "payment.received" | "payment.reversed":
            touched.payments.add((customer_id, data.payment_id))
        case "customer.assigned":
            from_day: date = data.from_day
            touched.assigned[customer_id] = min(touched.assigned.get(customer_id, from_day), from_day)
