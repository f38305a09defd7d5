"""Why a customer has a class: where it stands in each dimension, in two scans of the values of one currency."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from services.insights.classing import VALUES
from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.segment_policy import Abc
from services.kit.database import Connection


class Standing(NamedTuple):
    """Where a customer stands in a dimension. Amounts are what its customers make of the dimension's total.

    Attributes:
        value: None where nothing is known.
        class_: as it is stored; None: none.
        rank: 1 is the greatest value; equal customers have the same.
        ranked: customers with a value above 0.
        bounds: least value of each class, by what class a customer has (see :func:`bounds`).
    """

    value: int | None
    class_: str | None
    makes: int
    above: int
    total: int
    rank: int
    ranked: int
    bounds: Mapping[str, Any]


def weight_of(dimension: str) -> str:
    """Return what a customer adds to a dimension's total, as SQL over customer_values.

    Margin rates do not add up: customers are ordered by their rate, and their profit is what is shared out.
    """
    return "greatest(profit_minor, 0)" if dimension == "margin" else f"greatest({VALUES[dimension]}, 0)"


def bounds(dimension: str, source: str) -> str:
    """Return a query of one row: the total of a dimension, and the least value of each class.

    Being so far up that customers with a greater value make less than a boundary is the same as having at least the
    least value for which that is so. One sort of one column says it for everybody. $2 and $3 are the percentages up to
    which a customer is A and B, $4 the percentage points it keeps its class for.
    """
    value, makes = VALUES[dimension], weight_of(dimension)
    ends = {
        "a_new": "$2::int",
        "a_kept": "$2::int + $4::int",
        "a_won": "$2::int - $4::int",
        "b_new": "$3::int",
        "b_kept": "$3::int + $4::int",
        "b_won": "$3::int - $4::int",
    }
    least = ", ".join(
        f"min(value) FILTER (WHERE above * 100 < ({end}) * total) AS {name}" for name, end in ends.items()
    )
    return f"""SELECT coalesce(min(total), 0) AS total, {least} FROM (
        SELECT value, sum(makes) OVER () AS total,
               coalesce(sum(makes) OVER (ORDER BY value DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                   AS above
        FROM (SELECT {value} AS value, sum({makes})::bigint AS makes FROM {source} WHERE {value} > 0 GROUP BY 1) AS g
    ) AS r"""  # noqa: S608


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
