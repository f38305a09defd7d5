"""Who is behind a number of migration or growth: the customers that moved between the ends of two months."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, literal, select, union_all

from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.windows import month_after
from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customers
from services.insights.tables_segments import customer_stages, segment_months, stage_months

KEPT = ("overall", "rfm_group", "tier", "grade")
CLASSES = ("overall", *(f"{dimension}_class" for dimension in DIMENSIONS))
NO_CUSTOMER = ("prospect", "dormant")
"""Who has not ordered yet, and who is lost."""


def column_of(dimension: str) -> str:
    """Return the column of a dimension, or of overall, rfm_group, tier or grade."""
    return dimension if dimension in KEPT else f"{dimension}_class"


def migrated(wanted: Filter, dimension: str, first: date, last: date) -> Subquery:
    """Return customers with what they were at the end of one month and of another, as migration counts them.

    Columns: who it is, ``previous`` and ``current`` in the dimension, ``amount_minor`` of the window that the later
    month ends, and ``was_...`` and ``now_...`` of the overall class and of all dimensions.
    """
    before, after = (
        select(segment_months)
        .where(segment_months.c.month == month, segment_months.c.currency == wanted.currency)
        .subquery()
        for month in (first, last)
    )
    customer_id = func.coalesce(before.c.customer_id, after.c.customer_id)
    column = column_of(dimension)
    return (
        select(
            customers.c.customer_id,
            *who(wanted.day),
            before.c[column].label("previous"),
            after.c[column].label("current"),
            func.coalesce(after.c.amount_minor, 0).label("amount_minor"),
            *(before.c[name].label(f"was_{name}") for name in CLASSES),
            *(after.c[name].label(f"now_{name}") for name in CLASSES),
        )
        .select_from(before.join(after, before.c.customer_id == after.c.customer_id, full=True))
        .join(customers, customers.c.customer_id == customer_id)
        .where(*belonging(wanted))
        .subquery()
    )


def grown(wanted: Filter, month: date, what: str) -> Subquery:
    """Return the customers that a month gained, lost or revived, or that were active, dormant or prospects at its end.

    ``before`` is the stage at the end of the month before. Who looks after a customer is taken at the month's end.
    """
    this_month = month_after(wanted.day, 0)
    states = union_all(
        select(stage_months.c.month, stage_months.c.customer_id, stage_months.c.stage),
        select(literal(this_month).label("month"), customer_stages.c.customer_id, customer_stages.c.stage),
    ).subquery()
    earlier = stage_months.alias()
    same = and_(earlier.c.customer_id == states.c.customer_id, earlier.c.month == month_after(month, -1))
    at_the_end = replace(wanted, day=month_after(month, 1) - timedelta(days=1))
    return (
        select(
            customers.c.customer_id,
            *who(at_the_end.day),
            states.c.stage,
            earlier.c.stage.label("before"),
            customers.c.first_order_day,
            customers.c.last_order_day,
        )
        .select_from(states)
        .join(customers, customers.c.customer_id == states.c.customer_id)
        .outerjoin(earlier, same)
        .where(states.c.month == month, _is(what, states.c.stage, earlier.c.stage), *belonging(at_the_end))
        .subquery()
    )


def _is(what: str, stage: ColumnElement[Any], before: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return what is true of those that are counted as this (see GROWTH in segment_history)."""
    trading, traded = stage.not_in(NO_CUSTOMER), before.not_in(NO_CUSTOMER)
    return {
        "gained": and_(func.coalesce(before, "prospect") == "prospect", stage != "prospect"),
        "lost": and_(traded, stage == "dormant"),
        "revived": and_(before == "dormant", trading),
        "active": trading,
        "dormant": stage == "dormant",
        "prospects": stage == "prospect",
    }[what]
