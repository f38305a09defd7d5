"""What the API reads of mix: both amounts of every customer, the share of group two, and what is missing."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Numeric, Select, Subquery, case, cast, func, select

from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customers
from services.insights.tables_mix import customer_mix


def compared(wanted: Filter, comparison_id: str, target_percent: int) -> Subquery:
    """Return a row per customer who bought of either group; the target is the one in force, whoever is derived yet.

    ``share`` and ``distance`` (share less target) are in hundredths of a percent, null where nothing is left of both.
    """
    one, two = customer_mix.c.one_minor, customer_mix.c.two_minor
    x, y = func.greatest(one, 0), func.greatest(two, 0)
    share = cast(func.floor(cast(y, Numeric) * 10_000 / func.nullif(x + y, 0)), BigInteger)
    # As rules/mix.py: what is missing is the way up to the target line, rounded up to a minor unit.
    line = cast(func.ceil(cast(x, Numeric) * target_percent / (100 - target_percent)), BigInteger)
    return (
        select(
            *(customer_mix.c.customer_id, *who(wanted.day), customer_mix.c.version),
            *(one.label("one"), two.label("two"), line.label("line"), share.label("share")),
            (share - target_percent * 100).label("distance"),
            func.greatest(line - y, 0).label("missing"),
        )
        .join(customers, customers.c.customer_id == customer_mix.c.customer_id)
        .where(
            customer_mix.c.comparison_id == comparison_id,
            customer_mix.c.currency == wanted.currency,
            *belonging(wanted),
        )
        .subquery()
    )


def totals(found: Subquery) -> Select[Any]:
    """Return one row about all of them."""
    c = found.c
    columns: list[ColumnElement[Any]] = [
        func.count().label("customers"),
        cast(func.coalesce(func.sum(case((c.missing > 0, 1), else_=0)), 0), Integer).label("below"),
        *(cast(func.coalesce(func.sum(c[n]), 0), BigInteger).label(n) for n in ("one", "two", "missing")),
        func.coalesce(func.max(c.one), 0).label("widest"),
    ]
    return select(*columns)
