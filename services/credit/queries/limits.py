"""Temporary limits and reviews whose day comes."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, Text, cast, literal, null, select, union_all

from services.credit.queries.accounts import EXPOSURE, reached
from services.credit.tables import accounts
from services.kit.tables import partition_days


def select_ending(today: date, within_days: int) -> Select[Any]:
    """Temporary limits that end, and reviews due, within so many days of the business day reached, or before it."""
    temporary = _ending("temporary_limit", accounts.c.temporary_until, today, within_days)
    review = _ending("review", accounts.c.review_on, today, within_days)
    both = union_all(temporary, review).subquery()
    return select(both)


def _ending(kind: str, ends_on: ColumnElement[Any], today: date, within_days: int) -> Select[Any]:
    day = reached(today)
    of_limit = kind == "temporary_limit"
    return (
        select(
            literal(kind, Text).label("kind"),
            accounts.c.customer_id,
            accounts.c.currency,
            cast(ends_on, Date).label("ends_on"),
            cast(ends_on - day, Integer).label("days_left"),
            accounts.c.temporary_limit if of_limit else cast(null(), accounts.c.temporary_limit.type),
            (accounts.c.temporary_from if of_limit else cast(null(), Date)).label("temporary_from"),
            accounts.c.credit_limit,
            EXPOSURE,
            (literal(f"{kind}:") + accounts.c.customer_id).label("ending_id"),
        )
        .select_from(accounts.outerjoin(partition_days, partition_days.c.partition == accounts.c.partition))
        .where(ends_on.is_not(None), ends_on <= day + within_days)
    )
