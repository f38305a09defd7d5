"""What the API reads: one select per question, over SQLAlchemy Core."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customers.tables import assignments, blacklistings, cards, contacts, customers, standings

Rows = Sequence[Row[Any]]

_STANDING = [column.label(f"s_{column.name}") for column in standings.c]

EXPOSURE = func.coalesce(standings.c.exposure_minor, 0)
OVERDUE = func.coalesce(standings.c.overdue_minor, 0)


def _owner(as_of: date) -> ColumnElement[str]:
    """Who looks after the customer on a day."""
    latest = select(assignments.c.salesperson_id).where(
        assignments.c.customer_id == customers.c.customer_id, assignments.c.from_day <= as_of
    )
    return latest.order_by(assignments.c.from_day.desc()).limit(1).correlate(customers).scalar_subquery()


def summaries(as_of: date) -> Select[Any]:
    """Customers, each with its owner on a day (``salesperson_id``) and its credit standing (``s_*``)."""
    joined = customers.outerjoin(standings, standings.c.customer_id == customers.c.customer_id)
    return select(customers, _owner(as_of).label("salesperson_id"), *_STANDING).select_from(joined)


def owned_by(salesperson_id: str, as_of: date) -> ColumnElement[bool]:
    """Whether a salesperson looks after the customer on a day."""
    ever = select(assignments.c.customer_id).where(assignments.c.salesperson_id == salesperson_id)
    return and_(customers.c.customer_id.in_(ever), _owner(as_of) == salesperson_id)


def containing(text: str) -> ColumnElement[bool]:
    """Whether the text is in the name, short name or id, whatever its case; ``%`` and ``_`` mean themselves."""
    return or_(*(column.icontains(text, autoescape=True) for column in _NAMES))


def beginning(text: str) -> ColumnElement[bool]:
    """Whether the name, short name or id begins with the text, whatever its case."""
    return or_(*(column.istartswith(text, autoescape=True) for column in _NAMES))


_NAMES = (customers.c.name, customers.c.short_name, customers.c.customer_id)

STANDINGS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "blacklisted": lambda: customers.c.blacklisted.is_(True),
    "on_hold": lambda: standings.c.on_hold.is_(True),
    "overdue": lambda: standings.c.overdue_minor > 0,
    "over_limit": lambda: standings.c.exposure_minor > standings.c.limit_minor,
    "held_orders": lambda: standings.c.held_orders > 0,
    "cash_only": lambda: or_(standings.c.customer_id.is_(None), standings.c.limit_minor == 0),
    "unlimited": lambda: and_(standings.c.customer_id.is_not(None), standings.c.limit_minor.is_(None)),
}
"""The filter ``standing`` by its values."""


async def summary(connection: AsyncConnection, customer_id: str, as_of: date) -> Row[Any] | None:
    """Return one customer as :func:`summaries` shows it."""
    wanted = summaries(as_of).where(customers.c.customer_id == customer_id)
    found: Row[Any] | None = (await connection.execute(wanted)).one_or_none()
    return found


async def contacts_of(connection: AsyncConnection, customer_id: str) -> Rows:
    """Return a customer's contacts as on its card."""
    mine = select(contacts).where(contacts.c.customer_id == customer_id)
    return (await connection.execute(mine.order_by(contacts.c.position))).all()


async def assignments_of(connection: AsyncConnection, customer_id: str, as_of: date | None = None) -> Rows:
    """Return who looked after a customer, latest first; with ``as_of`` only the one of that day."""
    mine = select(assignments).where(assignments.c.customer_id == customer_id)
    if as_of is not None:
        mine = mine.where(assignments.c.from_day <= as_of).limit(1)
    return (await connection.execute(mine.order_by(assignments.c.from_day.desc()))).all()


async def blacklistings_of(connection: AsyncConnection, customer_id: str) -> Rows:
    """Return every step of a customer's blacklist history, latest first."""
    mine = select(blacklistings).where(blacklistings.c.customer_id == customer_id)
    return (
        await connection.execute(mine.order_by(blacklistings.c.at.desc(), blacklistings.c.step.desc()))
    ).all()


async def cards_of(connection: AsyncConnection, customer_id: str) -> Rows:
    """Return every card a customer ever had, newest first."""
    mine = select(cards).where(cards.c.customer_id == customer_id)
    return (await connection.execute(mine.order_by(cards.c.revision.desc(), cards.c.changed_at.desc()))).all()
