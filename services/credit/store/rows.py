"""Database rows to state, and the columns of each table."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar

import msgspec

from services.credit.rules.state import (
    Account,
    Case,
    Credit,
    Item,
    Order,
    Override,
    TemporaryLimit,
    Thresholds,
)

DocumentT = TypeVar("DocumentT", Order, Item, Credit)

ACCOUNT_COLUMNS = (
    "customer_id, partition, currency, seq, hash, term_days, credit_limit, grace_days, single_order_max, thresholds, "
    "review_on, temporary_limit, temporary_from, temporary_until, blacklist, hold, open_orders, shipped, invoiced, "
    "unapplied, held_orders, held_amount, overdue_amount, overdue_items, oldest_overdue, next_due, invoice_at, "
    "credit_at, last_order_on, last_invoice_on, last_payment_on,"
    " risk_class, settled_items, settled_days_late"
)

SELECT_ACCOUNTS = f"SELECT {ACCOUNT_COLUMNS} FROM accounts"  # noqa: S608


def _columns(kind: type) -> str:
    """The columns of a document are named and ordered like its fields."""
    return ", ".join(field.name for field in fields(kind) if field.name not in _NO_COLUMN)


_NO_COLUMN = ("stored", "applied", "case", "override")
ORDER_COLUMNS = _columns(Order)
ITEM_COLUMNS = _columns(Item)
CREDIT_COLUMNS = _columns(Credit)
CASE_COLUMNS = _columns(Case)
OVERRIDE_COLUMNS = _columns(Override)


def account_of(row: Any) -> Account:
    """Read an account; its documents are loaded separately."""
    thresholds = row["thresholds"]
    temporary = None
    if row["temporary_from"] is not None:
        temporary = TemporaryLimit(row["temporary_limit"], row["temporary_from"], row["temporary_until"])
    return Account(
        customer_id=row["customer_id"],
        currency=row["currency"],
        seq=row["seq"],
        hash=row["hash"],
        term_days=row["term_days"],
        limit=row["credit_limit"],
        grace_days=row["grace_days"],
        single_order_max=row["single_order_max"],
        thresholds=Thresholds(*msgspec.json.decode(thresholds)) if thresholds is not None else None,
        review_on=row["review_on"],
        temporary=temporary,
        blacklist=row["blacklist"],
        hold=row["hold"],
        open_orders=row["open_orders"],
        shipped=row["shipped"],
        invoiced=row["invoiced"],
        unapplied=row["unapplied"],
        held_orders=row["held_orders"],
        held_amount=row["held_amount"],
        overdue_amount=row["overdue_amount"],
        overdue_items=row["overdue_items"],
        oldest_overdue=row["oldest_overdue"],
        next_due=row["next_due"],
        invoice_at=row["invoice_at"],
        credit_at=row["credit_at"],
        last_order_on=row["last_order_on"],
        last_invoice_on=row["last_invoice_on"],
        last_payment_on=row["last_payment_on"],
        risk_class=row["risk_class"],
        settled_items=row["settled_items"],
        settled_days_late=row["settled_days_late"],
        items_loaded=not (row["invoiced"] or row["unapplied"]),
    )


def order_of(values: Iterable[Any]) -> Order:
    """Read an order from its columns."""
    return _stored(Order(*values))


def item_of(values: Iterable[Any]) -> Item:
    """Read an invoice from its columns."""
    return _stored(Item(*values))


def credit_of(values: Iterable[Any]) -> Credit:
    """Read a payment or credit note from its columns; what it was applied to is loaded separately."""
    *columns, intents = values
    columns.append(msgspec.json.decode(intents))
    return _stored(Credit(*columns))


def _stored(document: DocumentT) -> DocumentT:
    document.stored = True
    return document
