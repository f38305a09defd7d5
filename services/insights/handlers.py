"""Which event is handled where. A handler reads the whole body first, so that what it refuses leaves no trace."""

from collections.abc import Callable

from contracts.money import minor_units
from services.insights.handlers_people import (
    on_follow_up_completed,
    on_follow_up_recorded,
    on_staff,
    on_written_off,
)
from services.insights.handlers_prospects import PROSPECTS
from services.insights.hearing import heard_by
from services.insights.reading import (
    card_of,
    content_of,
    invoice_of,
    product_of,
    receivable_of,
    return_of,
)
from services.insights.rules.costs import read_cost
from services.insights.rules.customers import Assignment, Customer, put_card, set_blacklisted
from services.insights.rules.documents import (
    Payment,
    Tracked,
    amend,
    cancel,
    decide,
    merge_invoice,
    merge_return,
    place,
    receive,
    reverse,
)
from services.insights.rules.lines import fingerprint
from services.insights.rules.working import WorkingSet
from services.kit.processor import Handler
from services.kit.records import Received


def on_customer_card(working: WorkingSet, received: Received) -> None:
    """A customer's card now reads as given."""
    card = card_of(working, received.event)
    put_card(_customer(working, card.customer_id), card)


def on_customer_assigned(working: WorkingSet, received: Received) -> None:
    """A salesperson looks after a customer from a day on, perhaps a day in the past."""
    data = received.event.data
    assignment = Assignment(data.customer_id, data.from_day, data.salesperson_id, received.event.occurred_at)
    working.owners_of(data.customer_id).assign(assignment)
    working.assignments.append(assignment)


def on_blacklisted(working: WorkingSet, received: Received) -> None:
    """A customer is blacklisted."""
    customer = _customer(working, received.event.data.customer_id)
    set_blacklisted(customer, True, received.event.occurred_at)


def on_blacklist_lifted(working: WorkingSet, received: Received) -> None:
    """A customer is no longer blacklisted."""
    customer = _customer(working, received.event.data.customer_id)
    set_blacklisted(customer, False, received.event.occurred_at)


def on_product(working: WorkingSet, received: Received) -> None:
    """A catalogue entry now reads as given; a cost holds from the event's time on."""
    event, data = received.event, received.event.data
    product = product_of(event)
    if data.unit_cost is not None:
        cost = read_cost(data.product_id, data.currency, event.occurred_at, data.revision, data.unit_cost)
        key = cost.product_id, cost.currency, cost.valid_from
        if key not in working.costs or working.costs[key].outranks < cost.outranks:
            working.costs[key] = cost
    known = working.products.get(product.product_id)
    if known is None or known.outranks < product.outranks:
        working.products[product.product_id] = product


def on_placed(working: WorkingSet, received: Received) -> None:
    """A customer placed an order."""
    data = received.event.data
    seller_id = data.salesperson_id or ""
    content = content_of(received.event, seller_id, data.payment_method)
    entry = working.order(data.customer_id, data.order_id)
    place(entry, content, working.day(content.at), seller_id, data.payment_method)


def on_amended(working: WorkingSet, received: Received) -> None:
    """An order reads differently from now on."""
    data = received.event.data
    content = content_of(received.event)
    amend(working.order(data.customer_id, data.order_id), data.revision, content)


def on_cancelled(working: WorkingSet, received: Received) -> None:
    """What is not yet invoiced of an order will not be delivered."""
    data = received.event.data
    cancel(working.order(data.customer_id, data.order_id).now, received.event.occurred_at)


def on_invoiced(working: WorkingSet, received: Received) -> None:
    """An invoice was issued."""
    invoice = invoice_of(received.event)
    entry = working.invoices.setdefault((invoice.customer_id, invoice.invoice_id), Tracked(invoice))
    merge_invoice(entry, invoice)


def on_returned(working: WorkingSet, received: Received) -> None:
    """Goods came back."""
    returned, lines = return_of(working, received.event)
    key = returned.customer_id, returned.return_id
    entry = working.returns.get(key)
    if entry is None:
        working.returns[key] = Tracked(returned, content=lines)
    elif merge_return(entry, returned):
        entry.content = lines


def _decided(outcome: str) -> Callable[[WorkingSet, Received], None]:
    def on_decided(working: WorkingSet, received: Received) -> None:
        data = received.event.data
        order = working.order(data.customer_id, data.order_id).now
        decide(order, data.decision_version, outcome, received.event.occurred_at)

    return on_decided


