"""Paying behaviour, standings, rulings on proposals, and versions of the risk policy."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Row, Select, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.risk_tables import invoice_history, risk_policies, risk_rulings, risk_standings
from services.credit.rules.risk_policy import RiskPolicy, decode_policy

_LATE: ColumnElement[int] = cast(invoice_history.c.settled_on - invoice_history.c.due_on, Integer)


def _figures() -> list[ColumnElement[Any]]:
    amount = func.coalesce(func.sum(invoice_history.c.amount), 0)
    return [
        func.count().label("settled"),
        cast(amount, invoice_history.c.amount.type).label("amount"),
        func.count().filter(_LATE > 0).label("late"),
        func.avg(_LATE).label("average"),
        func.percentile_cont(0.5).within_group(_LATE).label("median"),
        func.max(_LATE).label("longest"),
    ]


def _settled(customer_id: str, since: date, day: date) -> tuple[ColumnElement[bool], ...]:
    columns = invoice_history.c
    return (
        columns.customer_id == customer_id,
        columns.settled_seq.is_not(None),
        columns.settled_on >= since,
        columns.settled_on <= day,
    )


async def read_behaviour(
    connection: AsyncConnection, customer_id: str, since: date, day: date
) -> tuple[Row[Any], list[Row[Any]], Row[Any] | None]:
    """Return figures of what was settled from ``since`` to ``day``: in all, by month, and the one settled latest."""
    settled = _settled(customer_id, since, day)
    total = (await connection.execute(select(*_figures()).where(*settled))).one()
    month = cast(func.date_trunc("month", invoice_history.c.settled_on), Date).label("month")
    months = await connection.execute(
        select(month, *_figures()).where(*settled).group_by(month).order_by(month)
    )
    longest = await connection.execute(
        select(invoice_history, _LATE.label("days_late"))
        .where(*settled)
        .order_by(_LATE.desc(), invoice_history.c.invoice_id)
        .limit(1)
    )
    return total, list(months), longest.one_or_none()


def open_invoices(customer_id: str) -> Select[Any]:
    """A customer's open invoices as its standing knows them."""
    return select(invoice_history).where(
        invoice_history.c.customer_id == customer_id, invoice_history.c.open > 0
    )


def select_standings() -> Select[Any]:
    """Standings that have been made."""
    return select(risk_standings).where(risk_standings.c.seq > 0)


def select_rulings(customer_id: str) -> Select[Any]:
    """What was ruled on a customer's proposals."""
    return select(risk_rulings).where(risk_rulings.c.customer_id == customer_id)


def in_force(day: date) -> Select[Any]:
    """The version of the risk policy in force on a day."""
    return (
        select(risk_policies)
        .where(risk_policies.c.effective_from <= literal(day, Date))
        .order_by(risk_policies.c.effective_from.desc(), risk_policies.c.version.desc())
        .limit(1)
    )


async def read_policy(
    connection: AsyncConnection, *, day: date, version: int | None = None
) -> tuple[Row[Any], RiskPolicy] | None:
    """Return a version of the risk policy, by default the one in force on ``day``."""
    statement = in_force(day)
    if version is not None:
        statement = select(risk_policies).where(risk_policies.c.version == version)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else (row, decode_policy(row.body))
