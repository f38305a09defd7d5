"""Ranking the customers of a currency in every dimension, and classing them, in one statement of the database.

The rule is `rules/abc.py`; it is here as SQL so that a hundred thousand customers are ranked without reading them, and
only rows whose classes change are written.
"""

from collections.abc import Sequence
from typing import Any

from services.insights.rules.abc import DIMENSIONS, POINTS
from services.insights.rules.segment_policy import SegmentPolicy
from services.insights.store.scoring import (
    FACTORS,
    FURTHER_BOUNDS,
    FURTHER_NAMES,
    GRADE,
    GRADE_PERCENT,
    RFM_GROUP,
    SCORED,
    SCORES,
)
from services.kit.database import Connection

RANKING_LOCK = int.from_bytes(b"ranking", "big")
"""Advisory lock: one replica ranks at a time."""

VALUES = {
    "orders": "orders",
    "amount": "amount_minor",
    "products": "products",
    "profit": "profit_minor",
    "margin": "margin_ppm",
    "quantity": "quantity_milli",
    "collections": "collections_minor",
}
"""Dimension to the column that customers are ordered by."""

FURTHER = ("last_order_day", "total_minor", "standing_points", "prospects_points")
"""Further columns that segments follow from."""


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


def classed(dimension: str, previous: str) -> str:
    """Return the class of a customer that has a class, as SQL over its value and the row of :func:`bounds`."""
    value, b = VALUES[dimension], f"{dimension}_bounds"
    return f"""CASE WHEN {value} IS NULL OR {b}.total = 0 THEN NULL WHEN {value} <= 0 THEN 'C'
        WHEN {value} >= CASE {previous} WHEN 'A' THEN {b}.a_kept WHEN 'B' THEN {b}.a_won WHEN 'C' THEN {b}.a_won
                        ELSE {b}.a_new END THEN 'A'
        WHEN {value} >= CASE {previous} WHEN 'A' THEN {b}.b_kept WHEN 'B' THEN {b}.b_kept WHEN 'C' THEN {b}.b_won
                        ELSE {b}.b_new END THEN 'B' ELSE 'C' END"""


def passed(dimension: str) -> str:
    """Return the least value of the boundary that a customer passed, as SQL over its old and its new class."""
    was, now, b = f"{dimension}_was", f"{dimension}_class", f"{dimension}_bounds"
    return f"""CASE WHEN {was} = 'A' AND {now} = 'B' THEN {b}.a_kept WHEN {was} > 'A' AND {now} = 'A' THEN {b}.a_won
        WHEN {was} < 'C' AND {now} = 'C' THEN {b}.b_kept WHEN {was} = 'C' AND {now} = 'B' THEN {b}.b_won END"""


def _each(template: str, separator: str = ", ") -> str:
    return separator.join(template.format(d=d, v=VALUES[d]) for d in DIMENSIONS)


def _points() -> str:
    points = " ".join(f"WHEN '{class_}' THEN {points}" for class_, points in POINTS.items())
    return " + ".join(
        f"coalesce(($5::int[])[{n}] * CASE {d}_class {points} END, 0)"
        for n, d in enumerate(DIMENSIONS, start=1)
    )


def _weights() -> str:
    return " + ".join(
        f"CASE WHEN {d}_class IS NULL THEN 0 ELSE ($5::int[])[{n}] END"
        for n, d in enumerate(DIMENSIONS, start=1)
    )