def on_payment_received(working: WorkingSet, received: Received) -> None:
    """A customer paid."""
    at, data = received.event.occurred_at, received.event.data
    amount = minor_units(data.amount, data.currency, "data.amount")
    named: dict[str, int] = {}
    for number, part in enumerate(data.allocations):
        minor = minor_units(part.amount, data.currency, f"data.allocations.{number}.amount")
        named[part.invoice_id] = named.get(part.invoice_id, 0) + minor
    new = Payment(
        data.customer_id,
        data.payment_id,
        data.currency,
        amount,
        at,
        working.day(at),
        fingerprint(data.currency, amount),
        named=named,
    )
    receive(working.payment(data.customer_id, data.payment_id).now, new)


def on_payment_reversed(working: WorkingSet, received: Received) -> None:
    """A payment bounced or was taken back."""
    at, data = received.event.occurred_at, received.event.data
    reverse(working.payment(data.customer_id, data.payment_id).now, at, working.day(at))


def on_exposure_changed(working: WorkingSet, received: Received) -> None:
    """Credit says what a customer owes; a higher journal number replaces a lower one."""
    receivable = receivable_of(received.event)
    known = working.receivables.get(receivable.customer_id)
    if known is None or receivable.outranks(known):
        working.receivables[receivable.customer_id] = receivable


def _customer(working: WorkingSet, customer_id: str) -> Customer:
    return working.customers.setdefault(customer_id, Tracked(Customer(customer_id))).now


_FACTS: dict[str, Handler[WorkingSet]] = {
    "customer.created": on_customer_card,
    "customer.changed": on_customer_card,
    "customer.assigned": on_customer_assigned,
    "customer.blacklisted": on_blacklisted,
    "customer.blacklist_lifted": on_blacklist_lifted,
    "follow_up.recorded": on_follow_up_recorded,
    "follow_up.completed": on_follow_up_completed,
    "staff.entered": on_staff,
    "staff.changed": on_staff,
    "product.created": on_product,
    "product.changed": on_product,
    "order.placed": on_placed,
    "order.amended": on_amended,
    "order.cancelled": on_cancelled,
    "order.invoiced": on_invoiced,
    "order.returned": on_returned,
    "credit.order_approved": _decided("approved"),
    "credit.order_held": _decided("held"),
    "credit.order_rejected": _decided("rejected"),
    "credit.order_released": _decided("released"),
    "credit.exposure_changed": on_exposure_changed,
    "payment.received": on_payment_received,
    "payment.reversed": on_payment_reversed,
    "receivable.written_off": on_written_off,
    **PROSPECTS,
}

HANDLERS = heard_by(_FACTS)
"""Event type to handler: what it does to the facts, and what alerts hear of it."""

PASSED_OVER = {
    "clock.day_started": "the kit keeps the day; what time alone changes is derived beside the stream (deriving.py)",
    "credit.case_assigned": "who works on a held order is no fact about the customer",
    "credit.case_noted": "see credit.case_assigned",
    **dict.fromkeys(
        [f"alert.{step}" for step in ("acknowledged", "snoozed", "reopened", "changed", "assigned")],
        "these are our own words: other services raise and resolve alerts, the rest happens here",
    ),
    "follow_up.rescheduled": "another day of a reminder says nothing of what was done",
    "follow_up.due": "see follow_up.rescheduled",
    "prospect.follow_up_completed": "a visit is recorded when it took place, which is what counts",
    **dict.fromkeys(
        ["prospect.follow_up_rescheduled", "prospect.follow_up_due"],
        "a reminder is no visit, whatever its day",
    ),
    "satisfaction.recorded": "what a customer thinks moves no fact of its trade",
    "order.decision_overdue": "the decision itself is what counts, when it comes",
    "payment.transferred_out": "no money came or went, it was collected before",
    "payment.transferred_in": "it was collected from the other customer",
    "receivable.transferred_out": "the sale stays the customer's who bought",
    "receivable.transferred_in": "the sale stays the customer's who bought",
    "policy.activated": "what may be delivered is for credit to say",
    "order.shipped": "goods count when they are ordered and again when they come back",
}
"""Event types on the consumed topics that nothing here depends on, and why."""
