"""The Pareto curve of a dimension: which share of the customers makes which share of it."""

from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select

from services.insights.rules.segment_policy import Abc
from services.insights.store.segment_reads import Filter, ranking

POINTS = 50
"""A curve is drawn through at most so many points, however many customers there are."""


def pareto(wanted: Filter, dimension: str, rule: Abc) -> Select[Any]:
    """Return points of the curve: so many customers, the greatest first, make so much of the total.

    Columns: ``customers`` and ``makes`` up to and with the point, ``ranked`` and ``total`` of all.
    """
    found = ranking(wanted, dimension, rule)
    order = (found.c.value.desc(), found.c.customer_id)
    placed = select(
        func.row_number().over(order_by=order).label("customers"),
        func.count().over().label("ranked"),
        cast(func.sum(found.c.makes).over(order_by=order, rows=(None, 0)), BigInteger).label("makes"),
        found.c.total,
        func.ntile(POINTS).over(order_by=order).label("point"),
    ).subquery()
    return (
        select(
            func.max(placed.c.customers).label("customers"),
            func.max(placed.c.makes).label("makes"),
            func.max(placed.c.ranked).label("ranked"),
            func.max(placed.c.total).label("total"),
        )
        .group_by(placed.c.point)
        .order_by(func.max(placed.c.customers))
    )
