"""One hash over the books that does not depend on the order in which documents came.

Decision 0013 says what it leaves out and why. Two installations that were told the same things have the same hash,
whoever was told what first.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from services.credit.fold import Fold, Row, stored_customers, stored_row
from services.credit.rules.state import Account
from services.kit.database import Database
from services.kit.verify import snapshot

NUMBERED = {
    "accounts": {"seq", "hash"},
    "orders": {"version", "decision_seq"},
    "cases": {"opened_seq"},
    "credits": {"seq"},
}
"""Numbers of journal entries and of versions of decisions: they tell in what order things came."""

BOOKED = {
    "accounts": {"last_order_on", "last_invoice_on", "last_payment_on", "settled_days_late", "wakes_on"},
    "items": {"settled_on"},
    "cases": {"opened_on", "due_on", "level"},
    "overrides": {"day"},
}
"""What follows from the business day on which something was booked. A late document is booked when it comes: the
figures of past days never change."""

DECIDED = {
    "accounts": {"open_orders", "shipped", "held_orders", "held_amount"},
    "orders": {"status"},
    "cases": {"customer_id", "order_id"},
    "overrides": {"customer_id", "order_id", "amount", "by"},
}
"""What follows from decisions. One that was taken knowing less stands."""

Tables = dict[str, Sequence[Row]]
"""The rows of a customer, by table."""

_ENCODER = msgspec.json.Encoder(order="sorted")


def hash_of_books(customers: Iterable[Tables], *, decided: bool = True, booked: bool = True) -> str:
    """Return the sha256, in hex, over the rows of each customer, in the form of :meth:`Fold.rows`.

    Args:
        decided: count what follows from decisions.
        booked: count what follows from the days on which things were booked.
    """
    digest = sha256()
    for line in sorted(_lines(customers, decided=decided, booked=booked)):
        digest.update(len(line).to_bytes(4, "big"))
        digest.update(line)
    return digest.hexdigest()


def books_of_account(account: Account) -> Tables:
    """Return the rows of an account of which every document is in memory; what was allocated is net."""
    applied: list[Row] = [
        {"credit_id": credit.credit_id, "invoice_id": invoice_id, "amount": amount}
        for credit in account.credits.values()
        for invoice_id, amount in credit.applied.items()
    ]
    rows: Tables = {**Fold(account, 0).rows()}
    return rows | {"allocations": applied}


async def books_hash(
    target: Database | str, schema: str = "credit", *, decided: bool = True, booked: bool = True
) -> str:
    """Return :func:`hash_of_books` of a database."""
    customers: list[Tables] = []
    async with snapshot(target, schema) as connection:
        async for customer in stored_customers(connection):
            async for _ in customer.entries():
                pass
            documents = await customer.stored_documents()
            if customer.row["seq"]:
                customers.append({"accounts": [stored_row("accounts", customer.row)], **documents})
    return hash_of_books(customers, decided=decided, booked=booked)


def _lines(customers: Iterable[Tables], *, decided: bool, booked: bool) -> Iterator[bytes]:
    for tables in customers:
        for table, rows in tables.items():
            left_out = set(NUMBERED.get(table, ())) | {"partition"}
            left_out |= set() if booked else BOOKED.get(table, set())
            left_out |= set() if decided else DECIDED.get(table, set())
            for row in _net(rows) if table == "allocations" else rows:
                kept = {name: value for name, value in row.items() if name not in left_out}
                if kept:
                    yield _ENCODER.encode([table, kept])


def _net(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what each credit pays of each invoice in the end."""
    sums: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = row["credit_id"], row["invoice_id"]
        sums[pair] = sums.get(pair, 0) + row["amount"]
    return [{"credit_id": c, "invoice_id": i, "amount": amount} for (c, i), amount in sums.items() if amount]
