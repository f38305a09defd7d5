"""Which event is handled where. A handler checks first, and changes the book when nothing can be refused any more."""

from services.kit.processor import Handler
from services.kit.records import Received
from services.orders.rules import order as rules
from services.orders.rules.book import OrderBook
from services.orders.rules.catalogue import Entry, product_of, put
from services.orders.rules.documents import check_repetition
from services.orders.rules.reading import (
    decision_of,
    entry_of,
    invoice_of,
    placing_of,
    return_of,
    revision_of,
    shipment_of,
)


def on_placed(book: OrderBook, received: Received) -> None:
    """An order was placed."""
    event, data = received.event, received.event.data
    placed = revision_of(event, 0)
    order = book.order(data.order_id, data.customer_id, event.occurred_at, data.currency)
    known = book.revision_digests.get((data.order_id, 0))
    if known is not None:
        check_repetition(known, placed.digest, "data.order_id", f"order {data.order_id!r}")
        return
    book.keep(order)
    book.revision_digests[data.order_id, 0] = placed.digest
    book.revisions.append(placed)
    rules.note(order, event.occurred_at, data.currency)
    rules.place(order, placing_of(event))
    rules.revise(order, 0, placed.amount_minor, placed.promised_on)


def on_amended(book: OrderBook, received: Received) -> None:
    """An order reads differently from now on."""
    event, data = received.event, received.event.data
    revision = revision_of(event, data.revision)
    order = book.order(data.order_id, data.customer_id, event.occurred_at, data.currency)
    key = (data.order_id, data.revision)
    known = book.revision_digests.get(key)
    if known is not None:
        what = f"revision {data.revision} of order {data.order_id!r}"
        check_repetition(known, revision.digest, "data.revision", what)
        return
    book.keep(order)
    book.revision_digests[key] = revision.digest
    book.revisions.append(revision)
    rules.note(order, event.occurred_at, data.currency)
    rules.revise(order, data.revision, revision.amount_minor, revision.promised_on)


def on_cancelled(book: OrderBook, received: Received) -> None:
    """What is not yet invoiced of an order is given up."""
    event, data = received.event, received.event.data
    order = book.order(data.order_id, data.customer_id, event.occurred_at)
    book.keep(order)
    rules.note(order, event.occurred_at)
    rules.cancel(order, event.occurred_at, data.reason)


def on_decision_overdue(book: OrderBook, received: Received) -> None:
    """Nobody decided on an order in time."""
    event, data = received.event, received.event.data
    order = book.order(data.order_id, data.customer_id, event.occurred_at)
    book.keep(order)
    rules.note(order, event.occurred_at)
    rules.miss_decision(order, event.occurred_at)


def on_shipped(book: OrderBook, received: Received) -> None:
    """Goods left."""
    event, data = received.event, received.event.data
    shipment = shipment_of(event)
    order = book.order(data.order_id, data.customer_id, event.occurred_at, data.currency)
    key = (data.order_id, data.shipment_id)
    known = book.shipment_digests.get(key)
    if known is not None:
        what = f"shipment {data.shipment_id!r} of order {data.order_id!r}"
        check_repetition(known, shipment.digest, "data.shipment_id", what)
        return
    book.keep(order)
    book.shipment_digests[key] = shipment.digest
    book.shipments.append(shipment)
    rules.note(order, event.occurred_at, data.currency)
    rules.ship(order, shipment.amount_minor)


def on_invoiced(book: OrderBook, received: Received) -> None:
    """An invoice was issued, for an order or none."""
    event, data = received.event, received.event.data
    invoice = invoice_of(event)
    known = book.invoice_digests.get(data.invoice_id)
    if known is not None:
        check_repetition(known, invoice.digest, "data.invoice_id", f"invoice {data.invoice_id!r}")
        return
    if data.order_id is not None:
        order = book.order(data.order_id, data.customer_id, event.occurred_at, data.currency)
        book.keep(order)
        rules.note(order, event.occurred_at, data.currency)
        rules.invoice(order, invoice.amount_minor, data.closes_order)
    book.invoice_digests[data.invoice_id] = invoice.digest
    book.invoices.append(invoice)


