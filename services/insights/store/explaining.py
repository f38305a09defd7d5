"""Why a customer has a class: where it stands in each dimension, in two scans of the values of one currency."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.segment_policy import Abc
from services.insights.store.ranking import VALUES, bounds, weight_of
from services.kit.database import Connection


class Standing(NamedTuple):
    """Where a customer stands in a dimension. Amounts are what its customers make of the dimension's total.

    Attributes:
        value: None where nothing is known.
        class_: as it is stored; None: none.
        rank: 1 is the greatest value; equal customers have the same.
        ranked: customers with a value above 0.
        bounds: least value of each class, by what class a customer has (see store/ranking.py).
    """

    value: int | None
    class_: str | None
    makes: int
    above: int
    total: int
    rank: int
    ranked: int
    bounds: Mapping[str, Any]


def _positions() -> str:
    parts = []
    for d in DIMENSIONS:
        value, makes = VALUES[d], weight_of(d)
        mine = f"(SELECT {value} FROM mine)"  # noqa: S608
        parts.append(
            f"""coalesce(sum({makes}) FILTER (WHERE {value} > {mine} AND {value} > 0), 0)::bigint AS {d}_above,
            coalesce(sum({makes}) FILTER (WHERE {value} > 0), 0)::bigint AS {d}_total,
            count(*) FILTER (WHERE {value} > {mine} AND {value} > 0) + 1 AS {d}_rank,
            count(*) FILTER (WHERE {value} > 0) AS {d}_ranked"""
        )
    return ", ".join(parts)


_MAKES = ", ".join(f"{weight_of(d)} AS {d}_makes" for d in DIMENSIONS)
_STANDINGS = f"""
WITH mine AS MATERIALIZED (
    SELECT *, {_MAKES} FROM customer_values WHERE customer_id = $1 AND currency = $2
), positions AS (
    SELECT {_positions()} FROM customer_values WHERE currency = $2
)
SELECT m.*, c.*, p.* FROM mine AS m CROSS JOIN positions AS p
LEFT JOIN customer_classes AS c ON c.customer_id = $1 AND c.currency = $2
"""  # noqa: S608

# The parameters of bounds() begin with $2.
_BOUNDS = f"""
WITH own AS MATERIALIZED (SELECT * FROM customer_values WHERE currency = $1)
{" UNION ALL ".join(f"SELECT '{d}' AS dimension, b.* FROM ({bounds(d, 'own')}) AS b" for d in DIMENSIONS)}
"""  # noqa: S608

_MONTHS = """
SELECT month FROM customer_months WHERE customer_id = $1 AND currency = $2 AND month BETWEEN $3 AND $4
ORDER BY month
"""


GRADED = """
SELECT c.overall, c.grade, c.grade_percent, c.sales_points, c.margin_class, c.profit_class,
       v.standing_points, v.prospects_points
FROM customer_values AS v LEFT JOIN customer_classes AS c USING (customer_id, currency)
WHERE v.customer_id = $1 AND v.currency = $2
"""
"""What a grade follows from."""


async def standings(
    connection: Connection, customer_id: str, currency: str, rule: Abc
) -> dict[str, Standing] | None:
    """Return where a customer stands in each dimension; None if it has done nothing in the window."""
    row = await connection.fetchrow(_STANDINGS, customer_id, currency)
    if row is None:
        return None
    limits = {
        b["dimension"]: dict(b)
        for b in await connection.fetch(_BOUNDS, currency, rule.a_percent, rule.b_percent, rule.keep_percent)
    }
    return {
        d: Standing(
            row[VALUES[d]],
            row[f"{d}_class"],
            row[f"{d}_makes"] or 0,
            row[f"{d}_above"],
            row[f"{d}_total"],
            row[f"{d}_rank"],
            row[f"{d}_ranked"],
            limits[d],
        )
        for d in DIMENSIONS
    }


async def months_with_facts(
    connection: Connection, customer_id: str, currency: str, window: tuple[date, date]
) -> list[date]:
    """Return the months of the window in which anything happened."""
    return [row["month"] for row in await connection.fetch(_MONTHS, customer_id, currency, *window)]
