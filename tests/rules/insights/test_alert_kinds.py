"""Which figures are worth which alert, what alerts say, and which thresholds are refused."""

import string
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from services.insights.rules.alerts.kinds import KINDS, check_facts, judge
from services.insights.rules.alerts.model import Facts, dedup_key
from services.insights.rules.alerts.present import Due, Heard, Picture, conditions_of, next_day
from services.insights.rules.alerts.texts import WORDS, Language, fill
from services.insights.rules.alerts.thresholds import DELIVERED, read_thresholds, thresholds_body
from services.insights.rules.receivables import Receivable

MONEY = {"amount": "100.00", "currency": "CNY"}
DAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        ("overdue", {**MONEY, "items": 1, "days": 0}, None),
        ("overdue", {**MONEY, "items": 1, "days": 1}, "warning"),
        ("overdue", {**MONEY, "items": 1, "days": 30}, "critical"),
        ("overdue", {**MONEY, "amount": "0.00", "items": 0, "days": 90}, None),
        ("overdue", {**MONEY, "amount": "5000.00", "items": 1, "days": 1}, "critical"),
        ("overdue", {"amount": "5000.00", "currency": "USD", "items": 1, "days": 1}, "warning"),
        ("limit_nearly_used", {"percent": 79, "currency": "CNY"}, None),
        ("limit_nearly_used", {"percent": 80, "currency": "CNY"}, "warning"),
        ("limit_nearly_used", {"percent": 100, "currency": "CNY"}, "critical"),
        ("order_held", MONEY, "warning"),
        ("order_held", {**MONEY, "amount": "8000.00"}, "critical"),
        ("order_escalated", {**MONEY, "level": 1}, "warning"),
        ("order_escalated", {**MONEY, "level": 2}, "critical"),
        ("class_fell", {"from_class": "A", "to_class": "B"}, "warning"),
        ("class_fell", {"from_class": "A", "to_class": "C"}, "critical"),
        ("class_fell", {"from_class": "B", "to_class": "A"}, None),
        ("risk_class_worse", {"from_class": "B", "to_class": "D"}, "critical"),
        ("order_late", {"days_since": 14, "usual_gap_days": 10}, None),
        ("order_late", {"days_since": 15, "usual_gap_days": 10}, "warning"),
        ("order_late", {"days_since": 25, "usual_gap_days": 10}, "critical"),
        ("order_late", {"days_since": 25, "usual_gap_days": 0}, None),
        ("order_gap", {**MONEY, "expected": "142.00"}, None),
        ("order_gap", {**MONEY, "expected": "143.00"}, "warning"),
        ("order_gap", {**MONEY, "expected": "300.00"}, "critical"),
        ("mix_below_target", {"percent": "16", "target_percent": "20"}, None),
        ("mix_below_target", {"percent": "15", "target_percent": "20"}, "warning"),
        ("active_rate_low", {"percent": 60, "target_percent": 60}, None),
        ("active_rate_low", {"percent": 59, "target_percent": 60}, "warning"),
        ("active_rate_low", {"percent": 40, "target_percent": 60}, "critical"),
        ("prospect_unvisited", {"days": 6}, None),
        ("prospect_unvisited", {"days": 21}, "critical"),
        ("dormant_valuable", MONEY, None),
        ("dormant_valuable", {**MONEY, "amount": "900.00"}, "warning"),
    ],
)
def test_severity(kind: str, facts: Facts, expected: str | None) -> None:
    thresholds = read_thresholds(
        {
            "overdue": {"critical_amount": {"CNY": "5000"}},
            "orders": {"critical_amount": {"CNY": "8000"}},
            "dormant_valuable": {"value": {"CNY": "900"}},
        },
        KINDS,
    )
    assert judge(kind, facts, thresholds) == expected
    assert judge(kind, facts, read_thresholds({"off": [kind]}, KINDS)) is None


def test_every_kind_says_something_in_both_languages() -> None:
    assert WORDS.keys() == KINDS.keys()
    for kind, languages in WORDS.items():
        assert set(languages) == set(get_args(Language))
        for words in languages.values():
            for template in (words.title, words.evidence, words.step):
                assert template
                names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
                assert all(name.isidentifier() for name in names), kind


def test_texts_are_made_of_what_is_known_and_never_too_long() -> None:
    values = {"order_id": "O-1", "amount": "¥100.00", "rules": "逾期 3 天", "name": "{amount}" + "x" * 600}
    reading = fill("order_held", "zh", values)
    assert reading.title.startswith("{amount}xxx")
    assert len(reading.title) == 500
    assert reading.evidence == "金额 ¥100.00；未通过：逾期 3 天"
    assert fill("order_held", "en", {}).evidence == "; fails: "


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"overdue": {"warning_days": 31}}, "overdue.critical_days"),
        ({"overdue": {"warning_days": -1}}, "overdue.warning_days"),
        ({"overdue": {"warning_days": "1"}}, "overdue.warning_days"),
        ({"overdue": {"critical_amount": {"CNY": "1.234"}}}, "overdue.critical_amount.CNY"),
        ({"overdue": {"critical_amount": {"XYZ": "1"}}}, "overdue.critical_amount.XYZ"),
        ({"limit_nearly_used": {"warning_percent": 101}}, "limit_nearly_used.critical_percent"),
        ({"news": {"decision_days": 91}}, "news.decision_days"),
        ({"off": ["everything"]}, "off"),
        ({"overdue": {"grace": 1}}, "overdue"),
        ({"everything": 1}, "body"),
        ([], "body"),
    ],
)
def test_thresholds_that_are_refused(body: Any, field: str) -> None:
    with pytest.raises(ContractError) as refused:
        read_thresholds(body, KINDS)
    assert refused.value.field == field


