"""Everybody's classes, scores, tiers and grades from everybody's numbers: the rules of `rules/` over arrays.

The rules are `rules/abc.py`, `rules/rfm.py` and `rules/grading.py`. Being so far up that customers with a greater value
make less than a boundary is the same as having at least the least value for which that is so: one sort of one column
says it for everybody. Sums are exact: whole numbers, of any size where 64 bits are too few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.insights.classing.company import (
    CLASSES,
    NONE,
    NOTHING,
    STORED,
    VALUES,
    Codes,
    Company,
    Numbers,
    Places,
)
from services.insights.rules.abc import DIMENSIONS, POINTS
from services.insights.rules.rfm import GROUPS
from services.insights.rules.segment_policy import Abc, Factors, Grading, SegmentPolicy, Tiers

FACTORS = Factors.__struct_fields__
BEYOND = 2**63 - 1
"""More than any value: the boundary that nobody reaches."""
A, B, C = range(3)
_POINTS = np.array([*POINTS.values(), 0], np.int64)  # the last is that of NONE, which is -1


@dataclass(frozen=True, slots=True)
class Ends:
    """Least values of a dimension to be A and to be B, for who has no class, is A, B and C, in this order."""

    total: int
    a: Numbers
    b: Numbers


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is to be stored, and what is to be told.

    Attributes:
        places: customers of whom something differs from what is stored; ``codes``: what it is now.
        gone: customers that have no values any more.
        moved: customers whose classes have changed, with ``was`` and ``overall``, and per dimension its value, the
            class before and now, and the least value of the boundary that was passed; a first class is no change.
    """

    places: Places
    codes: Codes
    gone: Places
    moved: Sequence[Mapping[str, Any]]


def rank(company: Company, policy: SegmentPolicy) -> Ranking:
    """Class every customer anew, from the class it has and where it stands now. Changes nothing."""
    places = np.flatnonzero(company.present)
    of = {column: company.number_of(column, places) for column in (*VALUES.values(), "last_order_day")}
    before = company.stored[:, places]
    codes = np.full(before.shape, NONE, np.int16)
    ends = {}
    for at, dimension in enumerate(DIMENSIONS):
        value = of[VALUES[dimension]]
        makes = of["profit_minor"] if dimension == "margin" else value
        ends[dimension] = ends_of(value, makes, policy.abc)
        codes[at] = classed(value, before[at], ends[dimension])
    codes[len(DIMENSIONS)] = overall(codes[: len(DIMENSIONS)], policy.abc)
    _score(company, places, of, codes, policy)
    differs = (codes != before).any(axis=0) | ~company.ranked[places]
    told = (codes[:CLASSES] != before[:CLASSES]).any(axis=0) & (before[: len(DIMENSIONS)] != NONE).any(axis=0)
    gone = np.flatnonzero(company.ranked & ~company.present)
    moved = [
        *_moved(company, places[told], before[:, told], codes[:, told], ends),
        *_left(company, gone),
    ]
    return Ranking(
        places[differs], codes[:, differs], gone, sorted(moved, key=lambda row: str(row["customer_id"]))
    )


def accept(company: Company, ranking: Ranking) -> None:
    """Note that a ranking is stored."""
    company.stored[:, ranking.places] = ranking.codes
    company.ranked[ranking.places] = True
    company.stored[:, ranking.gone] = NONE
    company.ranked[ranking.gone] = False


