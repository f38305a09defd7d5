"""The grading of prospects: equal to a plain computation, every factor's share shown, nonsense refused by its field."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from services.customers.rules.grading import check, grade, policy_from
from services.customers.rules.prospects import Prospect, values_of
from tests.services.customers.grading import POLICY, expected

MONEY = st.none() | st.integers(0, 2_000_000)


@given(
    kind=st.sampled_from(["", "tea house", "gift shop"]),
    minors=st.tuples(MONEY, MONEY, MONEY),
    growth=st.none() | st.integers(-100, 200),
)
def test_grades_equal_a_plain_computation_and_the_shares_add_up(
    kind: str, minors: tuple[int | None, int | None, int | None], growth: int | None
) -> None:
    assets, sales, need = minors
    prospect = Prospect(
        "P-1",
        kind=kind,
        currency="CNY",
        assets_minor=assets,
        sales_minor=sales,
        need_minor=need,
        growth_percent=growth,
    )
    graded = grade(policy_from(POLICY), values_of(prospect))

    def spelled(minor: int | None) -> str | None:
        return None if minor is None else f"{minor // 100}.{minor % 100:02d}"

    card = {
        "kind": kind,
        "assets": spelled(assets),
        "sales_volume": spelled(sales),
        "growth_percent": growth,
        "potential_need": spelled(need),
    }
    found = (graded.grade and graded.grade.name, None if graded.score is None else str(graded.score))
    assert found == expected(POLICY, card)
    assert graded.score is not None
    # Each share is rounded by itself.
    assert abs(sum(f.contribution for f in graded.factors) - graded.score) <= Decimal("0.03")
    assert [f.name for f in graded.factors] == ["kind", "assets", "sales", "growth", "need"]


def test_yen_have_no_decimals() -> None:
    prospect = Prospect("P-1", currency="JPY", assets_minor=1_000)
    assert values_of(prospect)["assets"] == Decimal(1_000)


def test_without_any_value_there_is_no_grade() -> None:
    policy = deepcopy(POLICY)
    for factor in policy["factors"]:
        factor["unknown"] = None
    graded = grade(policy_from(policy), values_of(Prospect("P-1", currency="CNY")))
    assert (graded.grade, graded.score, {f.points for f in graded.factors}) == (None, None, {None})


def put(policy: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = deepcopy(policy)
    *way, last = path.split(".")
    place: Any = changed
    for step in way:
        place = place[int(step) if step.isdecimal() else step]
    place[int(last) if last.isdecimal() else last] = value
    return changed


WRONG: list[tuple[str, Any, str]] = [
    ("factors.1.name", "sales", "factors.2.name"),
    ("factors.1.bands", [], "factors.1.bands"),
    ("factors.1.bands.0.up_to", None, "factors.1.bands.0.up_to"),
    ("factors.1.bands.1.up_to", "2000", "factors.1.bands.1.up_to"),
    ("factors.2.bands.1.up_to", "5000.50", "factors.2.bands.1.up_to"),
    ("factors.1.other", 5, "factors.1.kinds"),
    ("factors.0.other", None, "factors.0.other"),
    ("factors.0.bands", [{"up_to": None, "points": 1}], "factors.0.bands"),
    ("factors.0.kinds", [{"kind": "a", "points": 1}, {"kind": "a", "points": 2}], "factors.0.kinds.1.kind"),
    ("factors", [], "factors"),
    ("grades", [], "grades"),
    ("grades.1.from_score", "1", "grades.1.from_score"),
    ("grades.0.from_score", "0", "grades.1.from_score"),
    ("grades.1.name", "gold", "grades.1.name"),
]


@pytest.mark.parametrize(("path", "value", "field"), WRONG)
def test_a_policy_that_contradicts_itself_is_refused(path: str, value: Any, field: str) -> None:
    check(policy_from(POLICY))
    with pytest.raises(ContractError) as refusal:
        check(policy_from(put(POLICY, path, value)))
    assert refusal.value.field == field
