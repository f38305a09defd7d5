"""Ageing of receivables: open invoices by days past their due day, per customer and per currency."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Row, Subquery, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.history import Books

BUCKETS: dict[str, tuple[int | None, int | None]] = {
    "current": (None, 0),
    "days_1_30": (1, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "over_90": (91, None),
}
"""First and last day past due of each bucket, both included."""


def _within(days: ColumnElement[int], first: int | None, last: int | None) -> ColumnElement[bool]:
    if first is None:
        return days <= last
    return days >= first if last is None else days.between(first, last)


def _total(amount: ColumnElement[int], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    # Sums of bigint are numeric in PostgreSQL.
    summed = func.sum(amount)
    return cast(func.coalesce(summed.filter(*conditions) if conditions else summed, 0), BigInteger)


def ageing(books: Books) -> Subquery:
    """The ageing of every account in ``books``, one row each.

    Columns: ``customer_id, currency, day, grace_days, unapplied, receivables, items``, per bucket its amount
    (``current``) and number of invoices (``current_items``), ``overdue_amount, overdue_items, overdue_days``
    (grace days included; days from the due day), ``longest_days`` (past due, grace or not).
    """
    a, i = books.accounts, books.items
    past_due = cast(a.c.day - i.c.due_on, Integer)
    overdue = past_due > a.c.grace_days
    figures: dict[str, ColumnElement[int]] = {
        "receivables": _total(i.c.open),
        "items": func.count(i.c.invoice_id),
        "overdue_amount": _total(i.c.open, overdue),
        "overdue_items": func.count(i.c.invoice_id).filter(overdue),
        "overdue_days": func.coalesce(func.max(past_due).filter(overdue), 0),
        "longest_days": func.greatest(func.coalesce(func.max(past_due), 0), 0),
    }
    for name, (first, last) in BUCKETS.items():
        figures[name] = _total(i.c.open, _within(past_due, first, last))
        figures[f"{name}_items"] = func.count(i.c.invoice_id).filter(_within(past_due, first, last))
    keys = (a.c.customer_id, a.c.currency, a.c.day, a.c.grace_days, a.c.unapplied)
    return (
        select(*keys, *(value.label(name) for name, value in figures.items()))
        .select_from(a.outerjoin(i, i.c.customer_id == a.c.customer_id))
        .group_by(*keys)
        .subquery("ageing")
    )


_SUMMED = (
    "receivables",
    "items",
    "unapplied",
    "overdue_amount",
    "overdue_items",
    *BUCKETS,
    *(f"{name}_items" for name in BUCKETS),
)


async def totals(connection: AsyncConnection, aged: Subquery, currency: str | None) -> Sequence[Row[Any]]:
    """Return the sums of ``aged``, one row per currency with anything in it."""
    columns = aged.c
    statement = (
        select(
            columns.currency,
            *(_total(columns[name]).label(name) for name in _SUMMED),
            func.max(columns.overdue_days).label("overdue_days"),
            func.max(columns.longest_days).label("longest_days"),
            func.count().filter(columns.receivables > 0).label("owing"),
            func.count().filter(columns.overdue_items > 0).label("with_overdue"),
        )
        .where((columns["items"] > 0) | (columns.unapplied != 0))
        .group_by(columns.currency)
        .order_by(columns.currency)
    )
    if currency is not None:
        statement = statement.where(columns.currency == currency)
    return (await connection.execute(statement)).all()


async def of_customer(connection: AsyncConnection, aged: Subquery) -> Row[Any] | None:
    """Return the one row of ``aged``."""
    return (await connection.execute(select(aged))).one_or_none()
