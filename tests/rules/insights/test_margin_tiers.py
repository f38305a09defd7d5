"""Margin tiers of products."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insights.rules.margin_tiers import MarginTier, TierPolicy, problems_of, tier_of

POLICY = TierPolicy(
    tiers=(MarginTier("gold", "33.33", "2.5"), MarginTier("good", "0"), MarginTier("loss", None, "0"))
)


@given(st.integers(-50, 2_000), st.integers(-50, 2_000))
def test_the_tier_is_the_first_that_the_margin_reaches(costed: int, cost: int) -> None:
    tier = tier_of(POLICY, costed, cost)
    if costed <= 0:
        assert tier is None
        return
    percent = Fraction(100 * (costed - cost), costed)
    name = "gold" if percent >= Fraction(3333, 100) else "good" if percent >= 0 else "loss"
    assert tier is not None
    assert tier.name == name


def test_a_boundary_belongs_to_the_tier_above() -> None:
    tier = tier_of(POLICY, 10_000, 6_667)
    assert tier is not None
    assert (tier.name, tier.rate_ppm) == ("gold", 25_000)
    below = tier_of(POLICY, 10_000, 6_668)
    assert below is not None
    assert below.name == "good"


def test_the_service_comes_with_tiers_that_earn_nothing() -> None:
    assert problems_of(TierPolicy()) == problems_of(POLICY) == []
    assert {tier.rate_ppm for tier in TierPolicy().tiers} == {0}


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ([], "tiers"),
        ([{"name": f"t{n}", "from_percent": str(90 - n)} for n in range(9)] + [{"name": "rest"}], "tiers"),
        ([{"name": "a", "from_percent": "3"}, {"name": "a"}], "tiers"),
        ([{"name": "a", "from_percent": "3"}], "tiers[0].from_percent"),
        ([{"name": "a"}, {"name": "b"}], "tiers[0].from_percent"),
        (
            [{"name": "a", "from_percent": "3"}, {"name": "b", "from_percent": "3"}, {"name": "c"}],
            "tiers[1].from_percent",
        ),
        ([{"name": "a", "commission_percent": "100.5"}], "tiers"),
    ],
)
def test_what_contradicts_itself_is_named(tiers: list[dict[str, str]], field: str) -> None:
    policy = msgspec.convert({"tiers": tiers}, TierPolicy)
    assert field in {path for path, _ in problems_of(policy)}
