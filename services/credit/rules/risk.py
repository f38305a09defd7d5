"""The risk score of a customer, its class, and what that class is proposed. Pure arithmetic on exact decimals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from contracts.money import CURRENCY_DECIMALS
from services.credit.rules.risk_policy import (
    ENTERED,
    UNITS,
    Band,
    ClassRule,
    Factor,
    RiskClass,
    RiskPolicy,
    Unit,
)

MOST_PERCENT = Decimal(1_000)
"""A share is shown up to this: what is owed without any limit is no larger than what is ten times the limit."""
DAYS_PER_MONTH = 30
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the books say of a customer on a business day. Money in minor units of the account's currency.

    Attributes:
        limit: in force; None: unlimited.
        sales_count, sales_amount: invoices issued in the window.
        trading_days: days since the first invoice, the window's at most; 0: never invoiced.
        balance: open invoices less money not applied.
        due_amount, collected_amount: invoices that fell due in the window, and what of it is settled by now.
        days_without_trade: None: never traded.
        entered: what persons entered, by factor.
    """

    currency: str
    exposure: int = 0
    limit: int | None = 0
    sales_count: int = 0
    sales_amount: int = 0
    trading_days: int = 0
    balance: int = 0
    overdue_amount: int = 0
    overdue_days: int = 0
    overdue_items: int = 0
    due_amount: int = 0
    collected_amount: int = 0
    days_without_trade: int | None = None
    entered: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactorScore:
    """What a factor adds: ``points`` None: left out for want of a value. ``contribution`` of the score's 100."""

    name: str
    unit: Unit
    value: Decimal | None
    points: int | None
    weight: int
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a class is proposed; ``limit`` in minor units."""

    term_days: int
    limit: int


@dataclass(frozen=True, slots=True)
class Score:
    """A customer's score, 0 (bad) to 100, with two decimals."""

    score: Decimal
    risk_class: RiskClass
    factors: tuple[FactorScore, ...]
    proposal: Proposal


def _money(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-CURRENCY_DECIMALS[currency])


def _percent(part: int, whole: int) -> Decimal:
    share = (Decimal(100 * part) / whole).quantize(_CENT, ROUND_HALF_UP)
    return min(max(share, Decimal(0)), MOST_PERCENT)


def _limit_used(facts: Facts) -> Decimal | None:
    if facts.limit is None:
        return Decimal(0)
    if facts.limit > 0:
        return _percent(facts.exposure, facts.limit)
    return MOST_PERCENT if facts.exposure > 0 else None


def values_of(facts: Facts) -> dict[str, Decimal | None]:
    """Return every factor's value; None: there is none."""
    gap = facts.days_without_trade
    measured: dict[str, Decimal | None] = {
        "limit_used": _limit_used(facts),
        "sales_count": Decimal(facts.sales_count),
        "sales_amount": _money(facts.sales_amount, facts.currency),
        "balance": _money(facts.balance, facts.currency),
        "overdue_amount": _money(facts.overdue_amount, facts.currency),
        "overdue_days": Decimal(facts.overdue_days),
        "overdue_items": Decimal(facts.overdue_items),
        "collection_ratio": _percent(facts.collected_amount, facts.due_amount) if facts.due_amount else None,
        "days_without_trade": None if gap is None else Decimal(gap),
    }
    return measured | {name: facts.entered.get(name) for name in ENTERED}


def _points(value: Decimal, bands: tuple[Band, ...]) -> int:
    for band in bands:
        if band.up_to is None or value <= band.up_to:
            return band.points
    raise AssertionError("the last band has no end")


def _points_of(factor: Factor, value: Decimal | None) -> int | None:
    return factor.unknown if value is None else _points(value, factor.bands)


def score_of(facts: Facts, policy: RiskPolicy) -> Score:
    """Return the score with every factor's share in it."""
    values = values_of(facts)
    points = {factor.name: _points_of(factor, values[factor.name]) for factor in policy.factors}
    counting = sum(factor.weight for factor in policy.factors if points[factor.name] is not None)
    total = sum(factor.weight * (points[factor.name] or 0) for factor in policy.factors)
    # No factor with a value says nothing against the customer and nothing for it: the worst class, cash only.
    score = (Decimal(total) / counting).quantize(_CENT, ROUND_HALF_UP) if counting else Decimal(0)
    rule = next(rule for rule in policy.classes if score >= rule.from_score)
    return Score(
        score,
        rule.name,
        tuple(
            FactorScore(
                factor.name,
                UNITS[factor.name],
                values[factor.name],
                points[factor.name],
                factor.weight,
                _contribution(factor.weight, points[factor.name], counting),
            )
            for factor in policy.factors
        ),
        proposal_of(facts, rule, policy),
    )


def _contribution(weight: int, points: int | None, counting: int) -> Decimal:
    if points is None or not counting:
        return Decimal(0)
    return (Decimal(weight * points) / counting).quantize(_CENT, ROUND_HALF_UP)


def proposal_of(facts: Facts, rule: ClassRule, policy: RiskPolicy) -> Proposal:
    """Return the term and limit a class is proposed: so many months of the customer's own sales, rounded down."""
    days = max(facts.trading_days, DAYS_PER_MONTH)
    sales = _money(facts.sales_amount, facts.currency)
    limit = sales * DAYS_PER_MONTH * rule.months_of_sales / days
    if rule.limit_at_most is not None:
        limit = min(limit, rule.limit_at_most)
    rounded = limit // policy.limit_step * policy.limit_step
    minor = int(rounded.scaleb(CURRENCY_DECIMALS[facts.currency]))
    return Proposal(rule.term_days if minor else 0, max(0, minor))
