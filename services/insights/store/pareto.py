"""The Pareto curve of a dimension: which share of the customers makes which share of it."""

from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, select, true

from services.insights.store.segment_reads import Filter, ranked

POINTS = 50
"""A curve is drawn through at most so many points, however many customers there are."""


def pareto(wanted: Filter, dimension: str) -> Select[Any]:
    """Return points of the curve: so many customers, the greatest first, make so much of the total.

    Columns: ``customers`` and ``makes`` up to and with the point, ``ranked`` and ``total`` of all.
    """
    found = ranked(wanted, dimension)
    order = (found.c.value.desc(), found.c.customer_id)
    all_ = select(
        func.count().label("ranked"), cast(func.sum(found.c.makes), BigInteger).label("total")
    ).select_from(found)
    whole = all_.subquery()
    placed = select(
        func.row_number().over(order_by=order, rows=(None, 0)).label("customers"),
        cast(func.sum(found.c.makes).over(order_by=order, rows=(None, 0)), BigInteger).label("makes"),
    ).subquery()
    # As many customers to each point; where that leaves some over, one more to the first points. A point is its last.
    each, over = whole.c.ranked // POINTS, whole.c.ranked % POINTS
    longer = over * (each + 1)
    k = placed.c.customers
    return (
        select(k, placed.c.makes, whole.c.ranked, whole.c.total)
        .join(whole, true())
        .where(
            case(
                (k <= longer, k % (each + 1) == 0),
                else_=(k - longer) % func.nullif(each, 0) == 0,
            )
        )
        .order_by(k)
    )
