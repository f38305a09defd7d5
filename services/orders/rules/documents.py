"""What is written once and never changed: revisions of orders, decisions, shipments, invoices, returns, lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from contracts.errors import Conflict, ContractError
from contracts.money import CURRENCY_DECIMALS, milli_units, minor_units
from services.orders.rules.order import DecisionKind


@dataclass(frozen=True, slots=True)
class Line:
    """One product on a document: quantity in thousandths, unit price as told, amount in minor units."""

    product_id: str
    quantity_milli: int
    unit_price: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Revision:
    """The body of an order in one revision; 0 is the body it was placed with."""

    order_id: str
    revision: int
    at: datetime
    event_id: str
    producer: str
    currency: str
    amount_minor: int
    promised_on: date | None
    lines: Sequence[Line]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """One version of the credit decision on an order, as credit published it."""

    order_id: str
    version: int
    kind: DecisionKind
    outcome: str
    currency: str
    amount_minor: int
    reasons: str
    policy_version: int
    exposure_minor: int
    limit_minor: int | None
    journal_seq: int
    trigger: str
    decided_by: str | None
    comment: str
    decided_at: datetime
    event_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Shipment:
    """Goods of an order that left."""

    order_id: str
    shipment_id: str
    customer_id: str
    currency: str
    amount_minor: int
    at: datetime
    event_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, for an order or none."""

    invoice_id: str
    customer_id: str
    order_id: str | None
    currency: str
    amount_minor: int
    issued_on: date
    due_on: date | None
    closes_order: bool
    at: datetime
    event_id: str
    lines: Sequence[Line]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Return:
    """Goods that came back, with a credit note over the amount."""

    return_id: str
    customer_id: str
    order_id: str | None
    invoice_id: str | None
    currency: str
    amount_minor: int
    reason: str
    at: datetime
    event_id: str
    lines: Sequence[Line]
    digest: bytes


def lines_of(lines: Sequence[Any], currency: str) -> list[Line]:
    """Return the lines of an event's body.

    Raises:
        ContractError: naming the line whose amount the currency cannot express.
    """
    return [
        Line(
            line.product_id,
            milli_units(line.quantity),
            Decimal(line.unit_price).normalize(),
            minor_units(line.amount, currency, f"data.lines.{number}.amount"),
        )
        for number, line in enumerate(lines)
    ]


def facts_digest(*facts: Any) -> bytes:
    """Return 16 bytes over the facts of a document.

    The event's id, time and spelling are not among them, so that a document reported again by another event is known
    for the same ("12.5" is "12.50"), and another document under its id is not.
    """
    return blake2b(_FACTS.encode(facts), digest_size=16).digest()


_FACTS = msgspec.json.Encoder()


def check_currency(currency: str) -> None:
    """Refuse a currency whose decimals are not known.

    Raises:
        ContractError: on ``data.currency``.
    """
    if currency not in CURRENCY_DECIMALS:
        raise ContractError("data.currency", f"unknown currency {currency!r}")


def check_repetition(known: bytes, digest: bytes, field: str, what: str) -> None:
    """Pass the same document reported again; refuse another one under its id.

    Raises:
        Conflict: on ``field``.
    """
    if known != digest:
        raise Conflict(field, f"{what} is known with another body; the first one stands")
