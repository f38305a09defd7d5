"""Totals over all accounts, per currency."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Row, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.accounts import EXPOSURE, limit_in_force
from services.credit.tables import accounts, orders
from services.kit.tables import partition_days

_SUMMED = ("open_orders", "shipped", "invoiced", "unapplied", "overdue_amount", "overdue_items")


async def receivables(connection: AsyncConnection, today: date) -> Sequence[Row[Any]]:
    """Return sums and counts over all accounts, one row per currency."""
    columns = accounts.c
    limit = limit_in_force(today)
    counts = {
        "accounts": func.count(),
        "owing": func.count().filter(EXPOSURE > 0),
        "with_overdue": func.count().filter(columns.overdue_items > 0),
        "over_limit": func.count().filter(and_(limit.is_not(None), limit < EXPOSURE)),
        "unlimited": func.count().filter(limit.is_(None)),
        "blacklisted": func.count().filter(columns.blacklist.is_not(None)),
        "on_hold": func.count().filter(columns.hold.is_not(None)),
    }
    statement = (
        select(
            columns.currency,
            # Sums of bigint are numeric in PostgreSQL.
            *(cast(func.coalesce(func.sum(columns[name]), 0), BigInteger).label(name) for name in _SUMMED),
            *(count.label(name) for name, count in counts.items()),
            func.min(columns.oldest_overdue).label("oldest_overdue"),
        )
        .select_from(accounts.outerjoin(partition_days, partition_days.c.partition == columns.partition))
        .group_by(columns.currency)
        .order_by(columns.currency)
    )
    return (await connection.execute(statement)).all()


async def held(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Return how many orders are held and for how much, one row per currency of the orders."""
    amount = cast(func.sum(orders.c.open + orders.c.shipped), BigInteger)
    statement = (
        select(orders.c.currency, func.count().label("orders"), amount.label("amount"))
        .where(orders.c.status == "held")
        .group_by(orders.c.currency)
    )
    return (await connection.execute(statement)).all()


async def day_reached(connection: AsyncConnection, today: date) -> date:
    """Return the earliest business day any partition has reached."""
    return await connection.scalar(select(func.min(partition_days.c.day))) or today
