"""The journal entries that a statement of account is made of."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.rules.entries import AnyEntry, decode_entry
from services.credit.tables import journal

MOVING = ("invoiced", "credit", "reversed", "exchange")
"""Kinds of entries that change what a customer owes."""


async def read_moves(
    connection: AsyncConnection, customer_id: str, first: date, last: date, limit: int
) -> Sequence[AnyEntry]:
    """Return what changed the debt on business days ``first`` to ``last``, in order, at most ``limit`` entries."""
    statement = (
        select(journal.c.body)
        .where(
            journal.c.customer_id == customer_id,
            journal.c.day.between(first, last),
            journal.c.kind.in_(MOVING),
        )
        .order_by(journal.c.seq)
        .limit(limit)
    )
    return [decode_entry(body) for body in (await connection.execute(statement)).scalars()]
