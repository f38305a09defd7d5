"""Event bodies to the terms of the rules; everything that can be refused about a body is refused here."""

from typing import Any

from contracts.envelope import Event
from contracts.money import minor_units
from services.insights.rules.costs import check_currency, e4
from services.insights.rules.customers import Customer, Product
from services.insights.rules.documents import Content, Invoice, Return
from services.insights.rules.lines import fingerprint, read_lines
from services.insights.rules.receivables import Receivable
from services.insights.rules.working import WorkingSet


def content_of(event: Event[Any], *further: object) -> Content:
    """Read what an order says. ``further`` facts also tell one body from another.

    Raises:
        ContractError: for an unknown currency or an amount with too many decimals.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, "data.amount")
    lines = read_lines(data.lines, data.currency)
    body = fingerprint(data.currency, amount, data.promised_on, sorted(lines.items()), *further)
    return Content(event.occurred_at, body, data.currency, amount, data.promised_on, lines)


def return_of(working: WorkingSet, event: Event[Any]) -> tuple[Return, dict[str, tuple[int, int]]]:
    """Read a return and its lines.

    Raises:
        ContractError: for an unknown currency or an amount with too many decimals.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, "data.amount")
    lines = read_lines(data.lines, data.currency)
    order_id = data.order_id or ""
    body = fingerprint(order_id, data.currency, amount, sorted(lines.items()))
    at = event.occurred_at
    returned = Return(
        data.customer_id, data.return_id, order_id, data.currency, amount, at, working.day(at), body
    )
    return returned, lines


def invoice_of(event: Event[Any]) -> Invoice:
    """Read an invoice.

    Raises:
        ContractError: for an unknown currency or an amount with too many decimals.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, "data.amount")
    lines = read_lines(data.lines, data.currency)
    order_id = data.order_id or ""
    body = fingerprint(order_id, data.currency, amount, data.issued_on, data.due_on, sorted(lines.items()))
    at = event.occurred_at
    return Invoice(
        *(data.customer_id, data.invoice_id, order_id, data.currency, amount),
        *(at, data.issued_on, data.due_on, body, lines),
    )


def card_of(working: WorkingSet, event: Event[Any]) -> Customer:
    """Read a customer's card."""
    data = event.data
    seen = (data.name, data.region, data.category, data.business_form, data.ownership)
    at = event.occurred_at
    return Customer(data.customer_id, data.revision, at, fingerprint(*seen), working.day(at), *seen)


def product_of(event: Event[Any]) -> Product:
    """Read a catalogue entry without its cost.

    Raises:
        ContractError: for an unknown currency.
    """
    data = event.data
    check_currency(data.currency)
    price = None if data.list_price is None else e4(data.list_price)
    seen = (data.name, data.category, data.currency, price)
    return Product(data.product_id, data.revision, event.occurred_at, fingerprint(*seen), *seen)


def receivable_of(event: Event[Any]) -> Receivable:
    """Read credit's snapshot of a customer.

    Raises:
        ContractError: for an unknown currency or an amount with too many decimals.
    """
    data = event.data

    def minor(name: str) -> int:
        return minor_units(getattr(data, name), data.currency, f"data.{name}")

    return Receivable(
        customer_id=data.customer_id,
        currency=data.currency,
        journal_seq=data.journal_seq,
        day=data.day,
        as_of=event.occurred_at,
        limit_minor=None if data.limit is None else minor("limit"),
        term_days=data.term_days,
        open_orders_minor=minor("open_orders"),
        shipped_minor=minor("shipped"),
        invoiced_minor=minor("invoiced"),
        unapplied_minor=minor("unapplied"),
        exposure_minor=minor("exposure"),
        overdue_minor=minor("overdue_amount"),
        overdue_items=data.overdue_items,
        overdue_days=data.overdue_days,
        held_orders=data.held_orders,
        blacklisted=data.blacklisted,
        on_hold=data.on_hold,
    )
