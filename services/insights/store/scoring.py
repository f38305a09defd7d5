"""RFM scores, profit tiers and grades as SQL: parts of the ranking statement (store/ranking.py).

The rules are `rules/rfm.py` and `rules/grading.py`. $8 are the percentages of the tiers, $9 the weights of the factors,
$10 the grades and $11 from how many percent of the points on each begins.
"""

from services.insights.rules.rfm import GROUPS
from services.insights.rules.segment_policy import Factors

FACTORS = Factors.__struct_fields__

SCORED = (
    "recency",
    "frequency",
    "monetary",
    "rfm_group",
    "tier",
    "sales_points",
    "grade",
    "grade_percent",
)
"""Columns of customer_classes that are no classes."""

_FIFTHS = {
    "recency": ("last_order_day", "orders > 0"),
    "frequency": ("orders", "orders > 0"),
    "monetary": ("amount_minor", "orders > 0"),
    "sales": ("total_minor", "true"),
}


def _surpassed(column: str, condition: str, ends: dict[str, str]) -> str:
    """Return a query of one row: the least value of those whom less than a part of the customers surpasses."""
    least = ", ".join(f"min(value) FILTER (WHERE {end}) AS {name}" for name, end in ends.items())
    return f"""SELECT {least} FROM (
        SELECT value, sum(customers) OVER () AS n,
               coalesce(sum(customers) OVER (ORDER BY value DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                   AS better
        FROM (SELECT {column} AS value, count(*) AS customers FROM own
              WHERE {condition} AND {column} IS NOT NULL GROUP BY 1) AS g
    ) AS r"""  # noqa: S608


_OF_FIFTHS = {f"s{score}": f"better * 5 < {6 - score} * n" for score in (5, 4, 3, 2)}
_OF_TIERS = {f"t{n}": f"better * 100 < ($8::int[])[{n}] * n" for n in (1, 2, 3)}

FURTHER_BOUNDS = ", ".join(
    [
        *(f"{name}_fifths AS MATERIALIZED ({_surpassed(*of, _OF_FIFTHS)})" for name, of in _FIFTHS.items()),
        f"tier_bounds AS MATERIALIZED ({_surpassed('profit_minor', 'true', _OF_TIERS)})",
    ]
)
FURTHER_NAMES = ", ".join([*(f"{name}_fifths" for name in _FIFTHS), "tier_bounds"])


def _score(name: str) -> str:
    column, bounds = _FIFTHS[name][0], f"{name}_fifths"
    steps = " ".join(f"WHEN {column} >= {bounds}.s{score} THEN {score}" for score in (5, 4, 3, 2))
    return f"CASE {steps} ELSE 1 END"


def _of_class(name: str) -> str:
    return f"CASE {name}_class WHEN 'A' THEN 100 WHEN 'B' THEN 50 WHEN 'C' THEN 0 END"


SCORES = ", ".join(
    [
        *(
            f"CASE WHEN orders > 0 AND last_order_day IS NOT NULL THEN {_score(name)} END AS {name}"
            for name in ("recency", "frequency", "monetary")
        ),
        f"({_score('sales')} - 1) * 25 AS sales_points",
        """CASE WHEN profit_minor IS NULL THEN NULL WHEN profit_minor < 0 THEN 'loss'
        WHEN profit_minor >= tier_bounds.t1 THEN 'platinum' WHEN profit_minor >= tier_bounds.t2 THEN 'gold'
        WHEN profit_minor >= tier_bounds.t3 THEN 'iron' ELSE 'lead' END AS tier""",
    ]
)

_NAMES = ", ".join(f"'{name}'" for row in GROUPS for name in row)
RFM_GROUP = f"(ARRAY[{_NAMES}])[(recency - 1) * 5 + (frequency + monetary + 1) / 2]"

_POINTS = {
    "standing": "standing_points",
    "sales": "sales_points",
    "margin": _of_class("margin"),
    "prospects": "prospects_points",
    "profit": _of_class("profit"),
}
GRADE_PERCENT = "({}) / nullif({}, 0)".format(
    " + ".join(f"coalesce(({_POINTS[f]}) * ($9::int[])[{n}], 0)" for n, f in enumerate(FACTORS, start=1)),
    " + ".join(
        f"CASE WHEN ({_POINTS[f]}) IS NULL THEN 0 ELSE ($9::int[])[{n}] END"
        for n, f in enumerate(FACTORS, start=1)
    ),
)

# Grades stand from the best to the worst, nine at most: a customer has the one after all whose beginning it misses.
GRADE = "CASE WHEN grade_percent IS NOT NULL THEN ($10::text[])[1 + {}] END".format(
    " + ".join(f"coalesce((grade_percent < ($11::int[])[{n}])::int, 0)" for n in range(1, 10))
)
