"""Alerts in both languages: nothing of their ids and figures is left as the database has it."""

import re
from typing import Any, get_args

import pytest

from contracts.events.credit import ApprovalKind, Rule
from contracts.events.insights import Dimension
from services.credit.rules.risk_policy import UNITS
from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.model import Facts
from services.insights.rules.alerts.texts import Language
from services.insights.wording import read, written

MONEY = {"amount": "1234.50", "currency": "CNY"}
FACTS: dict[str, Facts] = {
    "order_held": {
        **MONEY,
        "order_id": "O-1",
        "rules": ["limit 61000.00 > 50000.00", "overdue_share 40 > 25"],
        "due_on": "2026-01-05",
    },
    "order_released": {**MONEY, "order_id": "O-1", "by": "order O-2 cancelled"},
    "order_rejected": {**MONEY, "order_id": "O-1", "rules": ["blacklist 欠款 > "]},
    "order_escalated": {
        **MONEY,
        "order_id": "O-1",
        "level": 2,
        "missed": "2026-01-04",
        "due_on": None,
    },
    "approval_requested": {
        **MONEY,
        "amount": None,
        "order_id": "",
        "approval_kind": "temporary_limit",
        "requested_by": "李娜",
        "reason": "旺季",
        "due_on": "2026-01-05",
    },
    "order_undecided": {"order_id": "O-1"},
    "payment_bounced": {**MONEY, "amount": None, "payment_id": "P-1", "day": "2026-01-05"},
    "overdue": {**MONEY, "items": 2, "days": 40},
    "invoice_due_soon": {**MONEY, "invoice_id": "I-1", "due_on": "2026-01-05"},
    "limit_nearly_used": {"percent": 90, "exposure": "900.00", "limit": "1000.00", "currency": "CNY"},
    "risk_class_worse": {
        "from_class": "B",
        "to_class": "D",
        "score": "31.5",
        "why": "collection_ratio 0.42 (10/100), overdue_days - (30.5/100)",
    },
    "class_fell": {"from_class": "A", "to_class": "B", "dimension": "amount, collections", "currency": "CNY"},
    "order_late": {"days_since": 14, "usual_gap_days": "10.0", "expected_on": "2026-01-05"},
    "order_gap": {**MONEY, "expected": "2000.00", "month": "2026-01"},
    "mix_below_target": {"group": "茶", "percent": "3.1", "target_percent": 20},
    "dormant_valuable": {**MONEY, "days": 90, "chance_percent": 40},
    "prospect_unvisited": {"days": 7, "entered_on": "2026-01-05", "grade": None},
    "active_rate_low": {"month": "2026-01", "percent": 40, "target_percent": 60},
}
LEFT = re.compile(r"[a-z]+_[a-z]+|\bNone\b|\{|\d{4}-\d\d")
ENGLISH = re.compile(r"[a-z]{2,}")


def test_there_are_facts_of_every_kind() -> None:
    assert FACTS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_as_people_write(kind: str) -> None:
    for language in get_args(Language):
        reading = read(kind, FACTS[kind], "锦程副食", language=language)
        for text in (reading.title, reading.evidence, reading.step):
            assert text.strip(), language
            assert not LEFT.search(text), text
            assert language == "en" or not ENGLISH.search(text), text


@pytest.mark.parametrize("rule", get_args(Rule))
def test_every_rule_of_credit_has_words(rule: str) -> None:
    for language in get_args(Language):
        said = written({"rules": [f"{rule} 7 > 5"]}, language)["rules"]
        assert rule not in said or "_" not in rule
        assert "7" in said
        assert ">" not in said
        assert language == "en" or not ENGLISH.search(said)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        *(("approval_kind", kind) for kind in get_args(ApprovalKind)),
        *(("dimension", dimension) for dimension in get_args(Dimension)),
        *(("why", f"{factor} 1.5 (20/100)") for factor in UNITS),
    ],
)
def test_every_id_has_a_name(name: str, fact: str) -> None:
    for language in get_args(Language):
        said = written({name: fact}, language)[name]
        assert not re.search("[a-z]_[a-z]", said)
        assert language == "en" or not ENGLISH.search(said)


@pytest.mark.parametrize(
    ("facts", "name", "en", "zh"),
    [
        (MONEY, "amount", "CN¥1,234.50", "¥1,234.50"),
        ({"due_on": "2026-03-02"}, "due_on", "2 Mar 2026", "2026年3月2日"),
        ({"due_on": None}, "due_on", "no day set", "未定"),
        ({"month": "2026-03"}, "month", "Mar 2026", "2026年3月"),
        ({"rules": ["limit 1600.00 > 1500.00"]}, "rules", "exposure 1,600.00, limit 1,500.00", None),
        ({"rules": ["limit 1e9 > 1500.00"]}, "rules", "exposure 1e9, limit 1,500.00", None),
        ({"rules": ["a rule of tomorrow"]}, "rules", "a rule of tomorrow", "a rule of tomorrow"),
        ({"by": "payment PAY-1"}, "by", "payment PAY-1", "回款 PAY-1"),
        ({"by": "li.na"}, "by", "li.na", "li.na"),
        ({"dimension": "amount, profit"}, "dimension", "Amount, Gross profit", "金额、毛利"),
        ({"days": 3}, "days", "3", "3"),
    ],
)
def test_how_facts_are_written(facts: Any, name: str, en: str, zh: str | None) -> None:
    assert written(facts, "en")[name] == en
    assert zh is None or written(facts, "zh")[name] == zh


def test_alerts_of_others_say_what_they_were_sent_with() -> None:
    facts = {"title": "T", "evidence": "E", "step": "S"}
    assert vars_of(read("whatever", facts, "C-1", "orders")) == ("T", "E", "S")
    known = {
        "title": "Order O-1 waits for a credit decision",
        "evidence": "No decision for 120 s; amount 100.00 CNY. It counts as held until one comes.",
        "step": "Do not deliver yet. See whether the credit service runs and keeps up (deploy/runbook.md).",
    }
    said = vars_of(read("order_undecided", known, "C-1", "orders", "zh"))
    assert said[0] == "订单 O-1 等待信用裁定"
    assert "¥100.00" in said[1]
    assert not any(ENGLISH.search(text) for text in said)


def vars_of(reading: Any) -> tuple[str, str, str]:
    return reading.title, reading.evidence, reading.step
