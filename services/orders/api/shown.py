"""From rows of the database to what callers get."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from contracts.money import decimal_string, quantity_string
from services.orders.api.answers import (
    AmountsOut,
    DecisionOut,
    EntryOut,
    InvoiceOut,
    LineOut,
    OrderOut,
    OrderSummary,
    ProductOut,
    ReasonOut,
    ReturnOut,
    RevisionOut,
    ShipmentOut,
)
from services.orders.rules.catalogue import Product


def summary(row: Row[Any]) -> OrderSummary:
    """Return an order as lists show it, from :func:`services.orders.store.reads.order_summaries`."""
    return OrderSummary(**_summary(row))


def _summary(row: Row[Any]) -> dict[str, Any]:
    currency = row.currency
    return {
        "order_id": row.order_id,
        "customer_id": row.customer_id,
        "status": row.status,
        "outcome": row.outcome,
        "currency": currency,
        "amounts": None if currency is None else _amounts(row, currency),
        "payment_method": row.payment_method,
        "salesperson_id": row.salesperson_id,
        "placed_at": row.placed_at,
        "promised_on": row.promised_on,
        "revision": row.revision,
        "event_id": row.placed_event_id,
        "producer": row.placed_by,
        "cancelled_at": row.cancelled_at,
        "cancel_reason": row.cancel_reason,
        "decision_overdue_at": row.decision_overdue_at,
        "decision": None if row.d_event_id is None else decision(row),
    }


def _amounts(row: Row[Any], currency: str) -> AmountsOut:
    return AmountsOut(
        ordered=decimal_string(row.amount_minor, currency),
        shipped=decimal_string(row.shipped_minor, currency),
        invoiced=decimal_string(row.invoiced_minor, currency),
        returned=decimal_string(int(row.returned_minor), currency),
    )


def decision(row: Row[Any]) -> DecisionOut:
    """Return a version of a decision from its ``d_*`` columns."""
    currency, limit = row.d_currency, row.d_limit_minor
    return DecisionOut(
        version=row.d_version,
        kind=row.d_kind,
        outcome=row.d_outcome,
        currency=currency,
        amount=decimal_string(row.d_amount_minor, currency),
        reasons=[ReasonOut(**reason) for reason in row.d_reasons],
        policy_version=row.d_policy_version,
        exposure=decimal_string(row.d_exposure_minor, currency),
        limit=None if limit is None else decimal_string(limit, currency),
        journal_seq=row.d_journal_seq,
        trigger=row.d_trigger,
        by=row.d_decided_by,
        comment=row.d_comment,
        decided_at=row.d_decided_at,
    )


def line(row: Row[Any], currency: str) -> LineOut:
    """Return a line of a document."""
    return LineOut(
        product_id=row.product_id,
        quantity=quantity_string(row.quantity_milli),
        unit_price=price(row.unit_price) or "0",
        amount=decimal_string(row.amount_minor, currency),
    )


def price(value: Decimal | None) -> str | None:
    """Spell a price without needless zeros."""
    return None if value is None else f"{value.normalize():f}"


def order(row: Row[Any], parts: dict[str, Any]) -> OrderOut:
    """Return an order with everything known about it; ``parts`` are the lists."""
    return OrderOut(**_summary(row), **parts)


def revisions(rows: Iterable[Row[Any]]) -> list[RevisionOut]:
    """Return the bodies an order had."""
    return [
        RevisionOut(
            revision=row.revision,
            at=row.at,
            amount=decimal_string(row.amount_minor, row.currency),
            promised_on=row.promised_on,
            event_id=row.event_id,
            producer=row.producer,
        )
        for row in rows
    ]


def shipments(rows: Iterable[Row[Any]]) -> list[ShipmentOut]:
    """Return shipments."""
    return [
        ShipmentOut(
            shipment_id=row.shipment_id, amount=decimal_string(row.amount_minor, row.currency), at=row.at
        )
        for row in rows
    ]


def invoices(rows: Iterable[Row[Any]], lines: Iterable[Row[Any]]) -> list[InvoiceOut]:
    """Return invoices with their lines."""
    lines = list(lines)
    return [
        InvoiceOut(
            invoice_id=row.invoice_id,
            currency=row.currency,
            amount=decimal_string(row.amount_minor, row.currency),
            issued_on=row.issued_on,
            due_on=row.due_on,
            closes_order=row.closes_order,
            at=row.at,
            lines=[line(item, row.currency) for item in lines if item.invoice_id == row.invoice_id],
        )
        for row in rows
    ]


def returns(rows: Iterable[Row[Any]], lines: Iterable[Row[Any]]) -> list[ReturnOut]:
    """Return returns with their lines."""
    lines = list(lines)
    return [
        ReturnOut(
            return_id=row.return_id,
            invoice_id=row.invoice_id,
            currency=row.currency,
            amount=decimal_string(row.amount_minor, row.currency),
            reason=row.reason,
            at=row.at,
            lines=[line(item, row.currency) for item in lines if item.return_id == row.return_id],
        )
        for row in rows
    ]


def product(row: Row[Any] | Product) -> ProductOut:
    """Return a product's entry in force."""
    return ProductOut(
        product_id=row.product_id,
        revision=row.revision,
        changed_at=row.changed_at,
        name=row.name,
        category=row.category,
        currency=row.currency,
        unit_cost=price(row.unit_cost),
        list_price=price(row.list_price),
    )


def entry(row: Row[Any]) -> EntryOut:
    """Return an entry a product had."""
    return EntryOut(
        revision=row.revision,
        valid_from=row.valid_from,
        name=row.name,
        category=row.category,
        currency=row.currency,
        unit_cost=price(row.unit_cost),
        list_price=price(row.list_price),
    )
