"""Exposure by category and the limit in force of every account, now or at the end of a past business day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, Text, and_, case, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.accounts import EXPOSURE, limit_in_force
from services.credit.queries.history import books_at
from services.credit.tables import accounts
from services.kit.tables import partition_days

CATEGORIES = ("open_orders", "shipped", "invoiced", "unapplied")

# What an order amounted to then follows from its own entries up to the day, as rules/evolve_orders.py says. Only orders
# that have moved since are looked up; the others stand as they stood. Entries are found by their customers, so the work
# is that of the journals of those who traded since.
_ORDERS_AT = """
WITH moved AS MATERIALIZED (
    SELECT DISTINCT customer_id, body::jsonb ->> 'order' AS order_id FROM journal
    WHERE day > :day AND kind IN ('decision', 'amended', 'cancelled', 'shipped', 'invoiced')
), steps AS MATERIALIZED (
    SELECT j.customer_id, m.order_id, j.seq, j.kind, j.body, (j.body ->> 'amount')::bigint AS amount
    FROM (SELECT customer_id, seq, kind, body::jsonb AS body FROM journal
          WHERE day <= :day AND kind IN ('decision', 'amended', 'cancelled', 'shipped', 'invoiced')
            AND customer_id IN (SELECT customer_id FROM moved)) AS j
    JOIN moved AS m ON m.customer_id = j.customer_id AND m.order_id = j.body ->> 'order'
), facts AS (
    SELECT customer_id, order_id,
           (array_agg(body ->> 'outcome' ORDER BY seq DESC) FILTER (WHERE kind = 'decision'))[1] AS outcome,
           (array_agg(body ->> 'method' ORDER BY seq DESC) FILTER (WHERE kind = 'decision'))[1] AS method,
           (array_agg(amount ORDER BY seq DESC) FILTER (WHERE kind IN ('decision', 'amended')))[1] AS amount,
           coalesce(sum(amount) FILTER (WHERE kind = 'shipped'), 0) AS delivered,
           coalesce(sum(coalesce((body ->> 'of_order')::bigint, amount))
                    FILTER (WHERE kind = 'invoiced'), 0) AS invoiced,
           coalesce((array_agg(coalesce(body ->> 'factor', '') ORDER BY seq DESC)
                     FILTER (WHERE kind = 'decision' OR kind = 'amended' AND body ? 'factor'))[1], '') AS factor,
           bool_or(kind = 'cancelled' OR coalesce((body ->> 'closes')::bool, false)) AS over
    FROM steps GROUP BY customer_id, order_id
), standing AS (
    SELECT f.customer_id, (r.remaining - s.shipped)::bigint AS open, s.shipped::bigint, f.factor FROM facts AS f
    CROSS JOIN LATERAL (SELECT CASE WHEN f.over THEN 0 ELSE greatest(0, f.amount - f.invoiced) END AS remaining) AS r
    CROSS JOIN LATERAL (SELECT least(r.remaining, greatest(0, f.delivered - f.invoiced)) AS shipped) AS s
    WHERE f.outcome = 'approved' AND f.method = 'account'
    UNION ALL
    SELECT customer_id, open, shipped, factor FROM orders
    WHERE status = 'approved' AND method = 'account' AND open + shipped > 0
      AND order_id NOT IN (SELECT order_id FROM moved WHERE order_id IS NOT NULL)
)
SELECT customer_id, sum(worth(open + shipped, factor) - worth(shipped, factor))::bigint AS open_orders,
       sum(worth(shipped, factor))::bigint AS shipped
FROM standing GROUP BY customer_id"""

# Limits are looked up only where terms, or a temporary limit, have changed since.
_LIMITS_AT = """
SELECT c.customer_id,
       CASE WHEN temporary.from_day <= :day AND :day <= temporary.until_day THEN temporary.credit_limit
            WHEN terms.customer_id IS NULL THEN 0
            ELSE terms.credit_limit END AS credit_limit
FROM (SELECT DISTINCT customer_id FROM journal
      WHERE day > :day AND (kind IN ('terms', 'temporary_limit')
                            OR kind = 'day' AND (body::jsonb ->> 'temporary_ended')::bool)) AS c