def on_returned(book: OrderBook, received: Received) -> None:
    """Goods came back; what an order lost by it is added up where it is read."""
    event, data = received.event, received.event.data
    returned = return_of(event)
    known = book.return_digests.get(data.return_id)
    if known is not None:
        check_repetition(known, returned.digest, "data.return_id", f"return {data.return_id!r}")
        return
    if data.order_id is not None:
        order = book.order(data.order_id, data.customer_id, event.occurred_at, data.currency)
        book.keep(order)
        rules.note(order, event.occurred_at, data.currency)
    book.return_digests[data.return_id] = returned.digest
    book.returns.append(returned)


def on_decided(book: OrderBook, received: Received) -> None:
    """Credit decided on an order, or decided again. Every version is kept, the highest is in force."""
    event, data = received.event, received.event.data
    decision = decision_of(event)
    order = book.order(data.order_id, data.customer_id, event.occurred_at)
    key = (data.order_id, data.decision_version)
    known = book.decision_digests.get(key)
    if known is not None:
        what = f"version {data.decision_version} of the decision on order {data.order_id!r}"
        check_repetition(known, decision.digest, "data.decision_version", what)
        return
    book.keep(order)
    book.decision_digests[key] = decision.digest
    book.decisions.append(decision)
    rules.note(order, event.occurred_at)
    if order.decision_overdue_at is not None and not order.decision_version:
        book.decided_late.append(order)
    rules.decide(order, data.decision_version, decision.kind, data.outcome)


def on_product_created(book: OrderBook, received: Received) -> None:
    """A product entered the catalogue; its number cannot be given twice."""
    entry = entry_of(received.event)
    product = book.products.get(entry.product_id)
    if product is not None and product.created is not None:
        what = f"product {entry.product_id!r}"
        check_repetition(product.created, entry.digest, "data.product_id", what)
        return
    _put(book, entry)
    product = book.products[entry.product_id]
    product.created = entry.digest
    product.changed = True


def on_product_changed(book: OrderBook, received: Received) -> None:
    """A catalogue entry reads differently from now on; sales before keep the earlier cost."""
    _put(book, entry_of(received.event))


def _put(book: OrderBook, entry: Entry) -> None:
    key = (entry.product_id, entry.revision, entry.valid_from)
    known = book.entry_digests.get(key)
    if known is not None:
        what = f"revision {entry.revision} of product {entry.product_id!r}"
        check_repetition(known, entry.digest, "data.revision", what)
        return
    book.entry_digests[key] = entry.digest
    book.entries.append(entry)
    product = book.products.get(entry.product_id)
    if product is None:
        book.products[entry.product_id] = product_of(entry)
    else:
        put(product, entry)


def on_customer_assigned(book: OrderBook, received: Received) -> None:
    """A salesperson looks after a customer from a day on; it says who may see the customer's orders."""
    event, data = received.event, received.event.data
    book.assignments.append((data.customer_id, data.from_day, data.salesperson_id, event.occurred_at))


HANDLERS: dict[str, Handler[OrderBook]] = {
    "order.placed": on_placed,
    "order.amended": on_amended,
    "order.cancelled": on_cancelled,
    "order.decision_overdue": on_decision_overdue,
    "order.shipped": on_shipped,
    "order.invoiced": on_invoiced,
    "order.returned": on_returned,
    "credit.order_approved": on_decided,
    "credit.order_held": on_decided,
    "credit.order_rejected": on_decided,
    "credit.order_released": on_decided,
    "customer.assigned": on_customer_assigned,
    "product.created": on_product_created,
    "product.changed": on_product_changed,
}
"""Event type to handler. ``credit.exposure_changed`` is not the order book's business."""
