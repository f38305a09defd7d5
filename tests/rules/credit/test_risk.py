"""The risk score, its class, its proposal, and what a call is worth."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from services.credit.rules.calls import SHOWN, OpenInvoice, call_of
from services.credit.rules.habits import DEFAULT, Habit, chance_within
from services.credit.rules.risk import Facts, score_of
from services.credit.rules.risk_policy import (
    ENTERED,
    UNITS,
    Band,
    ClassRule,
    Factor,
    RiskPolicy,
    check,
    decode_policy,
    encode_policy,
)
from tests.services.credit.events import DAY

NUMBERS = st.decimals(0, 1_000, places=2)
AMOUNTS = st.integers(0, 10**9)


@st.composite
def bands(draw: st.DrawFn) -> tuple[Band, ...]:
    ends = sorted(draw(st.sets(NUMBERS, max_size=4)))
    return tuple(Band(up_to=end, points=draw(st.integers(0, 100))) for end in [*ends, None])


@st.composite
def policies(draw: st.DrawFn) -> RiskPolicy:
    names = draw(st.lists(st.sampled_from(sorted(UNITS)), unique=True, max_size=8))
    factors = [
        Factor(
            name=name,
            weight=draw(st.integers(0, 50)),
            bands=draw(bands()),
            unknown=draw(st.one_of(st.none(), st.integers(0, 100))),
        )
        for name in names
        if name != "balance"
    ]
    factors.append(Factor(name="balance", weight=draw(st.integers(1, 50)), bands=draw(bands())))
    starts = sorted(draw(st.sets(st.integers(1, 100), min_size=3, max_size=3)), reverse=True)
    classes = tuple(
        ClassRule(
            name=name,  # type: ignore[arg-type]
            from_score=Decimal(start),
            term_days=draw(st.integers(0, 90)),
            months_of_sales=draw(st.decimals(0, 6, places=1)),
            limit_at_most=draw(st.one_of(st.none(), st.decimals(0, 10**6, places=2))),
        )
        for name, start in zip("ABCD", [*starts, 0], strict=True)
    )
    return RiskPolicy(
        window_days=draw(st.integers(30, 720)),
        factors=tuple(factors),
        classes=classes,
        limit_step=draw(st.sampled_from([Decimal("0.01"), Decimal(1), Decimal(500)])),
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    due = draw(AMOUNTS)
    return Facts(
        currency=draw(st.sampled_from(["CNY", "JPY", "KWD"])),
        exposure=draw(st.integers(-(10**9), 10**9)),
        limit=draw(st.one_of(st.none(), AMOUNTS)),
        sales_count=draw(st.integers(0, 500)),
        sales_amount=draw(AMOUNTS),
        trading_days=draw(st.integers(0, 720)),
        balance=draw(st.integers(-(10**9), 10**9)),
        overdue_amount=draw(AMOUNTS),
        overdue_days=draw(st.integers(0, 900)),
        overdue_items=draw(st.integers(0, 90)),
        due_amount=due,
        collected_amount=draw(st.integers(0, due)),
        days_without_trade=draw(st.one_of(st.none(), st.integers(0, 900))),
        entered=draw(st.dictionaries(st.sampled_from(sorted(ENTERED)), NUMBERS)),
    )


@given(policies(), facts())
def test_the_score_is_the_weighted_mean_of_the_points(policy: RiskPolicy, known: Facts) -> None:
    check(policy)
    found = score_of(known, policy)
    counting = [factor for factor in found.factors if factor.points is not None and factor.weight]
    weight = sum(factor.weight for factor in counting)
    mean = Fraction(sum(f.weight * (f.points or 0) for f in counting), weight) if weight else Fraction(0)
    assert abs(Fraction(found.score) - mean) <= Fraction(1, 200)
    assert 0 <= found.score <= 100
    total = sum(factor.contribution for factor in found.factors)
    assert abs(total - found.score) <= Decimal("0.005") * (len(found.factors) + 1)
    for factor in found.factors:
        assert (factor.value is None) <= (factor.points in (None, _rule(policy, factor.name).unknown))
    best = next(rule.name for rule in policy.classes if found.score >= rule.from_score)
    assert found.risk_class == best


def _rule(policy: RiskPolicy, name: str) -> Factor:
    return next(factor for factor in policy.factors if factor.name == name)


@given(policies(), facts())
def test_a_proposal_stays_within_its_class(policy: RiskPolicy, known: Facts) -> None:
    found = score_of(known, policy)
    rule = next(rule for rule in policy.classes if rule.name == found.risk_class)
    decimals = {"CNY": 2, "JPY": 0, "KWD": 3}[known.currency]
    limit = Fraction(found.proposal.limit, 10**decimals)
    assert limit >= 0
    if rule.limit_at_most is not None:
        assert limit <= Fraction(rule.limit_at_most)
    most = Fraction(known.sales_amount, 10**decimals) * 30 * Fraction(rule.months_of_sales)
    assert limit <= most / max(known.trading_days, 30)
    assert found.proposal.term_days in (0, rule.term_days)
    assert found.proposal.limit > 0 or found.proposal.term_days == 0


@given(policies())
def test_a_policy_is_stored_as_it_is(policy: RiskPolicy) -> None:
    assert decode_policy(encode_policy(policy)) == policy


@given(policies())
def test_classes_that_do_not_fall_are_refused(policy: RiskPolicy) -> None:
    first, second, *rest = policy.classes
    swapped = msgspec.structs.replace(second, from_score=first.from_score)
    with pytest.raises(ContractError, match=r"classes\.1\.from_score"):
        check(msgspec.structs.replace(policy, classes=(first, swapped, *rest)))


@given(
    st.lists(st.tuples(st.integers(-60, 400), st.integers(1, 10**9)), max_size=12),
    st.floats(-30, 60),
    st.floats(1, 40),
    st.integers(1, 5),
)
def test_a_call_is_worth_what_it_adds_and_never_more_than_is_owed(
    invoices: list[tuple[int, int]], level: float, deviation: float, effect: int
) -> None:
    policy = _policy(call_effect=Decimal(effect))
    habit = Habit(5, level, deviation)
    owed = [
        OpenInvoice(f"I-{n}", DAY - timedelta(days=late), amount) for n, (late, amount) in enumerate(invoices)
    ]
    call = call_of(owed, habit, DEFAULT, policy, DAY)
    due = [invoice for invoice in owed if invoice.due_on <= DAY + timedelta(days=policy.due_soon_days)]
    assert (call.count, call.amount) == (len(due), sum(invoice.open for invoice in due))
    assert 0 <= call.value <= call.amount
    assert len(call.invoices) == min(SHOWN, len(due))
    if effect == 1:
        assert call.value == 0
    expected = 0.0
    for invoice in due:
        chance = chance_within(habit, DEFAULT, (DAY - invoice.due_on).days, policy.call_horizon_days)
        expected += invoice.open * ((1 - (1 - chance) ** effect) - chance)
    assert call.value == pytest.approx(expected, abs=len(due), rel=1e-9)


def _policy(**changes: Any) -> RiskPolicy:
    last = (Band(up_to=None, points=50),)
    values: dict[str, Any] = {
        "window_days": 365,
        "factors": (Factor(name="balance", weight=1, bands=last),),
        "classes": (),
    }
    return RiskPolicy(**values | changes)


def test_who_pays_anyway_and_who_will_not_pay_for_long_come_after_who_is_in_between() -> None:
    def worth(level: float, deviation: float, late: int) -> int:
        invoice = OpenInvoice("I-1", DAY - timedelta(days=late), 100_000)
        return call_of([invoice], Habit(20, level, deviation), DEFAULT, _policy(), DAY).value

    in_between, sure, lost = worth(12, 4, 4), worth(0, 1, 0), worth(10, 4, 400)
    assert sure < in_between
    assert lost < in_between