def test_thresholds_are_read_as_they_are_written() -> None:
    assert read_thresholds({}, KINDS) == DELIVERED
    assert read_thresholds(thresholds_body(DELIVERED), KINDS) == DELIVERED


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        ("nothing", {}, "kind"),
        ("class_fell", {"from_class": "A", "to_class": 2, "dimension": "amount"}, "facts.to_class"),
        (
            "order_late",
            {"days_since": "many", "usual_gap_days": 1, "expected_on": "2026-01-01"},
            "facts.days_since",
        ),
        (
            "order_late",
            {"days_since": True, "usual_gap_days": 1, "expected_on": "2026-01-01"},
            "facts.days_since",
        ),
        (
            "order_late",
            {"days_since": "NaN", "usual_gap_days": 1, "expected_on": "2026-01-01"},
            "facts.days_since",
        ),
    ],
)
def test_facts_that_are_refused(kind: str, facts: Facts, field: str) -> None:
    with pytest.raises(ContractError) as refused:
        check_facts(kind, facts)
    assert refused.value.field == field


def receivable(invoiced: int, **figures: Any) -> Receivable:
    nothing = dict.fromkeys(
        (
            "open_orders_minor",
            "shipped_minor",
            "unapplied_minor",
            "overdue_minor",
            "overdue_items",
            "overdue_days",
        ),
        0,
    )
    known: dict[str, Any] = {
        "customer_id": "C-1",
        "currency": "CNY",
        "journal_seq": 1,
        "day": DAY,
        "as_of": datetime(2026, 1, 5, tzinfo=UTC),
        "limit_minor": None,
        "term_days": 30,
        "invoiced_minor": invoiced,
        "exposure_minor": invoiced,
        "held_orders": 0,
        "blacklisted": False,
        "on_hold": False,
    }
    return Receivable(**nothing | known | figures)


@given(
    amounts=st.lists(st.integers(1, 1_000), min_size=1, max_size=6),
    owed=st.integers(0, 4_000),
    start=st.integers(0, 6),
)
def test_what_is_due_soon_adds_up_to_no_more_than_is_owed(amounts: list[int], owed: int, start: int) -> None:
    due = [Due(f"I-{n}", "CNY", a, date(2026, 1, 5 + start + n)) for n, a in enumerate(amounts)]
    picture = Picture("C-1", receivable=receivable(owed), due=due)
    found = {
        c.subject: round(float(str(c.facts["amount"])) * 100) for c in conditions_of(picture, DAY, DELIVERED)
    }
    # The oldest are paid first, so going back from the newest, each has what is left of the debt.
    left, expected = owed, {}
    for n in reversed(range(len(amounts))):
        part = min(amounts[n], left)
        left -= part
        if part and start + n <= 3:
            expected[f"I-{n}"] = part
    assert found == expected


@pytest.mark.parametrize(
    ("limit", "exposure", "percent"),
    [(None, 100, None), (0, 1, 100), (0, 0, None), (100, 79, None), (100, 80, 80), (100, 250, 250)],
)
def test_how_much_of_the_limit_is_used(limit: int | None, exposure: int, percent: int | None) -> None:
    picture = Picture("C-1", receivable=receivable(0, limit_minor=limit, exposure_minor=exposure))
    found = {c.kind: c.facts["percent"] for c in conditions_of(picture, DAY, DELIVERED)}
    assert found == ({} if percent is None else {"limit_nearly_used": percent})


def test_whose_it_is() -> None:
    late = Heard("order_late", "C-1", {"days_since": 99, "usual_gap_days": 1, "expected_on": "2026-01-01"})
    theirs = Heard("order_gap", "C-1", {**MONEY, "expected": "900.00", "month": "2026-01", "owner_id": "S-9"})
    asked = Heard("approval_requested", "A-1", {"approval_kind": "release", "requested_by": "li.na"})
    picture = Picture("C-1", owner="S-1", heard=[late, theirs, asked])
    owners = {c.kind: (c.owner.person, c.owner.role) for c in conditions_of(picture, DAY, DELIVERED)}
    assert owners == {
        "order_late": ("S-1", None),
        "order_gap": ("S-9", None),
        "approval_requested": ("", "finance"),
    }
    [nobody] = conditions_of(Picture("C-1", heard=[late]), DAY, DELIVERED)
    assert (nobody.owner.person, nobody.owner.role) == ("", "sales")


def test_from_which_day_on_time_alone_changes_something() -> None:
    told = Heard("order", "O-1", {"outcome": "released", "day": "2026-01-05", **MONEY})
    picture = Picture("C-1", receivable=receivable(100), heard=[told])
    picture.due = [Due("I-1", "CNY", 100, date(2026, 1, 20))]
    day, days = DAY, [DAY]
    while (following := next_day(picture, day, DELIVERED)) is not None:
        day = following
        days.append(day)
    assert days == [DAY, date(2026, 1, 9), date(2026, 1, 17), date(2026, 1, 21)]
    kinds = [{c.kind for c in conditions_of(picture, d, DELIVERED)} for d in days]
    assert kinds == [{"order_released"}, set(), {"invoice_due_soon"}, set()]


def test_one_key_per_kind_and_subject() -> None:
    assert dedup_key("overdue", "C-1", "C-1") == "overdue:C-1"
    assert dedup_key("order_held", "C-1", "O-1") == "order_held:C-1:O-1"
