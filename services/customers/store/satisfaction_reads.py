"""What the API reads of satisfaction: grouped in the database, so answers are quick however many scores there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, Row, Select, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customers.tables import assignments, customers, satisfactions
from services.kit.database import Connection


@dataclass(frozen=True, slots=True)
class Grouped:
    """Scores put together.

    Attributes:
        scores: month, score and how often it was given.
        customers: how many gave one.
        latest_total: the sum of each one's latest score.
    """

    scores: Sequence[tuple[str, int, int]]
    customers: int
    latest_total: int


async def stored(connection: Connection, satisfaction_id: str) -> asyncpg.Record:
    """Return a score that was recorded in this transaction."""
    query = "SELECT * FROM satisfactions WHERE satisfaction_id = $1"
    row = await connection.fetchrow(query, satisfaction_id)
    assert row is not None
    return row


def between(first: date | None, last: date | None, source: str | None) -> list[ColumnElement[bool]]:
    """Conditions on the day and the source of a score."""
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(satisfactions.c.on_day >= first)
    if last is not None:
        conditions.append(satisfactions.c.on_day <= last)
    if source is not None:
        conditions.append(satisfactions.c.source == source)
    return conditions


def of_customers(
    columns: Mapping[str, str], tag: str | None, salesperson_id: str | None
) -> list[ColumnElement[bool]]:
    """Conditions on the customer, and on who looked after it on the day of the score."""
    conditions: list[ColumnElement[bool]] = []
    wanted = [customers.c[name] == value for name, value in columns.items()]
    if tag is not None:
        wanted.append(customers.c.tags.contains([tag]))
    if wanted:
        chosen = select(customers.c.customer_id).where(*wanted)
        conditions.append(satisfactions.c.customer_id.in_(chosen))
    if salesperson_id is not None:
        owner = (
            select(assignments.c.salesperson_id)
            .where(
                assignments.c.customer_id == satisfactions.c.customer_id,
                assignments.c.from_day <= satisfactions.c.on_day,
            )
            .order_by(assignments.c.from_day.desc())
            .limit(1)
            .correlate(satisfactions)
            .scalar_subquery()
        )
        conditions.append(owner == salesperson_id)
    return conditions


async def grouped(connection: AsyncConnection, conditions: Sequence[ColumnElement[bool]]) -> Grouped:
    """Return the scores that meet the conditions, by month and score, and each customer's latest."""
    month = func.to_char(satisfactions.c.on_day, "YYYY-MM").label("month")
    by_month = (
        select(month, satisfactions.c.score, func.count())
        .where(*conditions)
        .group_by(month, satisfactions.c.score)
    )
    rows = (await connection.execute(by_month)).all()
    latest = (
        select(satisfactions.c.customer_id, satisfactions.c.score)
        .where(*conditions)
        .ext(distinct_on(satisfactions.c.customer_id))
        .order_by(
            satisfactions.c.customer_id,
            satisfactions.c.on_day.desc(),
            satisfactions.c.recorded_at.desc(),
            satisfactions.c.satisfaction_id.desc(),
        )
        .subquery()
    )
    totals = select(func.count(), func.coalesce(func.sum(latest.c.score), 0)).select_from(latest)
    customers_, total = (await connection.execute(totals)).one()
    return Grouped([(row[0], row[1], row[2]) for row in rows], customers_, int(total))


async def now_of(connection: AsyncConnection, customer_id: str) -> Row[Any] | None:
    """Return a customer's latest score, with the sum and the number of all; None: it gave none."""
    scores = satisfactions.c
    every = select(func.sum(scores.score), func.count()).where(scores.customer_id == customer_id)
    total, count = (await connection.execute(every)).one()
    latest: Select[Any] = (
        select(
            *(scores.score, scores.on_day, scores.source),
            *(literal(total).label("total"), literal(count).label("count")),
        )
        .where(scores.customer_id == customer_id)
        .order_by(scores.on_day.desc(), scores.recorded_at.desc(), scores.satisfaction_id.desc())
        .limit(1)
    )
    row: Row[Any] | None = (await connection.execute(latest)).one_or_none()
    return row
