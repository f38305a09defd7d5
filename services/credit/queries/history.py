"""Receivables as they stood at the end of a past business day, unwound from the present.

What was open then is what is open now, plus what has been paid since, less what was invoiced since. So the work is that
of the journal entries after the day (found by a block range index), not that of all history, and nothing is folded.
A business day is the day of the journal (``journal.day``): a document that came in late belongs to the day it came in.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.accounts import reached
from services.credit.tables import accounts, items, journal
from services.credit.tables import credits as credit_table
from services.kit.tables import partition_days

_ORDERS_ONLY = ("decision", "amended", "cancelled", "shipped", "flag", "day", "temporary_limit")
"""Kinds of entries that move no receivable; any other may carry allocations."""
_BODY = cast(journal.c.body, JSONB)


@dataclass(frozen=True, slots=True)
class Books:
    """Receivables of one customer or of all, now or at the end of a past day.

    Attributes:
        accounts: ``customer_id, currency, day, grace_days, unapplied``; ``day`` is the business day they stand at.
        items: open invoices: ``invoice_id, customer_id, order_id, amount, open, issued_on, due_on``.
        credits: money in hand: ``credit_id, customer_id, seq, amount, remaining``.
    """

    accounts: FromClause
    items: FromClause
    credits: FromClause


def books_now(today: date, customer_id: str | None = None) -> Books:
    """Return the books as they stand, each account on the business day its partition has reached."""
    with_day = accounts.outerjoin(partition_days, partition_days.c.partition == accounts.c.partition)
    columns = accounts.c
    account = select(
        columns.customer_id,
        columns.currency,
        reached(today).label("day"),
        columns.grace_days,
        columns.unapplied,
    )
    open_items = select(*(items.c[name] for name in _ITEM)).where(items.c.open > 0)
    in_hand = select(*(credit_table.c[name] for name in _CREDIT)).where(credit_table.c.remaining > 0)
    if customer_id is not None:
        account = account.where(columns.customer_id == customer_id)
        open_items = open_items.where(items.c.customer_id == customer_id)
        in_hand = in_hand.where(credit_table.c.customer_id == customer_id)
    return Books(account.select_from(with_day).subquery("a"), open_items.subquery("i"), in_hand.subquery("c"))


def books_at(day: date, customer_id: str | None = None) -> Books:
    """Return the books as they stood at the end of ``day``; accounts opened later are among them, with nothing."""
    later = _later(day, customer_id)
    allocated = _allocated(later)
    return Books(
        _accounts_at(day, later, allocated, customer_id).subquery("a"),
        _items_at(later, allocated, customer_id).subquery("i"),
        _credits_at(later, allocated, customer_id).subquery("c"),
    )


def books(today: date, as_of: date | None, customer_id: str | None = None) -> Books:
    """Return the books now, or at the end of ``as_of``."""
    return books_now(today, customer_id) if as_of is None else books_at(as_of, customer_id)


_ITEM = ("invoice_id", "customer_id", "order_id", "amount", "open", "issued_on", "due_on")
_CREDIT = ("credit_id", "customer_id", "seq", "amount", "remaining")


def _later(day: date, customer_id: str | None) -> CTE:
    entries = select(journal.c.customer_id, journal.c.kind, _BODY.label("body")).where(
        journal.c.day > day, journal.c.kind.not_in(_ORDERS_ONLY)
    )
    if customer_id is not None:
        entries = entries.where(journal.c.customer_id == customer_id)
    return entries.cte("later")


def _text(part: Any, key: str | int) -> ColumnElement[str]:
    found: ColumnElement[str] = part[key].astext
    return found


def _money(part: Any, key: str | int) -> ColumnElement[int]:
    return cast(_text(part, key), BigInteger)


def _sum(amount: ColumnElement[int]) -> ColumnElement[int]:
    # Sums of bigint are numeric in PostgreSQL.
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def _allocated(later: CTE) -> CTE:
    """What later entries paid, or took back."""
    parts = func.jsonb_array_elements(later.c.body["allocations"])
    part = parts.table_valued(column("value", JSONB), name="part", joins_implicitly=True)
    return (
        select(
            later.c.customer_id,
            _text(part.c.value, 0).label("credit_id"),
            _text(part.c.value, 1).label("invoice_id"),
            _money(part.c.value, 2).label("amount"),
        )
        .select_from(later.join(part, true()))
        .cte("allocated")
    )


def _items_at(later: CTE, allocated: CTE, customer_id: str | None) -> Any:
    paid = (
        select(allocated.c.invoice_id, _sum(allocated.c.amount).label("amount"))
        .group_by(allocated.c.invoice_id)
        .cte("paid_since")
    )
    invoice = _text(later.c.body, "invoice").label("invoice_id")
    new = select(invoice).where(later.c.kind == "invoiced").cte("invoiced_since")
    known = ~exists().where(new.c.invoice_id == items.c.invoice_id)
    columns = [items.c[name] for name in _ITEM if name != "open"]
    still_open = (
        select(*columns, (items.c.open + func.coalesce(paid.c.amount, 0)).label("open"))
        .select_from(items.outerjoin(paid, paid.c.invoice_id == items.c.invoice_id))
        .where(items.c.open > 0, known)
    )
    if customer_id is not None:
        still_open = still_open.where(items.c.customer_id == customer_id)
    closed_since = (
        select(*columns, paid.c.amount.label("open"))
        .select_from(paid.join(items, items.c.invoice_id == paid.c.invoice_id))
        .where(items.c.open == 0, known)
    )
    both = union_all(still_open, closed_since).subquery("both")
    return select(both).where(both.c.open > 0)


def _credits_at(later: CTE, allocated: CTE, customer_id: str | None) -> Any:
    applied = select(allocated.c.credit_id, allocated.c.amount)
    # Whoever takes a payment back takes the whole amount: what it had paid comes back first.
    taken_back = select(_text(later.c.body, "credit"), _money(later.c.body, "amount")).where(
        later.c.kind == "reversed"
    )
    # What it counted for more since then because of a difference between rates, it did not count for then.
    exchanged = select(_text(later.c.body, "credit"), -_money(later.c.body, "amount")).where(
        later.c.kind == "exchange"
    )
    moves = union_all(applied, taken_back, exchanged).subquery("moves")
    used = (
        select(moves.c.credit_id, _sum(moves.c.amount).label("amount"))
        .group_by(moves.c.credit_id)
        .cte("used_since")
    )
    credit = _text(later.c.body, "credit").label("credit_id")
    new = select(credit).where(later.c.kind == "credit").cte("credited_since")
    table = credit_table
    columns = [table.c[name] for name in _CREDIT if name != "remaining"]
    in_hand = (
        select(*columns, (table.c.remaining + func.coalesce(used.c.amount, 0)).label("remaining"))
        .select_from(table.outerjoin(used, used.c.credit_id == table.c.credit_id))
        .where(table.c.remaining > 0)
    )
    if customer_id is not None:
        in_hand = in_hand.where(table.c.customer_id == customer_id)
    used_up = (
        select(*columns, used.c.amount.label("remaining"))
        .select_from(used.join(table, table.c.credit_id == used.c.credit_id))
        .where(table.c.remaining == 0)
    )
    both = union_all(in_hand, used_up).subquery("both_credits")
    known = ~exists().where(new.c.credit_id == both.c.credit_id)
    return select(both).where(both.c.remaining > 0, known)


def _accounts_at(day: date, later: CTE, allocated: CTE, customer_id: str | None) -> Any:
    came_in = case(
        (later.c.kind.in_(("credit", "exchange")), _money(later.c.body, "amount")),
        (later.c.kind == "reversed", -_money(later.c.body, "amount")),
        else_=0,
    )
    entered = select(later.c.customer_id, came_in.label("amount"), (later.c.kind == "terms").label("terms"))
    applied = select(allocated.c.customer_id, -allocated.c.amount, literal(False))
    moves = union_all(entered, applied).subquery("account_moves")
    since = (
        select(
            moves.c.customer_id,
            _sum(moves.c.amount).label("unapplied"),
            func.bool_or(moves.c.terms).label("terms"),
        )
        .group_by(moves.c.customer_id)
        .cte("since")
    )
    # Only of accounts whose terms have changed since. Before any terms the first document gives the currency.
    terms = (
        select(
            func.coalesce(cast(_text(_BODY, "grace_days"), Integer), 0).label("grace_days"),
            _text(_BODY, "currency").label("currency"),
        )
        .where(
            journal.c.customer_id == accounts.c.customer_id,
            or_(journal.c.kind == "terms", journal.c.seq == 1),
            journal.c.day <= day,
            since.c.terms,
        )
        .order_by(journal.c.seq.desc())
        .limit(1)
        .lateral("terms")
    )
    columns = accounts.c
    statement = select(
        columns.customer_id,
        func.coalesce(terms.c.currency, columns.currency).label("currency"),
        literal(day, Date).label("day"),
        case((since.c.terms, func.coalesce(terms.c.grace_days, 0)), else_=columns.grace_days).label(
            "grace_days"
        ),
        (columns.unapplied - func.coalesce(since.c.unapplied, 0)).label("unapplied"),
    ).select_from(
        accounts.outerjoin(since, since.c.customer_id == columns.customer_id).outerjoin(terms, true())
    )
    return statement.where(columns.customer_id == customer_id) if customer_id is not None else statement


async def opened_on(connection: AsyncConnection, customer_id: str) -> date | None:
    """Return the business day of an account's first journal entry, None without one."""
    first = select(journal.c.day).where(and_(journal.c.customer_id == customer_id, journal.c.seq == 1))
    day: date | None = await connection.scalar(first)
    return day
