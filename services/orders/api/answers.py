"""What callers get. Amounts are decimal strings in the currency beside them, quantities decimal strings."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.money import decimal_string, quantity_string
from services.orders.rules.catalogue import Product
from services.orders.rules.order import DecisionKind, Status


class ReasonOut(BaseModel):
    """A failing rule, with what was measured, what is allowed, and the documents behind it."""

    rule: str
    value: str
    threshold: str
    documents: list[str]


class DecisionOut(BaseModel):
    """A version of the credit decision; the highest is in force."""

    version: int
    kind: DecisionKind = Field(description="released: held first, then let go")
    outcome: str
    currency: str
    amount: str = Field(description="of the order when it was decided")
    reasons: list[ReasonOut]
    policy_version: int
    exposure: str = Field(description="of the customer, after this decision")
    limit: str | None = Field(description="in force then; null: unlimited")
    journal_seq: int
    trigger: str = Field(description="the event that led to it")
    by: str | None
    comment: str
    decided_at: datetime


class AmountsOut(BaseModel):
    """The order's money."""

    ordered: str
    shipped: str
    invoiced: str
    returned: str


class OrderSummary(BaseModel):
    """An order as lists show it."""

    order_id: str
    customer_id: str
    status: Status
    outcome: str | None = Field(description="of the decision in force")
    currency: str | None
    amounts: AmountsOut | None = Field(description="null while no currency is known")
    payment_method: str | None
    salesperson_id: str | None
    placed_at: datetime | None = Field(description="null: only announced by a decision or document so far")
    promised_on: date | None
    revision: int = Field(description="of the body in force: 0 as placed, -1 none known")
    event_id: str | None = Field(description="of the event that placed it")
    producer: str | None = Field(description="who reported it")
    cancelled_at: datetime | None
    cancel_reason: str | None
    decision: DecisionOut | None


class LineOut(BaseModel):
    """One product on a document."""

    product_id: str
    quantity: str
    unit_price: str
    amount: str


class RevisionOut(BaseModel):
    """A body the order had: 0 as placed, then its amendments."""

    revision: int
    at: datetime
    amount: str
    promised_on: date | None
    event_id: str
    producer: str


class ShipmentOut(BaseModel):
    """Goods that left."""

    shipment_id: str
    amount: str
    at: datetime


class InvoiceOut(BaseModel):
    """An invoice for the order."""

    invoice_id: str
    currency: str
    amount: str
    issued_on: date
    due_on: date | None = Field(description="null: issued_on plus the customer's term days")
    closes_order: bool
    at: datetime
    lines: list[LineOut]


class ReturnOut(BaseModel):
    """Goods that came back."""

    return_id: str
    invoice_id: str | None
    currency: str
    amount: str
    reason: str
    at: datetime
    lines: list[LineOut]


class OrderOut(OrderSummary):
    """An order with everything known about it."""

    lines: list[LineOut] = Field(description="of the revision in force")
    revisions: list[RevisionOut]
    decisions: list[DecisionOut] = Field(description="every version, oldest first")
    shipments: list[ShipmentOut]
    invoices: list[InvoiceOut]
    returns: list[ReturnOut]


class AcceptedOrder(BaseModel):
    """The order is recorded and published; its decision is on the way."""

    order_id: str
    customer_id: str
    event_id: str
    decision: None = Field(None, description="not known yet: ask again at the Location, or with ?wait=2s")


class ProductOut(BaseModel):
    """A product's entry in force."""

    product_id: str
    revision: int
    changed_at: datetime
    name: str
    category: str
    currency: str
    unit_cost: str | None
    list_price: str | None


class EntryOut(BaseModel):
    """An entry a product had, with the cost of sales from ``valid_from`` on."""

    revision: int
    valid_from: datetime
    name: str
    category: str
    currency: str
    unit_cost: str | None
    list_price: str | None


class ProductHistory(ProductOut):
    """A product with every entry it ever had."""

    history: list[EntryOut]


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