_CLASSES = _each("{d}_class")
_BOUNDS = ", ".join(f"{d}_bounds AS MATERIALIZED ({bounds(d, 'own')})" for d in DIMENSIONS)
_ALL_BOUNDS = _each("{d}_bounds")
_RANK = f"""
WITH own AS MATERIALIZED (
    SELECT customer_id, {_each("{v}")}, {", ".join(FURTHER)} FROM customer_values WHERE currency = $1
), {_BOUNDS}, {FURTHER_BOUNDS}, classed AS (
    SELECT own.*, {_each("c.{d}_class AS {d}_was")}, c.overall AS was, c.customer_id IS NULL AS fresh,
           ({", ".join(f"c.{name}" for name in SCORED)}) AS scored_was,
           {", ".join(f"{classed(d, f'c.{d}_class')} AS {d}_class" for d in DIMENSIONS)}
    FROM {_ALL_BOUNDS}, own
    LEFT JOIN customer_classes AS c ON c.currency = $1 AND c.customer_id = own.customer_id
), weighed AS (
    SELECT *, {_points()} AS points, {_weights()} AS weight FROM classed
), judged AS (
    SELECT *, CASE WHEN weight = 0 THEN NULL WHEN points >= $6::int * weight THEN 'A'
                   WHEN points >= $7::int * weight THEN 'B' ELSE 'C' END AS overall
    FROM weighed
), scored AS (
    SELECT *, {SCORES} FROM judged, {FURTHER_NAMES}
), named AS (
    SELECT *, {RFM_GROUP} AS rfm_group, {GRADE_PERCENT} AS grade_percent FROM scored
), graded AS (
    SELECT *, {GRADE} AS grade FROM named
), changed AS MATERIALIZED (
    SELECT *, ({_CLASSES}, overall) IS DISTINCT FROM ({_each("{d}_was")}, was) AS moved FROM graded
    WHERE fresh OR ({_CLASSES}, overall) IS DISTINCT FROM ({_each("{d}_was")}, was)
       OR ({", ".join(SCORED)}) IS DISTINCT FROM scored_was
), gone AS (
    DELETE FROM customer_classes AS c
    WHERE c.currency = $1 AND c.customer_id NOT IN (SELECT customer_id FROM own) RETURNING c.*
), written AS (
    INSERT INTO customer_classes (customer_id, currency, {_CLASSES}, overall, {", ".join(SCORED)})
    SELECT customer_id, $1, {_CLASSES}, overall, {", ".join(SCORED)} FROM changed
    ON CONFLICT (customer_id, currency)
    DO UPDATE SET {_each("{d}_class = excluded.{d}_class")}, overall = excluded.overall,
                  {", ".join(f"{name} = excluded.{name}" for name in SCORED)}
)
SELECT customer_id, was, overall,
       {", ".join(f"{d}_was, {d}_class, {v}, {passed(d)} AS {d}_bound" for d, v in VALUES.items())}
FROM {_ALL_BOUNDS}, changed
WHERE moved AND ({_each("{d}_was")}) IS DISTINCT FROM ({", ".join("NULL" for _ in DIMENSIONS)})
UNION ALL
SELECT customer_id, overall, NULL, {_each("{d}_class, NULL, NULL, NULL")} FROM gone
WHERE ({_CLASSES}) IS DISTINCT FROM ({", ".join("NULL" for _ in DIMENSIONS)})
ORDER BY customer_id
"""  # noqa: S608


async def lead(connection: Connection) -> bool:
    """Become the one that ranks, until the end of the transaction. Tells whether nobody else is."""
    leading: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", RANKING_LOCK)
    return leading


async def take_unranked(connection: Connection) -> list[str]:
    """Return the currencies in which a value has changed, and note that they are ranked."""
    rows = await connection.fetch("DELETE FROM unranked_currencies RETURNING currency")
    return sorted({row["currency"] for row in rows})


async def rank(connection: Connection, currency: str, policy: SegmentPolicy) -> Sequence[Any]:
    """Class every customer anew. Returns the rows of those whose classes changed; a first class is no change."""
    # The pool plans every statement by key; this one reads everything.
    await connection.execute(
        """SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;
           SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"""
    )
    rule, tiers, grading = policy.abc, policy.tiers, policy.grading
    return await connection.fetch(
        _RANK,
        *(currency, rule.a_percent, rule.b_percent, rule.keep_percent),
        [rule.weights.of(dimension) for dimension in DIMENSIONS],
        *(rule.overall_a_percent, rule.overall_b_percent),
        [tiers.platinum_percent, tiers.gold_percent, tiers.iron_percent],
        [grading.weights.of(factor) for factor in FACTORS],
        [grade.grade for grade in grading.grades],
        [grade.from_percent for grade in grading.grades],
    )
