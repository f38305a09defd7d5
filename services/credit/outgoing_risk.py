"""What the world is told about the risk of customers: classes that got worse or better."""

from datetime import datetime

from contracts.events.risk import RiskClassChanged, RiskFactor
from contracts.events.terms import RiskClass
from services.credit.outgoing_desk import event_row
from services.credit.risk import Standing
from services.credit.rules.risk import FactorScore
from services.kit.outbox import OutboxRow

TOP_FACTORS = 3
MOST_DECIMALS = 4


def class_changed_row(standing: Standing, previous: RiskClass, at: datetime) -> OutboxRow:
    """Return the event of a customer whose class is another one than was last told."""
    score = standing.score
    data = RiskClassChanged(
        customer_id=standing.customer_id,
        day=standing.day,
        journal_seq=standing.seq,
        risk_class=score.risk_class,
        previous_class=previous,
        worse=score.risk_class > previous,
        score=f"{score.score:.2f}",
        policy_version=standing.policy_version,
        factors=[_factor(factor) for factor in costliest(score.factors)[:TOP_FACTORS]],
    )
    return event_row(standing.customer_id, data, at)


def costliest(factors: tuple[FactorScore, ...]) -> list[FactorScore]:
    """Return the factors that cost something of the 100 points, those that cost the most first."""
    counted = [factor for factor in factors if factor.points is not None and _cost(factor) > 0]
    return sorted(counted, key=lambda factor: (-_cost(factor), factor.name))


def _cost(factor: FactorScore) -> int:
    return factor.weight * (100 - (factor.points or 0))


def _factor(factor: FactorScore) -> RiskFactor:
    assert factor.points is not None
    value = None if factor.value is None else f"{round(factor.value, MOST_DECIMALS).normalize():f}"
    return RiskFactor(name=factor.name, value=value, points=factor.points, weight=factor.weight)
