"""The risk policy: which factors count how much, where a class begins, and what a class is proposed.

A factor's value falls into one of its bands, which gives points from 0 (bad) to 100 (good). The score is the mean of
the points weighted by the factors' weights, so it is between 0 and 100 too. Values are exact decimals, never floats.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec

from contracts.errors import ContractError

RiskClass = Literal["A", "B", "C", "D"]
CLASSES: tuple[RiskClass, ...] = ("A", "B", "C", "D")

Unit = Literal["percent", "count", "money", "days", "number"]

MEASURED: dict[str, Unit] = {
    "limit_used": "percent",
    "sales_count": "count",
    "sales_amount": "money",
    "balance": "money",
    "overdue_amount": "money",
    "overdue_days": "days",
    "overdue_items": "count",
    "collection_ratio": "percent",
    "days_without_trade": "days",
}
"""Factors that come from the books, with their units; money in the account's currency."""

ENTERED: dict[str, Unit] = {
    "basic": "number",
    "financial": "number",
    "special": "number",
    "years_in_business": "number",
    "capital": "money",
    "agency_report": "number",
}
"""Factors that a person enters."""

UNITS = MEASURED | ENTERED


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Values up to and including ``up_to`` (None: all that are left) get ``points``, 0 to 100."""

    up_to: Decimal | None
    points: int


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """How a factor counts.

    Attributes:
        bands: rising; the last one has no end.
        unknown: points where there is no value; None: the factor is left out and the others count for it.
    """

    name: str
    weight: int
    bands: tuple[Band, ...]
    unknown: int | None = None


class ClassRule(msgspec.Struct, frozen=True, kw_only=True):
    """A class: the scores from ``from_score`` on, and what its customers are proposed.

    Attributes:
        months_of_sales: the limit proposed, in months of the customer's own sales.
        limit_at_most: in the account's currency; None: no limit to the limit, 0: cash only.
    """

    name: RiskClass
    from_score: Decimal
    term_days: int
    months_of_sales: Decimal
    limit_at_most: Decimal | None


class RiskPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the risk policy.

    Attributes:
        window_days: how far back sales and collections are looked at.
        classes: A to D.
        limit_step: proposed limits are rounded down to a multiple of it.
        due_soon_days: what falls due within so many days is worth a call too.
        call_horizon_days: how long after a call its effect is looked at.
        call_effect: how many times likelier a called customer is to pay on any day (hazard ratio: Cox, Regression
            models and life-tables, J. Royal Stat. Soc. B 34, 1972). The company's assumption; 1: calls are useless.
    """

    window_days: int
    factors: tuple[Factor, ...]
    classes: tuple[ClassRule, ...]
    limit_step: Decimal = Decimal(100)
    due_soon_days: int = 7
    call_horizon_days: int = 7
    call_effect: Decimal = Decimal(2)


def check(policy: RiskPolicy) -> None:
    """Refuse a policy that contradicts itself.

    Raises:
        ContractError: naming the field, such as ``factors.2.bands.1.up_to``, and the reason.
    """
    seen: set[str] = set()
    for at, factor in enumerate(policy.factors):
        field = f"factors.{at}"
        if factor.name not in UNITS:
            raise ContractError(
                f"{field}.name", f"{factor.name!r} is no factor; known are {', '.join(UNITS)}"
            )
        if factor.name in seen:
            raise ContractError(f"{field}.name", f"{factor.name!r} is there twice")
        seen.add(factor.name)
        _check_bands(factor.bands, f"{field}.bands")
    if not any(factor.weight for factor in policy.factors):
        raise ContractError("factors", "at least one factor must have a weight above 0")
    if not any(factor.weight and factor.name in MEASURED for factor in policy.factors):
        raise ContractError(
            "factors", f"at least one weighted factor must come from the books: {', '.join(MEASURED)}"
        )
    _check_classes(policy.classes)
    if policy.limit_step <= 0:
        raise ContractError("limit_step", "must be above 0")
    if policy.call_effect < 1:
        raise ContractError("call_effect", "must be 1 or more: a call does not keep anyone from paying")


def _check_bands(bands: Sequence[Band], field: str) -> None:
    if not bands:
        raise ContractError(field, "must not be empty")
    for at, band in enumerate(bands[:-1]):
        if band.up_to is None:
            raise ContractError(f"{field}.{at}.up_to", "only the last band has no end")
    if bands[-1].up_to is not None:
        raise ContractError(f"{field}.{len(bands) - 1}.up_to", "must be null: the last band has no end")
    ends = [band.up_to for band in bands if band.up_to is not None]
    for at, (before, after) in enumerate(pairwise(ends), start=1):
        if after <= before:
            raise ContractError(f"{field}.{at}.up_to", f"{after} is not above {before} of the band before")


def _check_classes(classes: Sequence[ClassRule]) -> None:
    names = tuple(rule.name for rule in classes)
    if names != CLASSES:
        raise ContractError(
            "classes", f"must be A, B, C and D, in this order; given: {', '.join(names) or 'none'}"
        )
    for at, (better, worse) in enumerate(pairwise(classes), start=1):
        if worse.from_score >= better.from_score:
            raise ContractError(
                f"classes.{at}.from_score",
                f"{worse.from_score} is not below {better.from_score} of class {better.name}",
            )
    if classes[-1].from_score:
        raise ContractError("classes.3.from_score", "must be 0: class D takes every score that is left")


def encode_policy(policy: RiskPolicy) -> str:
    """Return the policy as it is stored."""
    return msgspec.json.encode(policy).decode()


def decode_policy(body: str) -> RiskPolicy:
    """Read a stored policy."""
    return msgspec.json.decode(body, type=RiskPolicy)