LEFT JOIN LATERAL (
    SELECT j.customer_id, (j.body::jsonb ->> 'limit')::bigint AS credit_limit FROM journal AS j
    WHERE j.customer_id = c.customer_id AND j.kind = 'terms' AND j.day <= :day ORDER BY j.seq DESC LIMIT 1
) AS terms ON true
LEFT JOIN LATERAL (
    SELECT (j.body::jsonb ->> 'limit')::bigint AS credit_limit, (j.body::jsonb ->> 'from_day')::date AS from_day,
           (j.body::jsonb ->> 'until_day')::date AS until_day
    FROM journal AS j
    WHERE j.customer_id = c.customer_id AND j.kind = 'temporary_limit' AND j.day <= :day
    ORDER BY j.seq DESC LIMIT 1
) AS temporary ON true"""


def exposures_now(today: date) -> Select[Any]:
    """Every account: ``customer_id, currency``, the categories, ``exposure`` and ``credit_limit`` (null: unlimited)."""
    with_day = accounts.outerjoin(partition_days, partition_days.c.partition == accounts.c.partition)
    return select(
        accounts.c.customer_id,
        accounts.c.currency,
        *(accounts.c[name] for name in CATEGORIES),
        EXPOSURE,
        limit_in_force(today).label("credit_limit"),
    ).select_from(with_day)


def exposures_at(day: date) -> Select[Any]:
    """The same at the end of a past business day; accounts opened later are among them, with nothing."""
    books = books_at(day)
    a, i = books.accounts, books.items
    owed = (
        select(i.c.customer_id, cast(func.sum(i.c.open), BigInteger).label("invoiced"))
        .group_by(i.c.customer_id)
        .subquery("owed")
    )
    ordered = (
        text(_ORDERS_AT)
        .bindparams(day=day)
        .columns(customer_id=Text, open_orders=BigInteger, shipped=BigInteger)
        .subquery("ordered")
    )
    limits = text(_LIMITS_AT).bindparams(day=day).columns(customer_id=Text, credit_limit=BigInteger)
    changed = limits.subquery("changed")
    # A temporary limit that was there then and has not been changed since is still on the account.
    temporary = and_(accounts.c.temporary_from <= day, day <= accounts.c.temporary_until)
    unchanged = func.coalesce(temporary, False)
    categories: dict[str, ColumnElement[int]] = {
        "open_orders": func.coalesce(ordered.c.open_orders, 0, type_=BigInteger),
        "shipped": func.coalesce(ordered.c.shipped, 0, type_=BigInteger),
        "invoiced": func.coalesce(owed.c.invoiced, 0, type_=BigInteger),
        "unapplied": a.c.unapplied,
    }
    exposure = (
        categories["open_orders"] + categories["shipped"] + categories["invoiced"] - categories["unapplied"]
    )
    return select(
        a.c.customer_id,
        a.c.currency,
        *(category.label(name) for name, category in categories.items()),
        exposure.label("exposure"),
        _limit(changed, unchanged).label("credit_limit"),
    ).select_from(
        a.join(accounts, accounts.c.customer_id == a.c.customer_id)
        .outerjoin(owed, owed.c.customer_id == a.c.customer_id)
        .outerjoin(ordered, ordered.c.customer_id == a.c.customer_id)
        .outerjoin(changed, changed.c.customer_id == a.c.customer_id)
    )


def _limit(changed: Any, temporary: ColumnElement[bool]) -> ColumnElement[int | None]:
    return case(
        (changed.c.customer_id.is_not(None), changed.c.credit_limit),
        (temporary, accounts.c.temporary_limit),
        else_=accounts.c.credit_limit,
    )


async def totals(connection: AsyncConnection, rows: Any, currency: str | None) -> Sequence[Row[Any]]:
    """Return the sums of a subquery of the above, one row per currency."""
    c = rows.c
    statement = (
        select(
            c.currency,
            *(
                cast(func.coalesce(func.sum(c[name]), 0), BigInteger).label(name)
                for name in (*CATEGORIES, "exposure")
            ),
            func.count().filter(c.exposure > 0).label("owing"),
            func.count().filter(c.exposure > c.credit_limit).label("over_limit"),
        )
        .group_by(c.currency)
        .order_by(c.currency)
    )
    if currency is not None:
        statement = statement.where(c.currency == currency)
    return (await connection.execute(statement)).all()
