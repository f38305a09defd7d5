"""Margins of products by month, summed over customers beside the stream; tiers follow from whole months of them."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from services.kit.database import Connection

ProductMonth = tuple[str, date]


class Margin(NamedTuple):
    """What a product sold for with known cost in a window, and that cost."""

    costed_minor: int = 0
    cost_minor: int = 0


_TAKE = """
WITH taken AS MATERIALIZED (
    SELECT id FROM stale_product_months WHERE $2::date IS NULL OR month < $2 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM stale_product_months AS s USING taken WHERE s.id = taken.id RETURNING s.currency, s.month
"""

MARGINS = """
SELECT f.product_id, sum(f.costed_minor - f.returned_costed_minor)::bigint AS costed_minor,
       sum(f.cost_minor - f.returned_cost_minor)::bigint AS cost_minor
FROM product_months AS f WHERE f.currency = $1 AND f.month = $2 GROUP BY 1
HAVING sum(f.costed_minor - f.returned_costed_minor) <> 0 OR sum(f.cost_minor - f.returned_cost_minor) <> 0
"""

_SUM_UP = f"""
WITH given AS MATERIALIZED ({MARGINS}), before AS MATERIALIZED (
    SELECT product_id, costed_minor, cost_minor FROM product_margins WHERE currency = $1 AND month = $2
), gone AS (
    DELETE FROM product_margins AS m WHERE m.currency = $1 AND m.month = $2
    AND NOT EXISTS (SELECT FROM given AS g WHERE g.product_id = m.product_id)
), kept AS (
    INSERT INTO product_margins AS m (currency, month, product_id, costed_minor, cost_minor)
    SELECT $1, $2, product_id, costed_minor, cost_minor FROM given ORDER BY product_id
    ON CONFLICT (currency, product_id, month) DO UPDATE
    SET costed_minor = excluded.costed_minor, cost_minor = excluded.cost_minor
    WHERE (m.costed_minor, m.cost_minor) IS DISTINCT FROM (excluded.costed_minor, excluded.cost_minor)
)
SELECT product_id, coalesce(g.costed_minor, 0) - coalesce(b.costed_minor, 0) AS costed_minor,
       coalesce(g.cost_minor, 0) - coalesce(b.cost_minor, 0) AS cost_minor
FROM given AS g FULL JOIN before AS b USING (product_id)
WHERE (g.costed_minor, g.cost_minor) IS DISTINCT FROM (b.costed_minor, b.cost_minor)
"""  # noqa: S608

_WINDOWS = """
SELECT n.product_id, n.month, coalesce(sum(m.costed_minor), 0)::bigint AS costed_minor,
       coalesce(sum(m.cost_minor), 0)::bigint AS cost_minor
FROM unnest($2::text[], $3::date[]) AS n (product_id, month)
LEFT JOIN product_margins AS m ON m.currency = $1 AND m.product_id = n.product_id
    AND m.month >= n.month - $4::int * interval '1 month' AND m.month < n.month
GROUP BY 1, 2
"""


async def mark_product_months(connection: Connection, months: Collection[tuple[str, date]]) -> None:
    """Have months (by currency) summed up again."""
    if months:
        await connection.execute(
            """INSERT INTO stale_product_months (currency, month)
               SELECT * FROM unnest($1::text[], $2::date[])""",
            *zip(*sorted(months), strict=True),
        )


async def lead(connection: Connection) -> bool:
    """Take the lead until the end of the transaction; False: another replica sums up."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext('product_margins'))"))


async def take_stale_months(
    connection: Connection, most: int, before: date | None = None
) -> list[tuple[str, date]]:
    """Take the months to sum up, each once; with ``before``, those before a month alone."""
    rows = await connection.fetch(_TAKE, most, before)
    return sorted({(row["currency"], row["month"]) for row in rows})


async def sum_up(connection: Connection, currency: str, month: date) -> dict[str, Margin]:
    """Sum up a month over all customers; return by product by how much it has changed, if it has."""
    rows = await connection.fetch(_SUM_UP, currency, month)
    return {row["product_id"]: Margin(row["costed_minor"], row["cost_minor"]) for row in rows}


async def windows(
    connection: Connection, currency: str, wanted: Collection[ProductMonth], months: int
) -> Mapping[ProductMonth, Margin]:
    """Return the margin of products in the whole months before a month."""
    if not wanted:
        return {}
    rows = await connection.fetch(_WINDOWS, currency, *zip(*sorted(wanted), strict=True), months)
    return {(r["product_id"], r["month"]): Margin(r["costed_minor"], r["cost_minor"]) for r in rows}
