"""Held orders as work: who has which, until when, and what happened to one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, and_, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.tables import cases, journal, orders
from services.credit.tables_desk import approvals, case_log, case_owners

DUE_OR_NEVER: ColumnElement[date] = func.coalesce(cases.c.due_on, date.max, type_=Date).label("due_or_never")
LONGEST_HISTORY = 1_000


def with_cases(statement: Select[Any]) -> Select[Any]:
    """Add to a query of held orders their cases, owners, and the release that waits for a second person."""
    waiting = and_(
        approvals.c.order_id == orders.c.order_id,
        approvals.c.state == "open",
        approvals.c.kind == "release",
    )
    owned = and_(case_owners.c.order_id == cases.c.order_id, case_owners.c.opened_seq == cases.c.opened_seq)
    return (
        statement.add_columns(
            cases.c.opened_on,
            cases.c.due_on,
            func.coalesce(cases.c.level, 0).label("level"),
            case_owners.c.owner,
            case_owners.c.since,
            approvals.c.approval_id,
        )
        .outerjoin(cases, cases.c.order_id == orders.c.order_id)
        .outerjoin(case_owners, owned)
        .outerjoin(approvals, waiting)
    )


async def read_log(connection: AsyncConnection, order_id: str) -> Sequence[Row[Any]]:
    """Return what people did about an order, oldest first."""
    statement = select(case_log).where(case_log.c.order_id == order_id).order_by(case_log.c.id)
    return (await connection.execute(statement.limit(LONGEST_HISTORY))).all()


async def read_approvals(connection: AsyncConnection, order_id: str) -> Sequence[Row[Any]]:
    """Return the requests to release an order, oldest first."""
    statement = select(approvals).where(approvals.c.order_id == order_id).order_by(approvals.c.requested_at)
    return (await connection.execute(statement.limit(LONGEST_HISTORY))).all()


async def read_events(connection: AsyncConnection, customer_id: str, order_id: str, since: int) -> list[str]:
    """Return the journal entries of an order's escalations and cancellation from entry ``since`` on, oldest first."""
    statement = (
        select(journal.c.body)
        .where(
            journal.c.customer_id == customer_id,
            journal.c.seq >= since,
            journal.c.kind.in_(("escalated", "cancelled")),
            cast(journal.c.body, JSONB)["order"].astext == order_id,
        )
        .order_by(journal.c.seq)
        .limit(LONGEST_HISTORY)
    )
    return list((await connection.execute(statement)).scalars())


def select_notes(order_id: str) -> Select[Any]:
    """The notes on an order."""
    return select(case_log).where(case_log.c.order_id == order_id, case_log.c.kind == "note")