def ends_of(value: Numbers, makes: Numbers, rule: Abc) -> Ends:
    """Return the least values of the classes. ``makes`` is what a customer adds to the total, if more than 0."""
    known = value > 0
    value, makes = value[known], np.maximum(makes[known], 0)
    order = np.argsort(value)[::-1]
    value, parts = value[order], makes[order]
    if parts.sum(dtype=np.float64) >= 2.0**62:
        parts = parts.astype(object)
    sums = np.cumsum(parts)
    total, above = int(sums[-1]) if len(sums) else 0, sums - parts

    def least(percent: int) -> int:
        # above * 100 < percent * total; equal customers follow each other, and the first of them decides.
        number = int(np.searchsorted(above, -(-percent * total // 100)))
        return int(value[number - 1]) if number else BEYOND

    a, b, keep = rule.a_percent, rule.b_percent, rule.keep_percent
    return Ends(
        total,
        np.array([least(a), least(a + keep), least(a - keep), least(a - keep)], np.int64),
        np.array([least(b), least(b + keep), least(b + keep), least(b - keep)], np.int64),
    )


def classed(value: Numbers, before: Codes, ends: Ends) -> Codes:
    """Return the classes in a dimension of customers that have a class, or NONE."""
    if ends.total == 0:
        return np.full(len(value), NONE, np.int16)
    has = before.astype(np.intp) + 1
    code = np.where(value >= ends.a[has], A, np.where(value >= ends.b[has], B, C))
    return np.where(value == NOTHING, NONE, np.where(value <= 0, C, code)).astype(np.int16)


def overall(codes: Codes, rule: Abc) -> Codes:
    """Return the weighted classes."""
    weights = np.array([[rule.weights.of(dimension)] for dimension in DIMENSIONS], np.int64)
    weight = (weights * (codes != NONE)).sum(axis=0)
    points = (weights * _POINTS[codes]).sum(axis=0)
    code = np.where(
        points >= rule.overall_a_percent * weight,
        A,
        np.where(points >= rule.overall_b_percent * weight, B, C),
    )
    return np.where(weight == 0, NONE, code).astype(np.int16)


def _score(
    company: Company, places: Places, of: Mapping[str, Numbers], codes: Codes, policy: SegmentPolicy
) -> None:
    row = {name: codes[at] for at, name in enumerate(STORED)}
    ordering = (of["orders"] > 0) & (of["last_order_day"] != NOTHING)
    for name, column, ranked in (
        ("recency", "last_order_day", ordering),
        ("frequency", "orders", of["orders"] > 0),
        ("monetary", "amount_minor", of["orders"] > 0),
    ):
        row[name][ordering] = fifths(of[column], ranked)[ordering]
    groups = np.array([[company.code_of(name) for name in names] for names in GROUPS], np.int16)
    r, fm = row["recency"][ordering], (row["frequency"] + row["monetary"] + 1)[ordering] // 2
    row["rfm_group"][ordering] = groups[r - 1, fm - 1]
    row["tier"][:] = tiers_of(of["profit_minor"], policy.tiers, company)
    sales = company.number_of("total_minor", places)
    row["sales_points"][:] = (fifths(sales, sales != NOTHING) - 1) * 25
    points = {
        "standing": company.number_of("standing_points", places),
        "sales": row["sales_points"].astype(np.int64),
        "margin": np.where(row["margin_class"] == NONE, NOTHING, _POINTS[row["margin_class"]]),
        "prospects": company.number_of("prospects_points", places),
        "profit": np.where(row["profit_class"] == NONE, NOTHING, _POINTS[row["profit_class"]]),
    }
    row["grade_percent"][:], row["grade"][:] = grades(points, policy.grading, company)


def _least_of(value: Numbers, ranked: NDArray[np.bool_], numbers: Sequence[int], of: int) -> list[int]:
    """Return the least values of those whom less than so many of ``of`` parts of the ranked customers surpass."""
    known = np.sort(value[ranked])[::-1]
    ends = [-(-number * len(known) // of) for number in numbers]
    return [int(known[end - 1]) if end else BEYOND for end in ends]


def fifths(value: Numbers, ranked: NDArray[np.bool_]) -> Codes:
    """Return scores from 1 to 5 among the ranked customers; of others they mean nothing."""
    score = np.ones(len(value), np.int16)
    for least in _least_of(value, ranked, (1, 2, 3, 4), 5):
        score += value >= least
    return score


def tiers_of(profit: Numbers, rule: Tiers, company: Company) -> Codes:
    """Return the profit tiers as codes of words."""
    percents = (rule.platinum_percent, rule.gold_percent, rule.iron_percent)
    tier = np.full(len(profit), company.code_of("lead"), np.int16)
    leasts = _least_of(profit, profit != NOTHING, percents, 100)
    for name, least in reversed(list(zip(("platinum", "gold", "iron"), leasts, strict=True))):
        tier[profit >= least] = company.code_of(name)
    tier[profit < 0] = company.code_of("loss")
    tier[profit == NOTHING] = NONE
    return tier


def grades(points: Mapping[str, Numbers], rule: Grading, company: Company) -> tuple[Codes, Codes]:
    """Return the weighted points in percent, and the grades as codes of words."""
    whole = np.zeros(len(points["sales"]), np.int64)
    weight = np.zeros(len(whole), np.int64)
    for factor in FACTORS:
        known = points[factor] != NOTHING
        whole += np.where(known, points[factor], 0) * rule.weights.of(factor)
        weight += known * rule.weights.of(factor)
    percent = np.where(weight == 0, NONE, whole // np.maximum(weight, 1)).astype(np.int16)
    missed = np.zeros(len(whole), np.intp)
    for grade in rule.grades:
        missed += percent < grade.from_percent
    words = np.array([company.code_of(grade.grade) for grade in rule.grades], np.int16)
    named = words[np.minimum(missed, len(words) - 1)]
    return percent, np.where(weight == 0, NONE, named).astype(np.int16)


def _moved(
    company: Company, places: Places, before: Codes, codes: Codes, ends: Mapping[str, Ends]
) -> list[dict[str, Any]]:
    was, now = company.shown(before[:CLASSES]), company.shown(codes[:CLASSES])
    rows: list[dict[str, Any]] = [
        {"customer_id": company.ids[place], "was": was[-1][i], "overall": now[-1][i]}
        for i, place in enumerate(places.tolist())
    ]
    for at, (dimension, column) in enumerate(VALUES.items()):
        values = company.number_of(column, places).tolist()
        for i, row in enumerate(rows):
            row[f"{dimension}_was"], row[f"{dimension}_class"] = was[at][i], now[at][i]
            row[column] = None if values[i] == NOTHING else values[i]
            row[f"{dimension}_bound"] = passed(int(before[at, i]), int(codes[at, i]), ends[dimension])
    return rows


def passed(before: int, now: int, ends: Ends) -> int | None:
    """Return the least value of the boundary that a customer passed; None: it passed none."""
    if NONE in (before, now) or before == now:
        return None
    has = before + 1
    end = int(ends.a[has] if now == A or (before, now) == (A, B) else ends.b[has])
    return None if end == BEYOND else end


def _left(company: Company, places: Places) -> list[dict[str, Any]]:
    """Return what is told of customers that have no values, and so no classes, any more."""
    before = company.stored[:, places]
    was = company.shown(before[:CLASSES])
    rows: list[dict[str, Any]] = []
    for i, place in enumerate(places.tolist()):
        if (before[: len(DIMENSIONS), i] == NONE).all():
            continue
        row: dict[str, Any] = {"customer_id": company.ids[place], "was": was[-1][i], "overall": None}
        for at, (dimension, column) in enumerate(VALUES.items()):
            row |= {f"{dimension}_was": was[at][i], f"{dimension}_class": None}
            row |= {column: None, f"{dimension}_bound": None}
        rows.append(row)
    return rows
