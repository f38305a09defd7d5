"""What the API reads of follow-ups."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, any_, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customers.tables import changes, follow_ups, prospects

_LAST = date(9999, 12, 31)

FOLLOW_UP_ID = follow_ups.c.follow_up_id
RECORDED_AT = follow_ups.c.recorded_at
REMIND_ON = func.coalesce(follow_ups.c.remind_on, literal(_LAST, Date()))
HAPPENED_AT = func.coalesce(follow_ups.c.happened_at, follow_ups.c.recorded_at)
_OUTCOME = func.coalesce(follow_ups.c.step_outcome, follow_ups.c.outcome)


def recorded() -> Select[Any]:
    """Every follow-up of which more is known than a step."""
    return select(follow_ups).where(follow_ups.c.recorded.is_not(None))


def with_id(follow_up_id: str) -> ColumnElement[bool]:
    """Whether it is this one."""
    return follow_ups.c.follow_up_id == follow_up_id


def of_customer(customer_id: str) -> ColumnElement[bool]:
    """Whether it is about a customer, or about the prospect that became the customer."""
    was = select(prospects.c.prospect_id).where(prospects.c.customer_id == customer_id)
    # As an array both are found by their indexes; with IN all follow-ups there are would be read.
    was_any = follow_ups.c.prospect_id == any_(func.array(was.scalar_subquery()))
    return or_(follow_ups.c.customer_id == customer_id, was_any)


FILTERS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "customer": of_customer,
    "prospect": lambda value: follow_ups.c.prospect_id == value,
    "salesperson": lambda value: follow_ups.c.salesperson_id == value,
    "alert": lambda value: follow_ups.c.alert_id == value,
    "cause": lambda value: follow_ups.c.cause == value,
    "outcome": lambda value: value == _OUTCOME,
    "how": lambda value: follow_ups.c.how == value,
    "open": lambda value: follow_ups.c.open.is_(value),
}
"""Filters by their names."""


def due_by(day: date) -> ColumnElement[bool]:
    """Whether it is open and its reminder has come by a day."""
    return follow_ups.c.open.is_(True) & (day >= REMIND_ON)


def recorded_day(zone: str) -> ColumnElement[date]:
    """The day on which it was recorded, in a time zone."""
    return cast(func.timezone(zone, follow_ups.c.recorded_at), Date)


async def steps_of(connection: AsyncConnection, row: Row[Any]) -> Sequence[Row[Any]]:
    """Return every step of a follow-up, the latest first."""
    subject, subject_id = ("customer", row.customer_id) if row.customer_id else ("prospect", row.prospect_id)
    mine = select(changes).where(
        changes.c.subject == subject,
        changes.c.subject_id == subject_id,
        changes.c.part == f"follow_up:{row.follow_up_id}",
    )
    return (await connection.execute(mine.order_by(changes.c.at.desc()))).all()


async def open_of(connection: AsyncConnection, customer_id: str, most: int) -> tuple[Sequence[Row[Any]], int]:
    """Return the open follow-ups of a customer, the soonest reminder first, and how many there are."""
    mine = recorded().where(of_customer(customer_id), follow_ups.c.open.is_(True))
    total = await connection.scalar(select(func.count()).select_from(mine.subquery()))
    rows = (await connection.execute(mine.order_by(REMIND_ON, FOLLOW_UP_ID).limit(most))).all()
    return rows, total or 0
