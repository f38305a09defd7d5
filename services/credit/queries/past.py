"""One customer's account at the end of a past business day, folded from the journal up to it."""

from datetime import date
from typing import Any, Literal

import msgspec
from sqlalchemy import Boolean, Date, FromClause, Text, and_, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.fold import BLOCK, Fold
from services.credit.rules import entries as e
from services.credit.rules.evolve import evolve
from services.credit.rules.state import Account, Credit, Item, Order
from services.credit.tables import credits as credit_table
from services.credit.tables import items, journal, orders

Category = Literal["open_orders", "shipped", "invoiced", "unapplied"]


async def read_past_account(
    connection: AsyncConnection, customer_id: str, currency: str, as_of: date
) -> Account | None:
    """Return an account with all its documents as it stood at the end of a day; None before its first entry.

    The work is that of the customer's journal up to the day, read in blocks.

    Args:
        currency: of an account that has neither terms nor a document yet.
    """
    statement = (
        select(journal.c.body, journal.c.hash)
        .where(journal.c.customer_id == customer_id, journal.c.day <= as_of)
        .order_by(journal.c.seq)
    )
    fold = Fold(Account(customer_id, currency), 0)
    stream = await connection.stream(statement.execution_options(yield_per=BLOCK))
    async for block in stream.partitions(BLOCK):
        for body, hash_ in block:
            fold.apply(e.decode_entry(body), hash_)
    account = fold.account
    if not account.seq:
        return None
    # The last entry may be of an earlier day: what has fallen overdue since then has done so without another entry
    # only where no day was announced in between.
    evolve(account, e.DayPassed(customer=customer_id, seq=account.seq, event="", at="", day=as_of))
    return account


def count_documents(account: Account) -> dict[str, int]:
    """Return how many documents each category of exposure has."""
    return {category: len(_counted(account, category)) for category in _COUNTED}


def documents(account: Account, category: Category) -> FromClause:
    """Return the documents of a category of exposure as rows, so that they can be sorted and paged like any list."""
    table, names = _COLUMNS[category]
    types: dict[str, Any] = {"date": Date, "text": Text, "bool": Boolean}
    rows = [{name: getattr(document, name) for name in names} for document in _counted(account, category)]
    columns = [column(name, types.get(name) or table.c[name].type) for name in names]
    return (
        func.jsonb_to_recordset(bindparam(None, msgspec.to_builtins(rows), JSONB))
        .table_valued(*columns, name="documents")
        .render_derived(with_types=True)
    )


def with_day(documents: FromClause, customer_id: str) -> Any:
    """Return credits, each with the business day it came in (``day``)."""
    entry = and_(journal.c.customer_id == customer_id, journal.c.seq == documents.c.seq)
    return select(documents, journal.c.day).join(journal, entry)


def _uses_credit(order: Order) -> bool:
    return order.status == "approved" and order.counts


_COUNTED: dict[Category, Any] = {
    "open_orders": lambda a: [o for o in a.orders.values() if _uses_credit(o) and o.open > 0],
    "shipped": lambda a: [o for o in a.orders.values() if _uses_credit(o) and o.shipped > 0],
    "invoiced": lambda a: [i for i in a.items.values() if i.open > 0],
    "unapplied": lambda a: [c for c in a.credits.values() if c.remaining > 0],
}
_OWN = ("own_currency", "own_amount", "factor")
_ORDER = ("order_id", "open", "shipped", "amount", "currency", "placed_at", "promised_on", "factor")
_COLUMNS: dict[Category, tuple[Any, tuple[str, ...]]] = {
    "open_orders": (orders, _ORDER),
    "shipped": (orders, _ORDER),
    "invoiced": (
        items,
        ("invoice_id", "order_id", "amount", "open", "issued_on", "due_on", "overdue", *_OWN),
    ),
    "unapplied": (credit_table, ("credit_id", "seq", "amount", "remaining", *_OWN)),
}


def _counted(account: Account, category: Category) -> list[Order] | list[Item] | list[Credit]:
    found: list[Order] | list[Item] | list[Credit] = _COUNTED[category](account)
    return found
