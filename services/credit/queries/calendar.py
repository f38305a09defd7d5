"""The due calendar: what falls due on which day, and what is past due already."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Integer, Row, Subquery, Text, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.history import Books

Per = Literal["day", "customer"]


def _amount(open_: ColumnElement[int], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    summed = func.sum(open_)
    return cast(func.coalesce(summed.filter(*conditions) if conditions else summed, 0), BigInteger)


def _joined(books: Books) -> Any:
    return books.items.join(books.accounts, books.accounts.c.customer_id == books.items.c.customer_id)


def due(books: Books, first: date, last: date, per: Per) -> Subquery:
    """What falls due from ``first`` to ``last``, per day and currency, and per customer if so wanted.

    Columns: ``due_on, currency, customer_id`` ("" per day), ``amount, items, customers, place`` (unique).
    """
    a, i = books.accounts, books.items
    customer = i.c.customer_id if per == "customer" else literal("", Text)
    rows = (
        select(
            i.c.due_on,
            a.c.currency,
            customer.label("customer_id"),
            i.c.open,
            i.c.customer_id.label("owes"),
        )
        .select_from(_joined(books))
        .where(i.c.due_on.between(first, last))
        .subquery("due_items")
    )
    keys = (rows.c.due_on, rows.c.currency, rows.c.customer_id)
    grouped = (
        select(
            *keys,
            _amount(rows.c.open).label("amount"),
            func.count().label("items"),
            func.count(rows.c.owes.distinct()).label("customers"),
        )
        .group_by(*keys)
        .subquery("grouped")
    )
    # A day in ISO form sorts as text, and a currency has three letters, so the place sorts like the three columns.
    columns = grouped.c
    place = func.to_char(columns.due_on, "YYYY-MM-DD", type_=Text) + columns.currency + columns.customer_id
    return select(*columns, place.label("place")).subquery("calendar")


async def sums(
    connection: AsyncConnection, books: Books, first: date, last: date, currency: str | None
) -> Sequence[Row[Any]]:
    """Return what is due before ``first``, until ``last`` and after it, one row per currency.

    ``overdue`` is the part brought forward that is past its due day and the grace days on the books' business day.
    """
    a, i = books.accounts, books.items
    due_on, open_ = i.c.due_on, i.c.open
    before, within = due_on < first, due_on.between(first, last)
    overdue = cast(a.c.day - due_on, Integer) > a.c.grace_days
    statement = (
        select(
            a.c.currency,
            _amount(open_, before).label("forward"),
            func.count().filter(before).label("forward_items"),
            _amount(open_, before, overdue).label("overdue"),
            func.count().filter(before, overdue).label("overdue_items"),
            _amount(open_, within).label("within"),
            func.count().filter(within).label("within_items"),
            _amount(open_, due_on > last).label("after"),
            func.count().filter(due_on > last).label("after_items"),
            func.min(due_on).filter(due_on >= first).label("next_due"),
        )
        .select_from(_joined(books))
        .group_by(a.c.currency)
        .order_by(a.c.currency)
    )
    if currency is not None:
        statement = statement.where(a.c.currency == currency)
    return (await connection.execute(statement)).all()
