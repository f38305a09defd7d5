"""Database rows to state, and the columns of each table."""

from typing import Any

import msgspec

from services.credit.rules.policy import Policy
from services.credit.rules.state import Account, Credit, Item, Order, TemporaryLimit, Thresholds

ACCOUNT_COLUMNS = (
    "customer_id, partition, currency, seq, hash, term_days, credit_limit, grace_days, single_order_max, thresholds, "
    "review_on, temporary_limit, temporary_from, temporary_until, blacklist, hold, open_orders, shipped, invoiced, "
    "unapplied, held_orders, held_amount, overdue_amount, overdue_items, oldest_overdue, next_due"
)
ORDER_COLUMNS = (
    "order_id, status, amount, currency, method, revision, open, shipped, invoiced, version, decision_seq, placed_at, "
    "promised_on, placed_amount, closed"
)
ITEM_COLUMNS = "invoice_id, order_id, amount, open, issued_on, due_on, overdue"
CREDIT_COLUMNS = "credit_id, seq, amount, remaining, reversed, intents"

SELECT_ACCOUNTS = f"SELECT {ACCOUNT_COLUMNS} FROM accounts"  # noqa: S608
SELECT_ORDERS = f"SELECT customer_id, {ORDER_COLUMNS} FROM orders"  # noqa: S608
SELECT_ITEMS = f"SELECT customer_id, {ITEM_COLUMNS} FROM items"  # noqa: S608
SELECT_CREDITS = f"SELECT customer_id, {CREDIT_COLUMNS} FROM credits"  # noqa: S608


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
        items_loaded=not (row["invoiced"] or row["unapplied"]),
    )


def policy_of(version: int, body: str) -> Policy:
    """Read a policy version."""
    document = msgspec.json.decode(body)
    return Policy(
        version,
        Thresholds(**document.get("thresholds", {})),
        document.get("single_order_max"),
        document.get("release_order", "oldest"),
        frozenset(document.get("switched_off", ())),
    )


def order_of(row: Any) -> Order:
    """Read an order."""
    return Order(**{name: row[name] for name in _ORDER_FIELDS}, stored=True)


def item_of(row: Any) -> Item:
    """Read an invoice."""
    return Item(**{name: row[name] for name in _ITEM_FIELDS}, stored=True)


def credit_of(row: Any) -> Credit:
    """Read a payment or credit note; what it was applied to is loaded separately."""
    return Credit(
        row["credit_id"],
        row["seq"],
        row["amount"],
        row["remaining"],
        row["reversed"],
        msgspec.json.decode(row["intents"]),
        stored=True,
    )


_ORDER_FIELDS = ORDER_COLUMNS.split(", ")
_ITEM_FIELDS = ITEM_COLUMNS.split(", ")
