"""Grading of prospects: weighted factors, each with points from 0 (poor) to 100 (promising), by a versioned policy.

The score is the mean of the factors' points weighted by their weights, 0 to 100, rounded half up to two decimals. A
factor without a value gets the points that the policy gives the unknown, or is left out and the others count for it.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Literal

import msgspec

from contracts.errors import ContractError

FactorName = Literal["kind", "assets", "sales", "growth", "need"]
MEASURED: tuple[FactorName, ...] = ("assets", "sales", "growth", "need")
"""Factors that are numbers; ``kind`` is a word. Money is in the prospect's own currency, growth in percent."""

_CENT = Decimal("0.01")


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Values up to and including ``up_to`` (None: all that are left) get ``points``, 0 to 100."""

    up_to: Decimal | None
    points: int


class KindPoints(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one kind of business."""

    kind: str
    points: int


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """How a factor counts.

    Attributes:
        weight: against the other factors' weights; 0: shown, not counted.
        bands: of a number: rising, the last one without an end.
        kinds: of ``kind``: points by word; any other kind gets ``other``.
        unknown: points where there is no value; None: the factor is left out.
    """

    name: FactorName
    weight: int
    bands: tuple[Band, ...] = ()
    kinds: tuple[KindPoints, ...] = ()
    other: int | None = None
    unknown: int | None = None


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """A grade: the scores from ``from_score`` on, and how its prospects are served.

    Attributes:
        price: the price list or discount offered, in words.
        priority: 0 first.
        visit_days: a visit at least every so many days; None: no visits wanted.
    """

    name: str
    from_score: Decimal
    price: str = ""
    priority: int = 0
    visit_days: int | None = None


class GradingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the grading policy: the factors, and the grades from best to worst."""

    factors: tuple[Factor, ...]
    grades: tuple[Grade, ...]


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one factor adds to the score.

    Attributes:
        points: None: the factor was left out.
        contribution: points times the share of the weight among the factors that count.
    """

    name: FactorName
    value: str | None
    points: int | None
    weight: int
    contribution: Decimal


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """A prospect's score and grade, with every factor; grade and score are None when no factor has a value."""

    score: Decimal | None
    grade: Grade | None
    factors: tuple[Contribution, ...]


def grade(policy: GradingPolicy, values: Mapping[FactorName, Decimal | str | None]) -> Graded:
    """Grade a prospect.

    Args:
        values: amounts in major units of the prospect's currency, growth in percent, kind as a word; None: unknown.
    """
    pointed = [(factor, points_of(factor, values.get(factor.name))) for factor in policy.factors]
    total = sum(factor.weight for factor, points in pointed if points is not None)
    factors = tuple(
        Contribution(
            name=factor.name,
            value=None if (value := values.get(factor.name)) is None else str(value),
            points=points,
            weight=factor.weight,
            contribution=_share(points, factor.weight, total),
        )
        for factor, points in pointed
    )
    if not total:
        return Graded(score=None, grade=None, factors=factors)
    score = _rounded(Decimal(sum(p * f.weight for f, p in pointed if p is not None)) / total)
    best = next(each for each in policy.grades if score >= each.from_score)
    return Graded(score=score, grade=best, factors=factors)


def _share(points: int | None, weight: int, total: int) -> Decimal:
    return _rounded(Decimal(points * weight) / total) if points is not None and total else Decimal(0)


def points_of(factor: Factor, value: Decimal | str | None) -> int | None:
    """Return the points of a value; None: the factor is left out."""
    if value is None or value == "":
        return factor.unknown
    if isinstance(value, str):
        return next((each.points for each in factor.kinds if each.kind == value), factor.other)
    return next(band.points for band in factor.bands if band.up_to is None or value <= band.up_to)


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(_CENT, ROUND_HALF_UP)


def check(policy: GradingPolicy) -> None:
    """Refuse a policy that contradicts itself.

    Raises:
        ContractError: naming the field, such as ``factors.2.bands.1.up_to``, and the reason.
    """
    seen: set[str] = set()
    for at, factor in enumerate(policy.factors):
        field = f"factors.{at}"
        if factor.name in seen:
            raise ContractError(f"{field}.name", f"{factor.name!r} is there twice")
        seen.add(factor.name)
        if factor.name == "kind":
            _check_kinds(factor, field)
        else:
            _check_numbers(factor, field)
    if not any(factor.weight for factor in policy.factors):
        raise ContractError("factors", "at least one factor must have a weight above 0")
    _check_grades(policy.grades)


def _check_kinds(factor: Factor, field: str) -> None:
    if factor.bands:
        raise ContractError(f"{field}.bands", "kind is a word: say its points in kinds and other")
    if factor.other is None:
        raise ContractError(f"{field}.other", "must say the points of every other kind")
    names = [each.kind for each in factor.kinds]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ContractError(f"{field}.kinds.{at}.kind", f"{name!r} is there twice")


def _check_numbers(factor: Factor, field: str) -> None:
    if factor.kinds or factor.other is not None:
        raise ContractError(f"{field}.kinds", f"{factor.name} is a number: say its points in bands")
    if not factor.bands:
        raise ContractError(f"{field}.bands", "must not be empty")
    for at, band in enumerate(factor.bands[:-1]):
        if band.up_to is None:
            raise ContractError(f"{field}.bands.{at}.up_to", "only the last band has no end")
    if factor.bands[-1].up_to is not None:
        raise ContractError(
            f"{field}.bands.{len(factor.bands) - 1}.up_to", "must be null: the last band has no end"
        )
    ends = [band.up_to for band in factor.bands if band.up_to is not None]
    for at, (before, after) in enumerate(pairwise(ends), start=1):
        if after <= before:
            raise ContractError(
                f"{field}.bands.{at}.up_to", f"{after} is not above {before} of the band before"
            )


def _check_grades(grades: Sequence[Grade]) -> None:
    if not grades:
        raise ContractError("grades", "must not be empty")
    names = [each.name for each in grades]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ContractError(f"grades.{at}.name", f"{name!r} is there twice")
    for at, (better, worse) in enumerate(pairwise(grades), start=1):
        if worse.from_score >= better.from_score:
            raise ContractError(
                f"grades.{at}.from_score",
                f"{worse.from_score} is not below {better.from_score} of {better.name}",
            )
    if grades[-1].from_score:
        raise ContractError(
            f"grades.{len(grades) - 1}.from_score", "must be 0: the last grade takes every score that is left"
        )


def encode_policy(policy: GradingPolicy) -> str:
    """Return the policy as it is stored."""
    return msgspec.json.encode(policy).decode()


def policy_from(document: Any) -> GradingPolicy:
    """Read a policy from plain JSON values."""
    return msgspec.convert(document, GradingPolicy)


def decode_policy(body: str) -> GradingPolicy:
    """Read a stored policy."""
    return msgspec.json.decode(body, type=GradingPolicy)
