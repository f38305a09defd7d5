"""From the body of an event to what the order book keeps of it."""

from decimal import Decimal
from typing import Any

import msgspec

from contracts.envelope import Event
from contracts.money import minor_units
from services.orders.rules.catalogue import Entry
from services.orders.rules.documents import (
    Decision,
    Invoice,
    Return,
    Revision,
    Shipment,
    check_currency,
    facts_digest,
    lines_of,
)
from services.orders.rules.order import DecisionKind, Placing

_KINDS: dict[str, DecisionKind] = {
    "credit.order_approved": "approved",
    "credit.order_held": "held",
    "credit.order_rejected": "rejected",
    "credit.order_released": "released",
}
_AMOUNT = "data.amount"


def placing_of(event: Event[Any]) -> Placing:
    """Return how the order of an ``order.placed`` came to us."""
    data = event.data
    return Placing(event.occurred_at, event.id, event.producer, data.payment_method, data.salesperson_id)


def revision_of(event: Event[Any], number: int) -> Revision:
    """Return the body of an ``order.placed`` (number 0) or ``order.amended``.

    Raises:
        ContractError: when an amount has more decimals than its currency.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, _AMOUNT)
    lines = lines_of(data.lines, data.currency)
    facts = [data.customer_id, data.currency, amount, data.promised_on, lines]
    if number == 0:
        facts += [data.payment_method, data.salesperson_id]
    return Revision(
        order_id=data.order_id,
        revision=number,
        at=event.occurred_at,
        event_id=event.id,
        producer=event.producer,
        currency=data.currency,
        amount_minor=amount,
        promised_on=data.promised_on,
        lines=lines,
        digest=facts_digest(*facts),
    )


def shipment_of(event: Event[Any]) -> Shipment:
    """Return the document of an ``order.shipped``.

    Raises:
        ContractError: when the amount has more decimals than its currency.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, _AMOUNT)
    return Shipment(
        order_id=data.order_id,
        shipment_id=data.shipment_id,
        customer_id=data.customer_id,
        currency=data.currency,
        amount_minor=amount,
        at=event.occurred_at,
        event_id=event.id,
        digest=facts_digest(data.customer_id, data.currency, amount),
    )


def invoice_of(event: Event[Any]) -> Invoice:
    """Return the document of an ``order.invoiced``.

    Raises:
        ContractError: when an amount has more decimals than its currency.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, _AMOUNT)
    lines = lines_of(data.lines, data.currency)
    facts = (
        data.customer_id,
        data.order_id,
        data.currency,
        amount,
        data.issued_on,
        data.due_on,
        data.closes_order,
    )
    return Invoice(
        invoice_id=data.invoice_id,
        customer_id=data.customer_id,
        order_id=data.order_id,
        currency=data.currency,
        amount_minor=amount,
        issued_on=data.issued_on,
        due_on=data.due_on,
        closes_order=data.closes_order,
        at=event.occurred_at,
        event_id=event.id,
        lines=lines,
        digest=facts_digest(*facts, lines),
    )


def return_of(event: Event[Any]) -> Return:
    """Return the document of an ``order.returned``.

    Raises:
        ContractError: when an amount has more decimals than its currency.
    """
    data = event.data
    amount = minor_units(data.amount, data.currency, _AMOUNT)
    lines = lines_of(data.lines, data.currency)
    facts = (data.customer_id, data.order_id, data.invoice_id, data.currency, amount, data.reason)
    return Return(
        return_id=data.return_id,
        customer_id=data.customer_id,
        order_id=data.order_id,
        invoice_id=data.invoice_id,
        currency=data.currency,
        amount_minor=amount,
        reason=data.reason,
        at=event.occurred_at,
        event_id=event.id,
        lines=lines,
        digest=facts_digest(*facts, lines),
    )


def decision_of(event: Event[Any]) -> Decision:
    """Return the version of a decision that a ``credit.order_*`` tells of.

    Raises:
        ContractError: when an amount has more decimals than its currency.
    """
    data = event.data
    limit = None if data.limit is None else minor_units(data.limit, data.currency, "data.limit")
    return Decision(
        order_id=data.order_id,
        version=data.decision_version,
        kind=_KINDS[event.type],
        outcome=data.outcome,
        currency=data.currency,
        amount_minor=minor_units(data.amount, data.currency, _AMOUNT),
        reasons=msgspec.json.encode([_reason(reason) for reason in data.reasons]).decode(),
        policy_version=data.policy_version,
        exposure_minor=minor_units(data.exposure, data.currency, "data.exposure"),
        limit_minor=limit,
        journal_seq=data.journal_seq,
        trigger=data.trigger,
        decided_by=data.by,
        comment=data.comment,
        decided_at=event.occurred_at,
        event_id=event.id,
        digest=event.digest,
    )


def _reason(reason: Any) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "value": reason.value,
        "threshold": reason.threshold,
        "documents": list(reason.documents),
    }


def entry_of(event: Event[Any]) -> Entry:
    """Return the catalogue entry of a ``product.*``.

    Raises:
        ContractError: for a currency that is not known.
    """
    data = event.data
    check_currency(data.currency)
    cost, price = _price(data.unit_cost), _price(data.list_price)
    facts = (data.revision, data.name, data.category, data.currency, cost, price)
    return Entry(
        product_id=data.product_id,
        revision=data.revision,
        valid_from=event.occurred_at,
        name=data.name,
        category=data.category,
        currency=data.currency,
        unit_cost=cost,
        list_price=price,
        event_id=event.id,
        digest=facts_digest(*facts),
    )


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text).normalize()
