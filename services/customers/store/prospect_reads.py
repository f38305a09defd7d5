"""What the API reads of prospects: each with its last visit, and when the next one is due."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customers.rules.grading import GradingPolicy, policy_from
from services.customers.tables import follow_ups, grading_policies, prospects

_LAST = date(9999, 12, 31)


def _day(moment: ColumnElement[Any], zone: str) -> ColumnElement[date]:
    return cast(func.timezone(zone, moment), Date)


def last_visit(zone: str) -> ColumnElement[date]:
    """The day of the last visit."""
    visits = select(func.max(follow_ups.c.happened_at)).where(
        follow_ups.c.prospect_id == prospects.c.prospect_id, follow_ups.c.how == "visit"
    )
    return _day(visits.correlate(prospects).scalar_subquery(), zone)


def visit_due(zone: str) -> ColumnElement[date]:
    """The day agreed, unless a visit came by then; else the last visit, or the entry, plus the rhythm of its grade."""
    last = last_visit(zone)
    kept = and_(prospects.c.next_visit.is_not(None), or_(last.is_(None), last < prospects.c.next_visit))
    by_rhythm = func.coalesce(last, _day(prospects.c.created_at, zone)) + prospects.c.visit_days
    return case((kept, prospects.c.next_visit), else_=by_rhythm)


def summaries(zone: str) -> Select[Any]:
    """Prospects that have a card, each with ``last_visit`` and ``visit_due``."""
    columns = (last_visit(zone).label("last_visit"), visit_due(zone).label("visit_due"))
    return select(prospects, *columns).where(prospects.c.revision > 0)


def due_by(day: date, zone: str) -> ColumnElement[bool]:
    """Whether it is open and a visit is due by a day."""
    return and_(prospects.c.status == "open", visit_due(zone) <= day)


def never_visited_since(day: date, zone: str) -> ColumnElement[bool]:
    """Whether it is open, was entered on a day or before, and was never visited."""
    entered = _day(prospects.c.created_at, zone)
    return and_(prospects.c.status == "open", last_visit(zone).is_(None), entered <= day)


def by_visit_due(zone: str) -> ColumnElement[date]:
    """The day of the next visit, for sorting: where none is wanted, the last there is."""
    return func.coalesce(visit_due(zone), literal(_LAST, Date()))


SCORE = func.coalesce(prospects.c.score, literal(Decimal(-1), Numeric()))
CREATED_AT = func.coalesce(prospects.c.created_at, prospects.c.changed_at)


async def policy_of(connection: AsyncConnection, version: int | None) -> GradingPolicy | None:
    """Return a version of the grading policy."""
    mine = select(grading_policies.c.body).where(grading_policies.c.version == version)
    body = (await connection.execute(mine)).scalar_one_or_none()
    return None if body is None else policy_from(body)
